/** The known name that a mistyped one most likely meant. */
import { closest, distance } from 'fastest-levenshtein';

/** @returns undefined where nothing is near enough to be a slip of the finger (more than a third of the letters differ) */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const guess = closest(name, known);
  return distance(name, guess) <= Math.max(2, Math.ceil(name.length / 3)) ? guess : undefined;
}
