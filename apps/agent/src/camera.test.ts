import { randomBytes } from 'node:crypto';
import type { AccessUnit } from '@sealcam/media';
import { cameraId, decodeEnvelope, epoch, homeId, STREAM, type StreamId } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { Camera } from './camera.ts';
import { Logbook } from './cameras/index.ts';
import type { SourceListener } from './source.ts';

function keyframe(atMs: number): AccessUnit {
  return {
    codec: 'h264',
    keyframe: true,
    captureUs: atMs * 1000,
    durationUs: 0,
    data: Uint8Array.of(0, 0, 0, 1, 0x65, 1, 2, 3),
    config: {
      codec: 'h264',
      codecString: 'avc1.42001e',
      width: 320,
      height: 180,
      parameterSets: [Uint8Array.of(0x67, 66, 0, 30), Uint8Array.of(0x68, 1)],
    },
    discontinuity: false,
  };
}

/** A camera whose source is in the hands of the test, and what left of it. */
function rig() {
  let nowMs = 1_795_000_000_000;
  let last = nowMs;
  let source: SourceListener | undefined;
  const sent: StreamId[] = [];
  const camera = new Camera({
    homeId: homeId('1'.repeat(32)),
    cameraId: cameraId('2'.repeat(32)),
    main: (listener) => {
      source = listener;
      return () => (source = undefined);
    },
    sub: undefined,
    books: { main: new Logbook(nowMs, nowMs), sub: undefined },
    private: false,
    publisher: {
      publish: (_track, envelope) => {
        sent.push(decodeEnvelope(envelope).streamId);
        return true;
      },
    },
    clock: () => nowMs,
    monotonicMs: () => nowMs,
    onKeyframe: () => undefined,
    onAudio: () => undefined,
  });
  return {
    ...{ camera, sent },
    isRead: () => source !== undefined,
    pass: (ms: number) => (nowMs += ms),
    picture: () => {
      nowMs += 100;
      source?.onUnit(keyframe(nowMs));
    },
    rotate: () => {
      camera.stopSealing();
      last += 1;
      camera.rekey(epoch(last), randomBytes(32));
    },
    stills: () => sent.splice(0).filter((stream) => stream === STREAM.still).length,
  };
}

it('has no picture from before its privacy afterwards: no rotation brings the old still again', () => {
  const { camera, isRead, picture, rotate, stills } = rig();
  rotate();
  picture();
  expect(stills()).toBe(1);
  rotate();
  expect(stills()).toBe(1);

  camera.setPrivate(true);
  expect(isRead()).toBe(false);
  rotate();
  expect(stills()).toBe(0);

  camera.setPrivate(false);
  rotate();
  camera.watched(STREAM.still, 1);
  expect(stills()).toBe(0);
  picture();
  expect(stills()).toBe(1);
});

it('shows a new still each five minutes, and each ten seconds while somebody has a home screen open', () => {
  const { camera, pass, picture, rotate, stills } = rig();
  rotate();
  picture();
  expect(stills()).toBe(1);
  // A picture passes 100 ms.
  pass(5 * 60_000 - 200);
  picture();
  expect(stills()).toBe(0);
  picture();
  expect(stills()).toBe(1);

  camera.watched(STREAM.still, 1);
  expect(stills()).toBe(0);
  pass(10_000 - 200);
  picture();
  expect(stills()).toBe(0);
  picture();
  expect(stills()).toBe(1);

  // Nobody looked for a while: who comes gets the newest keyframe at once, and one that he has not twice.
  camera.watched(STREAM.still, 0);
  pass(10_000);
  picture();
  expect(stills()).toBe(0);
  camera.watched(STREAM.still, 1);
  expect(stills()).toBe(1);
  pass(10_000);
  camera.watched(STREAM.still, 2);
  camera.watched(STREAM.still, 0);
  camera.watched(STREAM.still, 1);
  expect(stills()).toBe(0);
});

it('seals no still again that is older than a day', () => {
  const { pass, picture, rotate, stills } = rig();
  rotate();
  picture();
  stills();
  pass(24 * 3_600_000);
  rotate();
  expect(stills()).toBe(1);
  pass(1);
  rotate();
  expect(stills()).toBe(0);
});
