/** A line delivers what was written, whole and in order, whatever is done to its time; and a reset ends both sides. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../../tests/harness/random.ts';
import { Line } from './line.ts';
import { VirtualClock } from './virtual-clock.ts';

function lineOn(clock: VirtualClock): { readonly line: Line; readonly got: Buffer[] } {
  const line = new Line(clock, new Random(1));
  const got: Buffer[] = [];
  line.near.on('data', (chunk: Buffer) => got.push(chunk));
  for (const end of [line.near, line.far]) end.on('error', () => undefined);
  return { line, got };
}

it('delivers everything in order through delay, loss and stalls', async () => {
  const steps = fc.array(
    fc.record({
      bytes: fc.integer({ min: 1, max: 9_000 }),
      delayMs: fc.nat(900),
      loss: fc.constantFrom(0, 0.5),
      stalled: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const clock = new VirtualClock();
      const { line, got } = lineOn(clock);
      const sent: Buffer[] = [];
      for (const [index, { bytes, ...faults }] of plan.entries()) {
        Object.assign(line, faults);
        sent.push(Buffer.alloc(bytes, index));
        line.far.write(sent.at(-1));
        await clock.pass(100);
      }
      line.stalled = false;
      await clock.pass(60_000);
      expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true);
    }),
    { numRuns: 15 },
  );
});

it('holds nothing back without faults, and everything while it stalls', async () => {
  const clock = new VirtualClock();
  const { line, got } = lineOn(clock);
  line.far.write('now');
  await clock.settle();
  expect(Buffer.concat(got).toString()).toBe('now');
  line.stalled = true;
  line.far.write('later');
  await clock.pass(3_600_000);
  expect(Buffer.concat(got).toString()).toBe('now');
});

it('cut after some bytes lets exactly those down and then breaks', async () => {
  const clock = new VirtualClock();
  const { line, got } = lineOn(clock);
  const closed = Promise.all([line.near, line.far].map((end) => new Promise<void>((done) => end.once('close', done))));
  line.resetAfter(7);
  line.far.write('0123456789');
  await clock.settle();
  await closed;
  expect(Buffer.concat(got).toString()).toBe('0123456');
});
