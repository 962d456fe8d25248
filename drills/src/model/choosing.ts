/** How an operation's numbers choose among what is there. */

/** What is undone by itself seldom: of those that are off one is turned on, two times of three. */
export function either<T>(on: readonly T[], off: readonly T[], index: number): T | undefined {
  const wantsOn = index % 3 !== 0;
  return at(wantsOn && off.length > 0 ? off : on, Math.floor(index / 3));
}

export const at = <T>(from: readonly T[], index: number): T | undefined => from[index % Math.max(1, from.length)];
