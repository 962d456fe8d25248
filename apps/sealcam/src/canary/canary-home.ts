/** One canary home: a real agent with a drawn camera, a first admin, and one viewer for each route on offer, over the relay's sockets. */
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import { startAgent, type Agent, type DemoSource } from '@sealcam/agent';
import { buildNextRoster, generateDeviceKeys, generateHpkeKeys, signRoster, type RosterChange } from '@sealcam/home';
import { HomeClient, newStoredDevice, type Dial, type Readable, type StoredDevice } from '@sealcam/player/viewer';
import { NO_MODEL, SealcamError, type CameraId, type Track } from '@sealcam/protocol';
import type { Logger } from 'pino';
import { claimHome } from './claim-home.ts';
import { Sentinel, type Sighting, type Tally } from './sentinel.ts';
import { viewerPorts, type RelayAt } from './viewer-ports.ts';

export interface CanaryHomeParts {
  readonly at: RelayAt;
  /** How each viewer of a route dials. */
  readonly dial: (route: string, device: StoredDevice) => Dial;
  readonly camera: DemoSource;
  /** Of this home alone; gone when it is closed. */
  readonly folder: string;
  readonly name: string;
  /** The code by which it joins as a canary. */
  readonly invitation: string;
  readonly tally: Tally;
  readonly logger: Logger;
  readonly ownerOf: (kid: string) => Track | undefined;
  readonly saw: (sighting: Sighting) => void;
}

export class CanaryHome {
  readonly #parts: CanaryHomeParts;
  readonly #agent: Agent;
  readonly #admin: HomeClient;
  readonly #cameraId: CameraId;
  readonly #sentinels = new Map<string, Sentinel>();

  /** @param signal gives up; what was begun is ended. @throws {SealcamError} */
  static async start(parts: CanaryHomeParts, signal: AbortSignal): Promise<CanaryHome> {
    const { at, camera, folder, invitation, logger, name } = parts;
    const shown = Promise.withResolvers<string>();
    const agent = await startAgent({
      ...{ dataDir: join(folder, 'agent'), relayUrl: at.url, pagesUrl: at.url.replace(/^ws/, 'http') },
      ...(at.trust !== undefined && { trust: at.trust }),
      ...{ invitation, logger, demo: true, demoSource: camera },
      onClaimLink: ({ url }) => shown.resolve(url),
    });
    let admin: HomeClient | undefined;
    try {
      const device = await claimHome(at, await unless(shown.promise, signal), name, signal);
      admin = await HomeClient.open({ url: `${at.url}/ws/viewer`, ports: viewerPorts(device, parts.dial('', device)) });
      // The agent has given it keys: it may command.
      await reached(admin.home, ({ names }) => names !== undefined, signal);
      const [known] = agent.status().cameras;
      if (known === undefined) throw new SealcamError('camera.unknown');
      return new CanaryHome(parts, agent, admin, known.cameraId);
    } catch (error) {
      admin?.close();
      await agent.close();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(parts: CanaryHomeParts, agent: Agent, admin: HomeClient, cameraId: CameraId) {
    this.#parts = parts;
    this.#agent = agent;
    this.#admin = admin;
    this.#cameraId = cameraId;
  }

  get sentinels(): readonly Sentinel[] {
    return [...this.#sentinels.values()];
  }

  /** One viewer on each of these routes, and no other. @throws {SealcamError} */
  async watchBy(routes: readonly string[]): Promise<void> {
    for (const [route, sentinel] of this.#sentinels) {
      if (routes.includes(route)) continue;
      sentinel.close();
      this.#sentinels.delete(route);
      await this.#change({ do: 'removeDevice', deviceId: sentinel.device.keys.deviceId });
    }
    for (const route of routes) {
      if (!this.#sentinels.has(route)) this.#sentinels.set(route, await this.#add(route));
    }
  }

  async close(): Promise<void> {
    for (const sentinel of this.#sentinels.values()) sentinel.close();
    this.#sentinels.clear();
    this.#admin.close();
    await this.#agent.close();
    await rm(this.#parts.folder, { recursive: true, force: true });
  }

  async #add(route: string): Promise<Sentinel> {
    const { at, dial, ownerOf, saw, tally } = this.#parts;
    const [keys, hpke] = await Promise.all([generateDeviceKeys(), generateHpkeKeys(1)]);
    const { deviceId, sigPub } = keys;
    // The home knows what it is before it can get a picture. Without a model: a pair of models that is suspended is a household's.
    const declared = { model: NO_MODEL, route };
    const told = await this.#admin.command({
      do: 'member.rename',
      deviceId,
      name: 'Canary',
      kind: 'display',
      declared,
    });
    if (told.is !== 'ok') throw new SealcamError('command.refused', 'canary');
    await this.#change({ do: 'addDevice', sigPub, role: 'viewer', grants: 'all' });
    const { homeId, rosters } = this.#admin.device;
    const device = newStoredDevice({ homeId, keys, hpke, rosters, epochFloor: 0, nowMs: Date.now() });
    const cameraId = this.#cameraId;
    return await Sentinel.open({ at, dial: dial(route, device), device, cameraId, route, tally, ownerOf, saw });
  }

  async #change(change: RosterChange): Promise<void> {
    const { keys } = this.#admin.device;
    const next = await buildNextRoster(this.#admin.home.get().head, keys.deviceId, [change]);
    await this.#admin.putRoster(await signRoster(keys, next));
  }
}

function unless<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const given = (): void => reject(new SealcamError('auth.timeout'));
    if (signal.aborted) given();
    signal.addEventListener('abort', given, { once: true });
    promise.then(resolve, reject);
  });
}

async function reached<T>(readable: Readable<T>, wanted: (value: T) => boolean, signal: AbortSignal): Promise<T> {
  const seen = Promise.withResolvers<T>();
  const stop = readable.subscribe((value) => {
    if (wanted(value)) seen.resolve(value);
  });
  return await unless(seen.promise, signal).finally(stop);
}
