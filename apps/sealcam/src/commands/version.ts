/** `sealcam version`. */
import { PROGRAM_VERSION, PROTOCOL_VERSION } from '@sealcam/protocol';
import type { Command } from './command.ts';

export const version: Command = {
  name: 'version',
  usage: '',
  help: 'Says which Sealcam and which Node this is.',
  run: ({ terminal }) => {
    terminal.say(`sealcam ${PROGRAM_VERSION} (node ${process.version}, protocol ${PROTOCOL_VERSION})`);
    return Promise.resolve(0);
  },
};
