import { expect, it } from 'vitest';
import { cameraId, homeId, type Track } from '@sealcam/protocol';
import type { Grade } from './incident.ts';
import { weigh, type Facts, type KeyFacts } from './weigh.ts';

const track = (home: string, camera: string): Track => ({
  homeId: homeId(home.repeat(32)),
  cameraId: cameraId(camera.repeat(32)),
  streamId: 0,
});
const asked = track('a', '1');
const [neighbor, stranger, elsewhere] = [track('a', '2'), track('b', '1'), track('c', '1')];
/** Announced by these, the first one first. */
const key = (...tracks: readonly [Track, ...Track[]]): KeyFacts => ({
  owner: tracks[0],
  tracks,
  isSure: tracks.length === 1,
});
const forgotten: KeyFacts = { ...key(stranger), isSure: false };
const facts = (change: Partial<Facts>): Facts => ({
  asked,
  key: key(stranger),
  reason: 'foreign',
  sent: false,
  watching: true,
  ...change,
});

it.each<[string, Partial<Facts>, Grade]>([
  ["another home's, and we sent it", { sent: true }, 'proven'],
  ["another home's, and we did not", {}, 'claimed'],
  ['of another camera of the same home', { key: key(neighbor), reason: 'unknown' }, 'claimed'],
  ['of another stream of the same camera', { key: key({ ...asked, streamId: 1 }) }, 'claimed'],
  ["another home's, said to be a replay", { reason: 'replayed' }, 'claimed'],
  ['its own, said to be a replay', { key: key(asked), reason: 'replayed' }, 'replayed'],
  [
    'its own, said to be a replay, and we sent it once',
    { key: key(asked), reason: 'replayed', sent: true },
    'replayed',
  ],
  ['its own, got rightly', { key: key(asked), sent: true }, 'unfounded'],
  ['its own, never sent', { key: key(asked), reason: 'unknown' }, 'unfounded'],
  ['that two homes announced, and we sent it', { key: key(stranger, elsewhere), sent: true }, 'claimed'],
  ['of nobody, said to be its own', { key: undefined, reason: 'unknown', sent: true }, 'unfounded'],
  ['that two homes announced, its own the first', { key: key(asked, stranger), sent: true }, 'unfounded'],
  ['that two homes announced, its own the second', { key: key(stranger, asked), sent: true }, 'unfounded'],
  [
    "another home's, whose announcement is no longer on record, and we sent it",
    { key: forgotten, sent: true },
    'claimed',
  ],
  ['of nobody', { key: undefined }, 'unfounded'],
  ['of nobody, said to be a replay', { key: undefined, reason: 'replayed', sent: true }, 'unfounded'],
  ["another home's, on a track that it does not watch", { watching: false, sent: true }, 'unfounded'],
])('a frame %s: %o is %s', (_name, change, grade) => {
  expect(weigh(facts(change))).toBe(grade);
});
