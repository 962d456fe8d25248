/** `sealcam up`: agent, relay and pages in one process. The one place that composes the apps. */
import { startAgent } from '@sealcam/agent';
import { SealcamError } from '@sealcam/protocol';
import { agentFolder, prepareDataFolder } from '../data-folder.ts';
import { startControl } from '../control.ts';
import { Ending } from '../ending.ts';
import { makeLogger } from '../logger.ts';
import { ensurePages } from '../pages.ts';
import { startRelayHost } from '../relay-host.ts';
import { stopSignal } from '../stop-signal.ts';
import { showAgent, showFront } from '../welcome.ts';
import { noMoreWords } from '../arguments.ts';
import type { Command, Invocation } from './command.ts';

/** An own agent's invitation is of use for as long as nobody has claimed it, which may be long. */
const INVITATION_MS = 365 * 86_400_000;

export const up: Command = {
  name: 'up',
  usage: '',
  help: 'Starts everything on this machine: the agent, a relay and the pages.',
  run: async (invocation) => {
    noMoreWords(invocation.words, 0);
    if (invocation.settings.relay !== undefined) {
      throw new SealcamError(
        'config.invalid',
        '`sealcam up` brings its own relay. With another one, use `sealcam agent`.',
      );
    }
    const stop = stopSignal();
    const ending = new Ending();
    try {
      await start(invocation, ending);
      await stop;
      invocation.terminal.note('Stopping …');
    } finally {
      await ending.run();
    }
    return 0;
  },
};

async function start(invocation: Invocation, ending: Ending): Promise<void> {
  const { settings, terminal } = invocation;
  await prepareDataFolder(invocation);
  const logger = makeLogger(settings.log);
  const pages = await ensurePages(terminal);
  const relay = await startRelayHost(settings, pages, logger);
  ending.add(() => relay.close());
  ending.add(await startControl(settings.data, { command: 'up', invite: () => relay.invite() }));
  const show = showAgent(terminal, relay.front.pagesUrl(relay.port));
  showFront(terminal, settings, relay);
  let invitation = await relay.invite(INVITATION_MS);
  const agent = await startAgent({
    dataDir: agentFolder(settings.data),
    relayUrl: relay.front.dialUrl(relay.port),
    pagesUrl: relay.front.pagesUrl(relay.port),
    // Asked for when a home is new here, which happens again after `sealcam home reset`.
    get invitation() {
      return invitation;
    },
    demo: settings.demo,
    logger,
    onClaimLink: (link) => show.claimLink(link),
    onRecovery: (code) => show.recovery(code),
    ...(relay.front.trust !== undefined && { trust: relay.front.trust }),
  });
  ending.add(() => agent.close());
  let before = agent.state.value.at;
  agent.state.subscribe(({ at }) => {
    // The first invitation is used; the new home wants one of its own.
    if (at === 'unclaimed' && before !== 'unclaimed')
      void relay.invite(INVITATION_MS).then((code) => (invitation = code));
    before = at;
  });
  show.follow(agent);
}
