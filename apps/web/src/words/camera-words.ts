/** What a camera sends and how it does, in words for its page. Pure. */
import type { CameraLook, LookedStream } from '@sealcam/home';
import { ERRORS, isErrorCode } from '@sealcam/protocol';
import { longAge } from './ages.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const STATE: Readonly<Record<LookedStream['state'], string>> = {
  opening: 'Connecting',
  waiting: 'Connected, waiting for a picture',
  live: 'Sends pictures',
  gone: 'Does not answer',
  asleep: 'Not read now',
};

export function streamState({ state }: LookedStream): string {
  return STATE[state];
}

/** Why it is gone; undefined in any other state. */
export function goneWords({ state, code }: LookedStream): string | undefined {
  return state === 'gone' && isErrorCode(code) ? ERRORS[code].words : undefined;
}

/** `H.264 High 4.0 · 1920 × 1080`; undefined before its first picture. */
export function formatWords({ video, width, height }: LookedStream): string | undefined {
  return video === '' ? undefined : `${video} · ${width} × ${height}`;
}

/** `15 pictures a second · a full one every 2 s · 1,500 kbit/s · TCP`; undefined where nothing came in the last minute. */
export function rateWords(stream: LookedStream): string | undefined {
  const { picturesPerMinute, keyframeEveryMs, kbitPerSecond, transport } = stream;
  if (picturesPerMinute === 0) return undefined;
  return [
    paceWords(picturesPerMinute),
    ...(keyframeEveryMs === 0 ? [] : [`a full one every ${seconds(keyframeEveryMs)}`]),
    `${count(kbitPerSecond)} kbit/s`,
    ...(transport === '' ? [] : [transport]),
  ].join(' · ');
}

function paceWords(perMinute: number): string {
  if (perMinute < 60) return `${perMinute} ${perMinute === 1 ? 'picture' : 'pictures'} a minute`;
  const perSecond = perMinute / 60;
  const rounded = perSecond < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond);
  return `${rounded} ${rounded === 1 ? 'picture' : 'pictures'} a second`;
}

function seconds(ms: number): string {
  return `${ms < 10_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000)} s`;
}

/** `last 24 hours`, `last 40 minutes`, `last minute`. */
export function overWords({ overMs }: LookedStream): string {
  if (overMs < 2 * MINUTE_MS) return 'last minute';
  return overMs >= 24 * HOUR_MS ? 'last 24 hours' : `last ${longAge(overMs)}`;
}

/** What was lost, in one line: `1,296,000 pictures, 12 not whole`. */
export function lossWords({ pictures, broken, lostPackets, strayBytes }: LookedStream): string {
  return [
    `${count(pictures)} ${pictures === 1 ? 'picture' : 'pictures'}`,
    broken === 0 ? 'all whole' : `${count(broken)} not whole`,
    ...(lostPackets === 0 ? [] : [`${count(lostPackets)} packets lost`]),
    ...(strayBytes === 0 ? [] : [`${count(strayBytes)} stray bytes`]),
  ].join(', ');
}

/** When and why its pictures went away, a line a reason; empty where they never did. */
export function awayWords({ gone, goneMs }: LookedStream): readonly string[] {
  if (gone.length === 0) return [];
  const total = gone.reduce((sum, { count: each }) => sum + each, 0);
  const reasons = gone.map(
    ({ code, count: each }) => `${times(each)}: ${isErrorCode(code) ? ERRORS[code].words : code}`,
  );
  return [`Away ${times(total)}, ${longAge(goneMs)} in all.`, ...reasons];
}

export function placesWords(places: CameraLook['places']): string | undefined {
  return { unknown: undefined, one: 'one stream at a time', both: 'both of its streams at once' }[places];
}

function times(n: number): string {
  return n === 1 ? 'once' : `${count(n)} times`;
}

function count(n: number): string {
  return n.toLocaleString('en');
}
