/** The camera of a canary home: pictures of the demo's clip, slowly, each with a watermark that says whose and which one it is. */
import { demoClip, type DemoSource, type ReadSource } from '@sealcam/agent';
import { writeWatermark, type ClipUnit } from '@sealcam/media';

/** Two pictures a second: what is wrong is seen within one, and the machine hardly notices. */
export const FRAME_MS = 500;
/** A keyframe each two seconds; the rest of each of the clip's groups is left out, so that what goes out can be decoded. */
const GROUP = 4;

let pictures: readonly ClipUnit[] | undefined;

function loadPictures(): readonly ClipUnit[] {
  let place = 0;
  pictures ??= demoClip().filter((unit) => {
    place = unit.keyframe ? 0 : place + 1;
    return place < GROUP;
  });
  return pictures;
}

/** Counters rise from 1 across the loop and across restarts of one camera. */
export const canaryCamera: DemoSource = ({ homeId, cameraId, clock }): ReadSource => {
  let counter = 0;
  return (listener) => {
    const units = loadPictures();
    let frame = 0;
    const play = (): void => {
      if (frame === 0) listener.onState({ state: 'live', sinceMs: clock.nowMs() });
      const unit = units[frame % units.length];
      if (unit === undefined) return;
      counter += 1;
      const times = { captureUs: Math.round(clock.nowMs() * 1000), durationUs: FRAME_MS * 1000 };
      const data = writeWatermark(unit, { homeId, cameraId, counter });
      const discontinuity = frame === 0;
      frame += 1;
      listener.onUnit({ ...unit, ...times, data, discontinuity });
    };
    const timer = setInterval(play, FRAME_MS);
    return () => clearInterval(timer);
  };
};
