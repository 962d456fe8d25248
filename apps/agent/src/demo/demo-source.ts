/** The demo camera: plays a clip of our own for ever, in real time, in the shape of a real camera's source. Needs no ffmpeg. */
import { readFileSync } from 'node:fs';
import { accessUnitsOf, type ClipUnit } from '@sealcam/media';
import type { CameraId, HomeId } from '@sealcam/protocol';
import type { CameraClock } from '../cameras/index.ts';
import type { ReadSource } from '../source.ts';
import { FPS } from './paint.ts';

/** Makes the source of the demo camera of one home. */
export type DemoSource = (of: {
  readonly homeId: HomeId;
  readonly cameraId: CameraId;
  readonly clock: CameraClock;
}) => ReadSource;

const FRAME_MS = 1000 / FPS;
const CATCH_UP_MS = 1_000;
let clip: readonly ClipUnit[] | undefined;

/** The demo's pictures, in order; whoever passes one on copies it first. */
export function demoClip(): readonly ClipUnit[] {
  clip ??= accessUnitsOf('h264', readFileSync(new URL('porch.h264', import.meta.url)));
  return clip;
}

/** Capture times run on across the loop. */
export function demoSource(clock: CameraClock): ReadSource {
  return (listener) => {
    const units = demoClip();
    let startMs = clock.monotonicMs();
    let frame = 0;
    let timer: NodeJS.Timeout;
    const play = (): void => {
      if (frame === 0) listener.onState({ state: 'live', sinceMs: clock.nowMs() });
      const unit = units[frame % units.length];
      if (unit === undefined || isStopped()) return;
      const captureUs = Math.round(clock.nowMs() * 1000);
      const times = { captureUs, durationUs: Math.round(FRAME_MS * 1000) };
      // The listener owns what it gets; the clip stays ours.
      listener.onUnit({ ...unit, ...times, data: unit.data.slice(), discontinuity: frame === 0 });
      frame += 1;
      let wait = startMs + frame * FRAME_MS - clock.monotonicMs();
      // A machine that slept goes on from here: it does not race through what it missed.
      if (wait < -CATCH_UP_MS) {
        startMs -= wait;
        wait = 0;
      }
      if (!isStopped()) timer = setTimeout(play, Math.max(0, wait));
    };
    let stopped = false;
    const isStopped = (): boolean => stopped;
    timer = setTimeout(play, 0);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  };
}
