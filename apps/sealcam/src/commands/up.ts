/** `sealcam up`: agent, relay and pages in one process. The one place that composes the apps. */
import { startAgent } from '@sealcam/agent';
import { SealcamError, type HomeId } from '@sealcam/protocol';
import { agentFolder } from '../data-folder.ts';
import type { Ending } from '../ending.ts';
import { makeLogger } from '../logger.ts';
import { serveRelay, serveUntilStopped } from '../serve.ts';
import { showAgent } from '../welcome.ts';
import type { Command, Invocation } from './command.ts';

/** An own agent's invitation is of use for as long as nobody has claimed it, which may be long. */
const INVITATION_MS = 365 * 86_400_000;

export const up: Command = {
  name: 'up',
  usage: '',
  help: 'Starts everything on this machine: the agent, a relay and the pages.',
  run: async (invocation) => {
    if (invocation.settings.relay !== undefined) {
      throw new SealcamError(
        'config.invalid',
        '`sealcam up` brings its own relay. With another one, use `sealcam agent`.',
      );
    }
    return serveUntilStopped(invocation, async (ending) => start(invocation, ending));
  },
};

async function start(invocation: Invocation, ending: Ending): Promise<void> {
  const { settings, terminal } = invocation;
  const relay = await serveRelay(invocation, 'up', ending);
  const pagesUrl = relay.front.pagesUrl(relay.port);
  const here = relay.front.plainUrl(relay.port);
  const show = showAgent(terminal, 'up', { url: pagesUrl, here, reach: () => relay.reach });
  let invitation = await relay.invite(INVITATION_MS);
  const agent = await startAgent({
    dataDir: agentFolder(settings.data),
    relayUrl: relay.front.dialUrl(relay.port),
    pagesUrl,
    // Asked for whenever the agent is nobody's, which it is again after `sealcam home reset`.
    get invitation() {
      return invitation;
    },
    demo: settings.demo,
    logger: makeLogger(settings.log),
    onClaimLink: (link) => show.claimLink(link),
    onRecovery: (code) => show.recovery(code),
    // Asked for at every dial: a certificate from files may be another one by then.
    ...(relay.front.trust !== undefined && { trust: () => relay.front.trust ?? '' }),
  });
  ending.add(() => agent.close());
  let inside: HomeId | undefined;
  agent.state.subscribe((state) => {
    if (state.at !== 'online' || state.homeId === inside) return;
    // That home has used the invitation; the next one, after a reset, finds its own waiting.
    inside = state.homeId;
    void relay.invite(INVITATION_MS).then((code) => (invitation = code));
  });
  show.follow(agent);
}
