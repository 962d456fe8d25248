/** A claimed home for a figure, in processes of its own, with an admin in this one. */
import { rm } from 'node:fs/promises';
import type { Reply } from '@sealcam/home';
import type { HomeClient } from '@sealcam/player/viewer';
import type { CameraId } from '@sealcam/protocol';
import { claim, type Device } from '../../../tests/harness/household.ts';
import { until } from '../../../tests/harness/until.ts';
import { temporaryFolder } from '../../../tests/harness/world.ts';
import { startChild, type Child } from '../process/child.ts';
import type { SealcamReady, SealcamSetup } from '../process/sealcam.ts';

export interface Household {
  readonly relayUrl: string;
  readonly admin: Device;
  readonly client: HomeClient;
  close(): Promise<void>;
}

export interface SealcamProcess extends SealcamReady {
  readonly pid: number;
  close(): Promise<void>;
}

/** Its data folder goes with it. */
export async function startSealcam(setup: Omit<SealcamSetup, 'folder'>): Promise<SealcamProcess> {
  const folder = await temporaryFolder('bench');
  const child: Child = await startChild('sealcam.ts', { ...setup, folder } satisfies SealcamSetup);
  return {
    pid: child.pid,
    ...(child.ready as SealcamReady),
    close: async () => {
      await child.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @param claimLink of an agent on the relay at `relayUrl` */
export async function claimHome(relayUrl: string, claimLink: string | undefined): Promise<Household> {
  if (claimLink === undefined) throw new TypeError('that agent waits for nobody');
  const admin = await claim(relayUrl, claimLink, 'Bench');
  const client = await admin.open();
  await until(client.connection, ({ state }) => state === 'online');
  await until(client.home, ({ manifest }) => manifest !== undefined);
  return { relayUrl, admin, client, close: () => Promise.resolve(client.close()) };
}

/** Tried and saved as the app does it. */
export async function addCamera(client: HomeClient, url: string, name: string): Promise<CameraId> {
  const tried = await client.command({ do: 'camera.try', url, user: '', password: '', transport: 'tcp' });
  return await saved(client, tried, name);
}

/** As `addCamera`, by brand: with the smaller stream. */
export async function addBrandCamera(client: HomeClient, brand: string, port: number, name: string): Promise<CameraId> {
  const account = { user: '', password: '' };
  const tried = await client.command({ do: 'camera.tryBrand', brand, host: '127.0.0.1', port, channel: 1, ...account });
  return await saved(client, tried, name);
}

async function saved(client: HomeClient, tried: Reply, name: string): Promise<CameraId> {
  if (tried.is !== 'still') throw new Error(`${name} was not found: ${JSON.stringify(tried)}`);
  const reply = await client.command({ do: 'camera.add', tryId: tried.tryId, name, room: '' });
  if (reply.is !== 'added') throw new Error(`${name} was not added: ${JSON.stringify(reply)}`);
  return reply.cameraId;
}
