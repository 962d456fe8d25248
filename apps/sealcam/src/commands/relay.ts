/** `sealcam relay`: a relay and the pages alone, for many homes. */
import { noMoreWords } from '../arguments.ts';
import { startControl } from '../control.ts';
import { prepareDataFolder } from '../data-folder.ts';
import { Ending } from '../ending.ts';
import { makeLogger } from '../logger.ts';
import { ensurePages } from '../pages.ts';
import { startRelayHost } from '../relay-host.ts';
import { stopSignal } from '../stop-signal.ts';
import { showFront } from '../welcome.ts';
import type { Command, Invocation } from './command.ts';

export const relay: Command = {
  name: 'relay',
  usage: '[--open]',
  help: 'Starts a relay alone, for the agents of many homes.',
  run: async (invocation) => {
    noMoreWords(invocation.words, 0);
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
  const host = await startRelayHost(settings, await ensurePages(terminal), makeLogger(settings.log));
  ending.add(() => host.close());
  ending.add(await startControl(settings.data, { command: 'relay', invite: () => host.invite() }));
  showFront(terminal, settings, host);
  terminal.say(
    settings.open
      ? 'Any home may join (--open). Ctrl-C ends it.'
      : 'A home joins with a code from `sealcam invite`. Ctrl-C ends it.',
  );
}
