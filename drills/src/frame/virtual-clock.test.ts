/** Time passes only when told, and everything that one moment sets off is over before the next. */
import { expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

const START = Date.UTC(2020, 0, 1);
const secret = new TextEncoder().encode('a');

it('finishes promises, WebCrypto and turns of the loop of one moment before the next begins', async () => {
  const clock = new VirtualClock(START);
  const seen: string[] = [];
  clock.after(10, () => {
    void (async () => {
      await globalThis.crypto.subtle.digest('SHA-256', secret);
      await new Promise<void>((turn) => setImmediate(turn));
      await globalThis.crypto.subtle.digest('SHA-256', secret);
      seen.push(`first, done at ${clock.wallMs() - START}`);
    })();
  });
  clock.after(11, () => seen.push('second'));
  await clock.pass(10.5);
  expect(seen).toEqual(['first, done at 10']);
  await clock.pass(10);
  expect(seen).toEqual(['first, done at 10', 'second']);
  expect(clock.wallMs() - START).toBe(20.5);
});

it('answers WebCrypto in the order in which it was asked', async () => {
  const clock = new VirtualClock(START);
  const order: number[] = [];
  const sizes = [3_000_000, 10, 200_000, 10];
  for (const [index, size] of sizes.entries())
    void globalThis.crypto.subtle.digest('SHA-256', new Uint8Array(size)).then(() => order.push(index));
  await clock.settle();
  expect(order).toEqual([0, 1, 2, 3]);
});

it('repeats until canceled, and a skip moves the calendar alone', async () => {
  const clock = new VirtualClock(START);
  let ticks = 0;
  const stop = clock.every(100, () => (ticks += 1));
  await clock.pass(1_000);
  const monoMs = clock.monoMs();
  clock.skip(86_400_000);
  await clock.settle();
  expect([ticks, clock.monoMs() - monoMs, clock.wallMs() - START]).toEqual([10, 0, 86_401_000]);
  stop();
  await clock.pass(1_000);
  expect(ticks).toBe(10);
});
