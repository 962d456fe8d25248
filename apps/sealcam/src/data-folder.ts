/** The data folder: `sealcam.yaml`, `agent/`, `relay/` and `tls/`, each written by one part alone. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSettingsFile } from './settings-file.ts';
import type { Invocation } from './commands/command.ts';

/** The agent's own folder in the data folder. The relay makes its own, `relay/`, by itself. */
export function agentFolder(data: string): string {
  return join(data, 'agent');
}

export function tlsFolder(data: string): string {
  return join(data, 'tls');
}

/** Makes the folder (for its owner alone) and, where there is none, the commented settings file. */
export async function prepareDataFolder(invocation: Invocation): Promise<void> {
  await mkdir(invocation.settings.data, { recursive: true, mode: 0o700 });
  if (invocation.settings.config === undefined) await writeSettingsFile(invocation.settingsFile);
}
