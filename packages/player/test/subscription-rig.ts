/** One subscription with its clock in hand, and the cameras of two homes for it. */
import { cameraId, homeId, type Envelope, type StreamId } from '@sealcam/protocol';
import { KeyIndex } from '../src/viewer/key-index.ts';
import type { Refusal } from '../src/viewer/refusals.ts';
import { Subscription } from '../src/viewer/subscription.ts';
import { SealedCamera } from './sealed-camera.ts';
import { until } from './until.ts';

const { subtle } = globalThis.crypto;
export const home = homeId('aa'.repeat(16));

export function newCamera(id = 'c1', inHome = home): SealedCamera {
  const camera = new SealedCamera(inHome, cameraId(id.repeat(16)));
  camera.rekey(1_000);
  return camera;
}

/** A subscription under test, with its clock in hand. */
export function subscribe(camera: SealedCamera, streamId: StreamId = 0) {
  const opened: string[] = [];
  const sessions: string[] = [];
  const foreign: Refusal[] = [];
  const suspect: Refusal[] = [];
  const counted: Refusal[] = [];
  const clock = { nowMs: 1_000_000, bulletinPending: false };
  const index = new KeyIndex(home, subtle);
  const subscription = new Subscription(
    { homeId: camera.homeId, cameraId: camera.cameraId, streamId },
    { subtle, index, now: () => clock.nowMs, isBulletinPending: () => clock.bulletinPending },
    {
      opened: (unit, _keys, fresh) => {
        opened.push(new TextDecoder().decode(unit.unit));
        if (fresh) sessions.push(unit.context.sessionId);
      },
      foreign: (refusal) => foreign.push(refusal),
      suspect: (refusal) => suspect.push(refusal),
      counted: (refusal) => counted.push(refusal),
      gap: () => undefined,
    },
  );
  const seen = (envelopes: readonly Envelope[]) => {
    for (const envelope of envelopes) subscription.receive(envelope);
  };
  const refused = () => Object.values(subscription.refusals).reduce((sum, count) => sum + count, 0);
  /** All of `count` frames came to an end, one way or the other. */
  const settled = async (count: number) => until(`${count} frames judged`, () => opened.length + refused() >= count);
  return { subscription, opened, sessions, foreign, suspect, counted, clock, index, seen, settled };
}

/** The same bytes but for a bit of the tag. */
export function damaged(envelope: Envelope): Envelope {
  const sealed = Uint8Array.from(envelope.sealed);
  sealed[sealed.length - 1] = (sealed[sealed.length - 1] ?? 0) ^ 1;
  return { ...envelope, sealed };
}
