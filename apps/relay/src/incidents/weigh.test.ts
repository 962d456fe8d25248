import { expect, it } from 'vitest';
import { cameraId, homeId, type Track } from '@sealcam/protocol';
import type { Grade } from './incident.ts';
import { weigh, type Facts } from './weigh.ts';

const track = (home: string, camera: string): Track => ({
  homeId: homeId(home.repeat(32)),
  cameraId: cameraId(camera.repeat(32)),
  streamId: 0,
});
const asked = track('a', '1');
const [neighbor, stranger] = [track('a', '2'), track('b', '1')];
const facts = (change: Partial<Facts>): Facts => ({
  asked,
  owner: stranger,
  reason: 'foreign',
  sent: false,
  watching: true,
  ...change,
});

it.each<[string, Partial<Facts>, Grade]>([
  ["another home's, and we sent it", { sent: true }, 'proven'],
  ["another home's, and we did not", {}, 'claimed'],
  ['of another camera of the same home', { owner: neighbor, reason: 'unknown' }, 'claimed'],
  ['of another stream of the same camera', { owner: { ...asked, streamId: 1 } }, 'claimed'],
  ["another home's, said to be a replay", { reason: 'replayed' }, 'claimed'],
  ['its own, said to be a replay', { owner: asked, reason: 'replayed' }, 'replayed'],
  ['its own, said to be a replay, and we sent it once', { owner: asked, reason: 'replayed', sent: true }, 'replayed'],
  ['its own, got rightly', { owner: asked, sent: true }, 'unfounded'],
  ['its own, never sent', { owner: asked, reason: 'unknown' }, 'unfounded'],
  ['of nobody', { owner: undefined }, 'unfounded'],
  ['of nobody, said to be a replay', { owner: undefined, reason: 'replayed', sent: true }, 'unfounded'],
  ["another home's, on a track that it does not watch", { watching: false, sent: true }, 'unfounded'],
])('a frame %s: %o is %s', (_name, change, grade) => {
  expect(weigh(facts(change))).toBe(grade);
});
