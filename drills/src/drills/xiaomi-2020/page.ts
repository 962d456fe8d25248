import type { Findings } from './play.ts';
import type { Trio } from './index.ts';
export function reportPage(
  _trios: readonly Trio[],
  _about: { readonly seed: number; readonly sockets: Findings },
): string {
  return '';
}
