/** The data folder: `sealcam.yaml`, `agent/`, `relay/`, `tls/` and, while they run, `canary/`, each written by one part alone. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SealcamError } from '@sealcam/protocol';
import { writeSettingsFile } from './settings-file.ts';
import type { Invocation } from './commands/command.ts';

/** The agent's own folder in the data folder. */
export function agentFolder(data: string): string {
  return join(data, 'agent');
}

/** The relay's own; it makes it by itself. */
export function relayFolder(data: string): string {
  return join(data, 'relay');
}

/** Of the agents of canary homes; only there while they run. */
export function canaryFolder(data: string): string {
  return join(data, 'canary');
}

export function tlsFolder(data: string): string {
  return join(data, 'tls');
}

/** Makes the folder (for its owner alone) and, where there is none, the commented settings file. */
export async function prepareDataFolder(invocation: Invocation): Promise<void> {
  await makeFolder(invocation.settings.data);
  if (invocation.settings.config === undefined) await writeSettingsFile(invocation.settingsFile);
}

/** One level after the other: Node's own recursive mkdir never comes back from a file system that takes no folders, such as /proc. */
async function makeFolder(path: string): Promise<void> {
  if (await made(path)) return;
  await makeFolder(dirname(path));
  if (!(await made(path))) throw new SealcamError('store.read-only', path);
}

/** @returns false where the folder around it is missing */
async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
    return code === 'EEXIST' || dirname(path) === path;
  }
}
