/** All files of one agent and the versions of their formats: looked at before the first of them is written, and told by the doctor. */
import { HOME_VERSION, readHome } from './home-store.ts';
import { readIdentity } from './identity.ts';
import { readVaultKey } from './secrets.ts';

export interface FileFormat {
  readonly name: 'home' | 'identity' | 'secrets.key';
  /** Undefined where there is no such file yet. */
  readonly found: number | undefined;
  /** What this program writes. */
  readonly newest: number;
}

/**
 * Reads only.
 * @param dataDir the agent's own folder
 * @throws {SealcamError} `store.newer` when a newer Sealcam wrote one of them; `store.corrupt`
 */
export function agentFormats(dataDir: string): readonly FileFormat[] {
  return [
    { name: 'home', found: readHome(dataDir)?.found, newest: HOME_VERSION },
    { name: 'identity', found: readIdentity(dataDir)?.found, newest: 1 },
    { name: 'secrets.key', found: readVaultKey(dataDir) === undefined ? undefined : 1, newest: 1 },
  ];
}
