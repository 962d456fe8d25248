/** The formats of everything in a data folder, agent's and relay's: refused as a whole where a newer Sealcam wrote any of it. */
import { agentFormats } from '@sealcam/agent';
import { SealcamError } from '@sealcam/protocol';
import { storeFormat } from '@sealcam/relay';
import { agentFolder, relayFolder } from './data-folder.ts';

/**
 * Reads only. What is damaged is left to the part whose it is.
 * @throws {SealcamError} `store.newer`
 */
export function refuseNewer(data: string): void {
  for (const look of [() => agentFormats(agentFolder(data)), () => storeFormat(relayFolder(data))]) {
    try {
      look();
    } catch (error) {
      if (error instanceof SealcamError && error.code === 'store.newer') throw error;
    }
  }
}
