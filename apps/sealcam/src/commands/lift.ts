/** `sealcam lift …`: ends a suspension. That takes somebody's name and a reason, and both are kept. */
import { SealcamError } from '@sealcam/protocol';
import type { Suspension } from '@sealcam/relay';
import { noMoreWords } from '../arguments.ts';
import type { Command } from './command.ts';
import { actSuspension, suspensionLine } from './suspensions.ts';

export const lift: Command = {
  name: 'lift',
  usage: '<id>',
  help: 'Ends a suspension. Takes --by <your name> and --reason <why>.',
  values: ['by', 'reason'],
  run: async (invocation) => {
    const { words, values, terminal } = invocation;
    const [id] = words;
    if (id === undefined)
      throw new SealcamError('config.invalid', 'Say which: npx sealcam lift <id>. See npx sealcam suspensions.');
    noMoreWords(words, 1);
    const [by = '', reason = ''] = [values.get('by'), values.get('reason')];
    if (by === '') throw new SealcamError('config.invalid', 'Say who lifts it: --by <your name>.');
    if (reason === '') throw new SealcamError('config.invalid', 'Say why: --reason "…".');
    const lifted = (await actSuspension(invocation, 'lift', { id, by, reason })) as Suspension;
    terminal.say(suspensionLine(lifted));
    return 0;
  },
};
