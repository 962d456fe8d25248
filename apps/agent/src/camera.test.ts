import { randomBytes } from 'node:crypto';
import type { AccessUnit } from '@sealcam/media';
import { cameraId, decodeEnvelope, epoch, homeId, STREAM, type StreamId } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { Camera } from './camera.ts';
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
