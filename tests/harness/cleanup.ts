/** What a test started, ended after it whatever happened, the last first. */
import { rm } from 'node:fs/promises';
import { afterEach, vi } from 'vitest';
import { temporaryFolder } from './world.ts';

// Real parts over real sockets, some on loaded machines: this is against a hang, and never a figure.
vi.setConfig({ testTimeout: 90_000 });

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export function onEnd(end: () => unknown): void {
  ends.push(end);
}

/** A folder that is gone after the test. */
export async function folderFor(name: string): Promise<string> {
  const folder = await temporaryFolder(name);
  onEnd(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Ended after the test. */
export function kept<T extends { close(): unknown }>(what: T): T {
  onEnd(() => what.close());
  return what;
}
