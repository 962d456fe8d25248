/** What an honest screen never does, whatever the network: call a picture newer than it is. */
import type { HomeClient } from '@sealcam/player/viewer';
import { LIMITS } from '@sealcam/protocol';
import { Eye, firstCamera } from '../harness/eye.ts';

/** Camera, agent and screen of these tests share one clock; timers on loaded machines do not keep time to the millisecond. */
const TOLERANCE_MS = 30;

export interface Honest {
  readonly eye: Eye;
  /** Lies so far, in words; must stay empty. */
  readonly lies: readonly string[];
  /** Each state by its name, in order, without repetitions. */
  readonly seen: readonly string[];
}

/** Watches the home's first camera and checks every state as it is shown. */
export async function watchHonestly(client: HomeClient): Promise<Honest> {
  const eye = new Eye(client, await firstCamera(client));
  const lies: string[] = [];
  const seen: string[] = [];
  eye.watch.picture.subscribe((state) => {
    if (seen.at(-1) !== state.state) seen.push(state.state);
    if (state.state !== 'live') return;
    const trueAgeMs = Date.now() - (eye.units.at(-1)?.captureUs ?? 0) / 1000;
    if (state.ageMs > LIMITS.notLiveAgeMs) lies.push(`live at an age of ${state.ageMs} ms`);
    if (state.ageMs + TOLERANCE_MS < trueAgeMs) lies.push(`said ${state.ageMs} ms, was ${Math.round(trueAgeMs)} ms`);
  });
  return { eye, lies, seen };
}
