/** Random ids, contexts and units for property tests. */
import fc from 'fast-check';
import { cameraId, epoch, homeId, micros, sessionId, streamId, toHex } from '@sealcam/protocol';
import type { PlainUnit, SealContext } from '../src/index.ts';

const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(toHex);

export const contexts: fc.Arbitrary<SealContext> = fc.record({
  homeId: hex(16).map(homeId),
  cameraId: hex(16).map(cameraId),
  streamId: fc.integer({ min: 0, max: 4 }).map(streamId),
  epoch: fc.integer({ min: 1, max: 2 ** 45 }).map(epoch),
  sessionId: hex(8).map(sessionId),
});

export const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 });

export const units: fc.Arbitrary<PlainUnit> = fc.record({
  captureUs: fc.integer({ min: 1, max: 2 ** 52 }).map(micros),
  durationUs: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  keyframe: fc.constant(true),
  discontinuity: fc.boolean(),
  config: fc.option(fc.uint8Array({ maxLength: 60 }), { nil: undefined }),
  unit: fc.uint8Array({ minLength: 1, maxLength: 200 }),
});
