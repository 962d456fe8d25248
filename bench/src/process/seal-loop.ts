/**
 * Child process: seals access units for so long and says how many bytes a second that were. Alone, as in the agent: in a process
 * with a browser driver in its heap, the collector would take most of the time.
 */
import { randomBytes } from 'node:crypto';
import { NODE_SUITE } from '@sealcam/agent/seal-suite';
import { cameraId, epoch, homeId, micros, sessionId, STREAM } from '@sealcam/protocol';
import { Sealer } from '@sealcam/seal';
import { serveParent } from './child.ts';

const { bytes, seconds } = JSON.parse(process.argv[2] ?? '{}') as { readonly bytes: number; readonly seconds: number };

// The first run is the compiler's.
sealedPerSecond(0.5);
serveParent({ bytesPerSecond: sealedPerSecond(seconds) }, () => Promise.resolve());

function newSealer(): Sealer {
  const track = {
    homeId: homeId(randomBytes(16).toString('hex')),
    cameraId: cameraId(randomBytes(16).toString('hex')),
    streamId: STREAM.main,
  };
  const sealer = new Sealer(track, sessionId(randomBytes(8).toString('hex')), NODE_SUITE);
  sealer.rekey(epoch(Date.now()), randomBytes(32));
  return sealer;
}

/** Bytes of access units sealed a second, on one core. */
function sealedPerSecond(forSeconds: number): number {
  const sealer = newSealer();
  const unit = new Uint8Array(randomBytes(bytes));
  const marks = { durationUs: 66_667, discontinuity: false, config: undefined, unit };
  sealer.seal({ ...marks, captureUs: micros(0), keyframe: true });
  const start = performance.now();
  const end = start + 1000 * forSeconds;
  let frames = 0;
  while (performance.now() < end) {
    for (let i = 0; i < 20; i += 1) sealer.seal({ ...marks, captureUs: micros(frames + i), keyframe: false });
    frames += 20;
  }
  return (frames * bytes) / ((performance.now() - start) / 1000);
}
