import { readFileSync } from 'node:fs';
import { accessUnitsOf, type AccessUnit } from '@sealcam/media';
import { expect, it } from 'vitest';
import type { SourceState } from '../source.ts';
import { demoSource } from './demo-source.ts';
import { FPS, FRAMES, HEIGHT, WIDTH } from './scene.ts';

it('the clip is what the scene says: every frame once, a keyframe every two seconds, nothing before the first', () => {
  const bytes = readFileSync(new URL('porch.h264', import.meta.url));
  const units = accessUnitsOf('h264', bytes);
  expect(units).toHaveLength(FRAMES);
  for (const [at, unit] of units.entries()) expect(unit.keyframe, `frame ${at}`).toBe(at % (2 * FPS) === 0);
  expect(units[0]?.config).toMatchObject({ codec: 'h264', width: WIDTH, height: HEIGHT });
  expect(bytes.length).toBeLessThan(4 * 1024 * 1024);
});

it('the demo plays in order with rising capture times, and says nothing after it was stopped', async () => {
  const units: AccessUnit[] = [];
  const states: SourceState[] = [];
  const clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
  await new Promise<void>((resolve) => {
    const stop = demoSource(clock)({
      onUnit: (unit) => {
        units.push(unit);
        if (units.length < 5) return;
        stop();
        // A turn later, so that a timer that was not cleared would be seen.
        setTimeout(resolve, 150);
      },
      onState: (state) => states.push(state),
    });
  });
  expect(units).toHaveLength(5);
  expect(states.map(({ state }) => state)).toEqual(['live']);
  expect(units.map(({ keyframe, discontinuity }) => [keyframe, discontinuity])).toEqual([
    [true, true],
    ...Array.from({ length: 4 }, () => [false, false]),
  ]);
  for (const [at, unit] of units.entries())
    if (at > 0) expect(unit.captureUs).toBeGreaterThan(units[at - 1]?.captureUs ?? Infinity);
});
