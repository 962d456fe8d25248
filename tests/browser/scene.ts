/** What every file of this stage begins with: a Sealcam, a browser, and an end that leaves nothing behind. */
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';
import { Devices } from './devices.ts';
import { startSealcam, type Sealcam } from './sealcam.ts';

export interface Scene {
  readonly sealcam: Sealcam;
  readonly devices: Devices;
  /** Ended after the last test, in the other order. */
  readonly after: (end: () => Promise<void>) => void;
}

/**
 * Declares the hooks of a file.
 * @param prepare runs once before the first test
 * @param prepareMs a guard against a hang
 * @returns read it inside tests and `prepare` only
 */
export function setScene(
  prepare: (scene: Scene) => Promise<void> = () => Promise.resolve(),
  prepareMs = 120_000,
): Scene {
  // A guard against a hang, longer than the guards inside: blanking alone takes 15 s by the rules.
  vi.setConfig({ testTimeout: 90_000 });
  let sealcam: Sealcam | undefined;
  let devices: Devices | undefined;
  const ends: (() => Promise<void>)[] = [];
  const scene: Scene = {
    get sealcam() {
      return made(sealcam);
    },
    get devices() {
      return made(devices);
    },
    after: (end) => void ends.push(end),
  };
  beforeAll(async () => {
    // The name by which the browsers of `devices.ts` find this machine as another one.
    const started = startSealcam('--log', 'error', '--name', 'sealcam.test');
    [sealcam, devices] = await Promise.all([started, Devices.open()]);
    try {
      await prepare(scene);
    } catch (error) {
      await devices.photograph('before all');
      throw error;
    }
  }, prepareMs);
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    await devices?.photograph(task.name);
    process.stderr.write(`${sealcam?.printed().slice(-4_000) ?? ''}\n`);
  });
  afterAll(async () => {
    const troubles = devices?.troubles ?? [];
    await devices?.close();
    await sealcam?.close();
    for (const end of ends.reverse()) await end();
    expect(troubles, 'what pages threw, or were refused by their policy').toEqual([]);
  });
  return scene;
}

function made<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not before the first test');
  return value;
}
