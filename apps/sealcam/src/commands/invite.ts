/** `sealcam invite`: a one-use code with which a new home may join the relay that runs on this data folder. */
import { SealcamError } from '@sealcam/protocol';
import { noMoreWords } from '../arguments.ts';
import { askControl } from '../control.ts';
import type { Command } from './command.ts';

export const invite: Command = {
  name: 'invite',
  usage: '',
  help: 'Prints a one-use code with which a new home may join this relay. Good for a day.',
  run: async ({ settings, words, terminal }) => {
    noMoreWords(words, 0);
    const code = await askControl(settings.data, 'invite');
    if (code === undefined) {
      throw new SealcamError('config.invalid', `No relay runs on ${settings.data}. Start one: npx sealcam relay`);
    }
    terminal.note('There: npx sealcam agent --relay <address of this relay> --invite');
    terminal.say(code);
    return 0;
  },
};
