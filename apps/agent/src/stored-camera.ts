/** A camera of this home by its name, for a person at this machine: whoever may read the data folder may read the camera. Reads only. */
import { SealcamError } from '@sealcam/protocol';
import type { CameraAddress, Credentials, Transport } from './cameras/index.ts';
import { readHome } from './home-store.ts';
import { readVaultKey, Vault } from './secrets.ts';

export interface StoredStreams {
  readonly main: CameraAddress;
  readonly sub?: CameraAddress;
  readonly credentials?: Credentials;
  readonly transport: 'auto' | Transport;
}

/**
 * @param dataDir the agent's own
 * @throws {SealcamError} `camera.unknown` where no camera, or more than one, has that name; `store.newer`, `store.corrupt`
 */
export function storedCamera(dataDir: string, name: string): StoredStreams {
  const named = (readHome(dataDir)?.record.cameras ?? []).filter(
    (camera) => camera.name.toLowerCase() === name.toLowerCase(),
  );
  const [camera, another] = named;
  if (camera?.sealed === undefined || another !== undefined || readVaultKey(dataDir) === undefined)
    throw new SealcamError('camera.unknown', name);
  const { main, sub, credentials } = new Vault(dataDir).open(camera.cameraId, camera.sealed);
  return {
    ...{ main: main.address, transport: main.transport },
    ...(sub && { sub: sub.address }),
    ...(credentials && { credentials }),
  };
}
