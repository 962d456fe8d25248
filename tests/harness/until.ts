/** Waits for what a store says, never for a time; fails with the last value seen. */
import type { Readable } from '@sealcam/player/viewer';

/** @param ms only a guard against a hang; the claim is that it happens, not how fast */
export async function until<T>(readable: Readable<T>, wanted: (value: T) => boolean, ms = 20_000): Promise<T> {
  const now = readable.get();
  if (wanted(now)) return now;
  return await new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`still ${JSON.stringify(readable.get())} after ${String(ms)} ms`));
    }, ms);
    const stop = readable.subscribe((value) => {
      if (!wanted(value)) return;
      clearTimeout(timer);
      queueMicrotask(() => {
        stop();
      });
      resolve(value);
    });
  });
}
