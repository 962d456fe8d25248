/** `sealcam lift …`: ends a suspension, or all that rest on one incident or on one home's word. That takes somebody's name and a reason, and both are kept. */
import { SealcamError } from '@sealcam/protocol';
import type { Suspension } from '@sealcam/relay';
import { noMoreWords } from '../arguments.ts';
import type { Command } from './command.ts';
import { actSuspension, groundIn, suspensionLine } from './suspensions.ts';

export const lift: Command = {
  name: 'lift',
  usage: '<id> | --incident <id> | --home <id>',
  help: 'Ends a suspension, or all that rest on an incident, or on the word of a home. Takes --by <your name> and --reason <why>.',
  values: ['by', 'reason', 'incident', 'home'],
  run: async (invocation) => {
    const { words, values, terminal } = invocation;
    const [id] = words;
    const ground = groundIn(invocation);
    if ((id === undefined) === (ground === undefined))
      throw new SealcamError(
        'config.invalid',
        'Say which: npx sealcam lift <id>, or --incident <id>, or --home <id>. See npx sealcam suspensions.',
      );
    noMoreWords(words, 1);
    const [by = '', reason = ''] = [values.get('by'), values.get('reason')];
    if (by === '') throw new SealcamError('config.invalid', 'Say who lifts it: --by <your name>.');
    if (reason === '') throw new SealcamError('config.invalid', 'Say why: --reason "…".');
    if (ground === undefined) {
      terminal.say(suspensionLine((await actSuspension(invocation, 'lift', { id, by, reason })) as Suspension));
      return 0;
    }
    const lifted = (await actSuspension(invocation, 'lift-resting', { ...ground, by, reason })) as Suspension[];
    if (lifted.length === 0) terminal.note('Nothing that is suspended rests on it.');
    for (const each of lifted) terminal.say(suspensionLine(each));
    return 0;
  },
};
