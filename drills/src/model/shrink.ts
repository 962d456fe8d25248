/** Makes a failing list of operations short: whatever can be left out while it still fails in the same way is left out. */
import type { Violation } from './judge.ts';
import { OP_KINDS, type Op } from './ops.ts';
import type { Played } from './play.ts';

export interface Shrunk {
  readonly ops: readonly Op[];
  readonly played: Played;
  readonly tries: number;
}

/**
 * @param again plays a list in the same world
 * @param forMs no further try is begun after so long
 */
export async function shrink(
  first: Played,
  ops: readonly Op[],
  again: (ops: readonly Op[]) => Promise<Played>,
  forMs: number,
): Promise<Shrunk> {
  const untilMs = performance.now() + forMs;
  let best: Shrunk = { ops: ops.slice(0, first.failed?.after ?? ops.length), played: first, tries: 0 };
  const holds = async (fewer: readonly Op[]): Promise<boolean> => {
    if (fewer.length === best.ops.length || performance.now() > untilMs) return false;
    const played = await again(fewer);
    const isSame = sameKind(first.failed, played.failed);
    const tries = best.tries + 1;
    best = isSame ? { ops: fewer.slice(0, played.failed?.after), played, tries } : { ...best, tries };
    return isSame;
  };
  // Most kinds have no part in it.
  for (const kind of OP_KINDS) await holds(best.ops.filter((op) => op.kind !== kind));
  for (let size = Math.ceil(best.ops.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.ops.length && performance.now() < untilMs;) {
      if (!(await holds(best.ops.toSpliced(from, size)))) from += size;
    }
  }
  return best;
}

/** A shorter way to another failure is not wanted: one at a time. */
function sameKind(a: Violation | undefined, b: Violation | undefined): boolean {
  return a !== undefined && b !== undefined && a.at === b.at && gist(a.words) === gist(b.words);
}

/** Without ids and times. */
function gist(words: string): string {
  return words.replaceAll(/[0-9a-f]{6}|\d+/g, '#');
}
