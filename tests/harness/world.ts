/** A relay, an agent and a household on loopback, in folders of their own: the real parts, nothing in between. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent, type Agent, type AgentOptions } from '@sealcam/agent';
import type { HomeClient } from '@sealcam/player/viewer';
import { startRelay, type Relay, type RelayOptions } from '@sealcam/relay';
import { pino } from 'pino';
import { claim, type Device } from './household.ts';

export async function temporaryFolder(name: string): Promise<string> {
  return await mkdtemp(join(tmpdir(), `sealcam-${name}-`));
}

export interface World {
  readonly relay: Relay;
  /** `ws://127.0.0.1:port` */
  readonly relayUrl: string;
  readonly folder: string;
  close(): Promise<void>;
}

export async function startWorld(options: Partial<RelayOptions> = {}): Promise<World> {
  const folder = await temporaryFolder('world');
  const relay = await startRelay({ host: '127.0.0.1', port: 0, dataDir: folder, open: true, ...options });
  return {
    relay,
    relayUrl: relay.url.replace(/^http/, 'ws'),
    folder,
    close: async () => {
      await relay.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface House {
  readonly agent: Agent;
  readonly admin: Device;
  readonly client: HomeClient;
  readonly folder: string;
  close(): Promise<void>;
}

/** An agent on the world's relay, and its first admin, online. */
export async function startHouse(world: World, name: string, options: Partial<AgentOptions> = {}): Promise<House> {
  const folder = await temporaryFolder('house');
  let link = '';
  let told: () => void = () => undefined;
  const shown = new Promise<void>((resolve) => {
    told = resolve;
  });
  const agent = await startAgent({
    dataDir: join(folder, 'agent'),
    relayUrl: world.relayUrl,
    demo: true,
    pagesUrl: world.relay.url,
    logger: pino({ level: 'silent' }),
    onClaimLink: (next) => {
      link = next.url;
      told();
    },
    ...options,
  });
  await shown;
  const admin = await claim(world.relayUrl, link, name);
  const client = await admin.open();
  return {
    agent,
    admin,
    client,
    folder,
    close: async () => {
      client.close();
      await agent.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
