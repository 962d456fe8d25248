/** A relay, an agent and a household on loopback, in folders of their own: the real parts, nothing in between. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAgent, type Agent, type AgentOptions } from '@sealcam/agent';
import type { HomeClient } from '@sealcam/player/viewer';
import { startRelay, type Relay, type RelayOptions } from '@sealcam/relay';
import { pino } from 'pino';
import { claim, type Device } from './household.ts';
import type { Line } from './node-ports.ts';

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
  /** The one that runs now. */
  readonly agent: Agent;
  /** Ends it and starts it again on its folder. @param between what happens to the folder meanwhile */
  restartAgent(changes?: Partial<AgentOptions>, between?: (dataDir: string) => Promise<void>): Promise<void>;
  readonly admin: Device;
  readonly client: HomeClient;
  readonly folder: string;
  close(): Promise<void>;
}

/** Where a relay is reached: a `World`, or any other. */
export interface Reach {
  /** `ws://host:port` */
  readonly relayUrl: string;
}

export interface HouseOptions extends Partial<AgentOptions> {
  /** The admin's line, in hostile hands. */
  readonly line?: Line;
  /** Where the viewers dial, if not where the agent does. */
  readonly viewersAt?: string;
}

/** An agent on a relay, and its first admin, online. */
export async function startHouse(
  reach: Reach,
  name: string,
  { line, viewersAt, ...options }: HouseOptions = {},
): Promise<House> {
  const folder = await temporaryFolder('house');
  let link = '';
  let told: () => void = () => undefined;
  const shown = new Promise<void>((resolve) => {
    told = resolve;
  });
  const agentOptions: AgentOptions = {
    dataDir: join(folder, 'agent'),
    relayUrl: reach.relayUrl,
    demo: true,
    pagesUrl: reach.relayUrl.replace(/^ws/, 'http'),
    logger: pino({ level: 'silent' }),
    onClaimLink: (next) => {
      link = next.url;
      told();
    },
    ...options,
  };
  let agent = await startAgent(agentOptions);
  await shown;
  const admin = await claim(viewersAt ?? reach.relayUrl, link, name);
  const client = await admin.open(line);
  return {
    get agent() {
      return agent;
    },
    ...{ admin, client, folder },
    restartAgent: async (changes = {}, between = () => Promise.resolve()) => {
      await agent.close();
      await between(agentOptions.dataDir);
      agent = await startAgent({ ...agentOptions, ...changes });
    },
    close: async () => {
      client.close();
      await agent.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
