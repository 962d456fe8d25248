/** `sealcam agent --relay wss://…`: the agent alone, dialing out of a home; no port is opened there. */
import { startAgent } from '@sealcam/agent';
import { SealcamError } from '@sealcam/protocol';
import { readFile } from 'node:fs/promises';
import { startControl } from '../control.ts';
import { agentFolder } from '../data-folder.ts';
import type { Ending } from '../ending.ts';
import { makeLogger } from '../logger.ts';
import { reachByUrl } from '../reach.ts';
import { runningActs } from '../running.ts';
import { serveUntilStopped } from '../serve.ts';
import { showAgent } from '../welcome.ts';
import type { Command, Invocation } from './command.ts';

export const agent: Command = {
  name: 'agent',
  usage: '--relay wss://…',
  help: 'Starts the agent of a home alone; it dials a relay elsewhere.',
  run: async (invocation) => {
    const { relay } = invocation.settings;
    if (relay === undefined) {
      throw new SealcamError('config.invalid', 'Say which relay: npx sealcam agent --relay wss://relay.example');
    }
    return serveUntilStopped(invocation, async (ending) => start(invocation, relay, ending));
  },
};

async function start(invocation: Invocation, relay: string, ending: Ending): Promise<void> {
  const { settings, terminal } = invocation;
  const trust = settings.trust === undefined ? undefined : await readTrust(settings.trust);
  const pagesUrl = settings.url ?? relay.replace(/^ws/, 'http');
  const reach = reachByUrl(pagesUrl);
  const acts = runningActs('agent', invocation, () => ({ reach }));
  ending.add(await startControl(settings.data, { command: 'agent', acts }));
  const show = showAgent(terminal, 'agent', { url: pagesUrl, reach: () => reach });
  const running = await startAgent({
    dataDir: agentFolder(settings.data),
    relayUrl: relay.replace(/^http/, 'ws'),
    pagesUrl,
    demo: settings.demo,
    logger: makeLogger(settings.log),
    onClaimLink: (link) => show.claimLink(link),
    onRecovery: (code) => show.recovery(code),
    ...(settings.invite !== undefined && { invitation: settings.invite }),
    ...(trust !== undefined && { trust }),
  });
  ending.add(() => running.close());
  show.follow(running);
}

async function readTrust(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new SealcamError('config.invalid', `trust: ${path} cannot be read.`, { cause: error });
  }
}
