/** `sealcam relay`: a relay and the pages alone, for many homes. */
import { serveRelay, serveUntilStopped } from '../serve.ts';
import { reachLines } from '../welcome.ts';
import type { Command } from './command.ts';

export const relay: Command = {
  name: 'relay',
  usage: '[--open]',
  help: 'Starts a relay alone, for the agents of many homes.',
  run: async (invocation) =>
    serveUntilStopped(invocation, async (ending) => {
      const { reach } = await serveRelay(invocation, 'relay', ending);
      for (const line of reachLines(reach, 'relay', { ...invocation.terminal, watched: false }))
        invocation.terminal.say(line);
      invocation.terminal.say(
        invocation.settings.open
          ? 'Any home may join (--open). Ctrl-C ends it.'
          : 'A home joins with a code from `npx sealcam invite`. Ctrl-C ends it.',
      );
    }),
};
