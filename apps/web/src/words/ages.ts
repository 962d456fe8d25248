/** Times and ages as people say them: short on the screen, whole for a screen reader. Pure. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Part {
  readonly count: number;
  readonly short: string;
  readonly long: string;
}

/** The largest unit that fits, rounded down: an age is never made to look smaller by another unit. */
function largest(ms: number): Part {
  const age = Math.max(0, ms);
  if (age < MINUTE) return { count: Math.floor(age / SECOND), short: 's', long: 'second' };
  if (age < HOUR) return { count: Math.floor(age / MINUTE), short: 'min', long: 'minute' };
  if (age < 2 * DAY) return { count: Math.floor(age / HOUR), short: 'h', long: 'hour' };
  return { count: Math.floor(age / DAY), short: 'd', long: 'day' };
}

/** `5 s`, `4 min`, `26 h`, `3 d`. Anything below zero is `0 s`. */
export function shortAge(ms: number): string {
  const { count, short } = largest(ms);
  return `${count} ${short}`;
}

/** `1 second`, `12 minutes`: for answers and screen readers. */
export function longAge(ms: number): string {
  const { count, long } = largest(ms);
  return `${count} ${long}${count === 1 ? '' : 's'}`;
}

/** `12:03` today, else `Fri 12:03`, and with the date when it is more than six days away. @param atMs Unix milliseconds */
export function clockTime(atMs: number, nowMs: number, locale?: string): string {
  const at = new Date(atMs);
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at);
  if (at.toDateString() === new Date(nowMs).toDateString()) return time;
  const near = Math.abs(nowMs - atMs) < 6 * DAY;
  const day = new Intl.DateTimeFormat(locale, near ? { weekday: 'short' } : { day: 'numeric', month: 'short' }).format(
    at,
  );
  return `${day} ${time}`;
}

/** `16 Nov, 00:43`, today as well: for the two ends of a time. */
export function dateTime(atMs: number, locale?: string): string {
  const format = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat(locale, format).format(new Date(atMs));
}

/** With seconds, for the moment of a removal: `21:04:07`. */
export function exactTime(atMs: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(
    new Date(atMs),
  );
}

/** `3 May 2027`. */
export function longDate(atMs: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(atMs));
}

/** `porch`, `porch and garden`, `porch, garden and nursery`. */
export function listed(names: readonly string[], word = 'and'): string {
  if (names.length < 2) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1) ?? ''}`;
}

/** `1 camera`, `4 cameras`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
