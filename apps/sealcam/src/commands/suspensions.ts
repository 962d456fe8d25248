/** `sealcam suspensions`: what is stopped on the relay of this data folder, since when, by whom and why. */
import { SealcamError } from '@sealcam/protocol';
import type { Suspension } from '@sealcam/relay';
import { noMoreWords } from '../arguments.ts';
import { actControl } from '../control.ts';
import type { Command, Invocation } from './command.ts';

export const suspensions: Command = {
  name: 'suspensions',
  usage: '[--all]',
  help: 'Lists what is stopped, since when, by whom and why; with --all also what was lifted again.',
  options: ['all'],
  run: async (invocation) => {
    noMoreWords(invocation.words, 0);
    const all = invocation.options.has('all');
    const found = (await actSuspension(invocation, 'list', { all })) as readonly Suspension[];
    if (found.length === 0) invocation.terminal.note(all ? 'Nothing was ever suspended.' : 'Nothing is suspended.');
    for (const suspension of found) invocation.terminal.say(suspensionLine(suspension));
    return 0;
  },
};

/** @throws {SealcamError} what the relay answers; `config.invalid` where none runs */
export async function actSuspension(
  { settings }: Invocation,
  what: 'suspend' | 'lift' | 'list',
  input: unknown,
): Promise<unknown> {
  const answer = await actControl(settings.data, `suspension.${what}`, input);
  if (answer === undefined)
    throw new SealcamError('config.invalid', `No relay runs on ${settings.data}. Start one: npx sealcam relay`);
  return answer;
}

/** One line, the id first. */
export function suspensionLine({ id, target, by, reason, cause, atMs, lifted }: Suspension): string {
  const { width, ...named } = target;
  const what = [width, ...Object.values<string>(named).map((each) => (each.includes(' ') ? `"${each}"` : each))];
  const who = cause === 'policy' ? `by the policy (${by})` : `by ${by}`;
  const since = `since ${new Date(atMs).toISOString()} ${who}: ${reason}`;
  const over =
    lifted === undefined ? '' : `; lifted ${new Date(lifted.atMs).toISOString()} by ${lifted.by}: ${lifted.reason}`;
  return `${id}  ${what.join(' ')}, ${since}${over}`;
}
