/** `sealcam version`. */
import root from '../../../../package.json' with { type: 'json' };
import type { Command } from './command.ts';

export const version: Command = {
  name: 'version',
  usage: '',
  help: 'Says which Sealcam and which Node this is.',
  run: ({ terminal }) => {
    terminal.say(`sealcam ${root.version} (node ${process.version})`);
    return Promise.resolve(0);
  },
};
