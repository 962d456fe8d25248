/** Child process: a relay, an agent, or both together as `sealcam up` runs them. */
import { join } from 'node:path';
import { startAgent } from '@sealcam/agent';
import { startRelay } from '@sealcam/relay';
import { pino } from 'pino';
import { serveParent } from './child.ts';

export interface SealcamSetup {
  readonly folder: string;
  /** A relay runs in this process; with pages, it serves them from this folder. On any free port, unless one is named. */
  readonly relay?: { readonly pages?: string; readonly port?: number };
  /** An agent runs in this process, on the relay here or on another one. */
  readonly agent?: {
    readonly relayUrl?: string;
    /** `http://host:port` of the pages; default the relay's. */
    readonly pagesUrl?: string;
  };
}

export interface SealcamReady {
  /** `ws://host:port` of the relay. */
  readonly relayUrl: string;
  /** Of an agent that is nobody's yet. */
  readonly claimLink: string | undefined;
}

const { folder, relay: relayHere, agent: agentHere } = JSON.parse(process.argv[2] ?? '{}') as SealcamSetup;
const relay =
  relayHere && (await startRelay({ host: '127.0.0.1', port: 0, dataDir: folder, open: true, ...relayHere }));
const relayUrl = agentHere?.relayUrl ?? relay?.url.replace(/^http/u, 'ws') ?? '';
const { agent, claimLink } = agentHere ? await startedAgent() : {};
serveParent({ relayUrl, claimLink } satisfies SealcamReady, async () => {
  await agent?.close();
  await relay?.close();
});

async function startedAgent() {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const started = await startAgent({
    dataDir: join(folder, 'agent'),
    relayUrl,
    demo: false,
    pagesUrl: agentHere?.pagesUrl ?? relayUrl.replace(/^ws/u, 'http'),
    logger: pino({ level: 'silent' }),
    onClaimLink: ({ url }) => resolve(url),
  });
  if (started.state.value.at !== 'unclaimed') resolve(undefined);
  return { agent: started, claimLink: await promise };
}
