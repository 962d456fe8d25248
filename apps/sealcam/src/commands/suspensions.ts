/** `sealcam suspensions`: what is stopped on the relay of this data folder, since when, by whom and why. */
import { SealcamError } from '@sealcam/protocol';
import { missingWords, type Missing, type Suspension } from '@sealcam/relay';
import { noMoreWords } from '../arguments.ts';
import { actControl } from '../control.ts';
import type { Command, Invocation } from './command.ts';

export const suspensions: Command = {
  name: 'suspensions',
  usage: '[--all | --missing | --put-back] [--incident <id> | --home <id>]',
  help: 'Lists what is stopped, since when, by whom and why; with --all also what was lifted again. With --incident, or --home, only what rests on that incident, or on the word of that home. --missing: what a restore from an older copy lost; --put-back: suspends it again.',
  options: ['all', 'missing', 'put-back'],
  values: ['incident', 'home'],
  run: async (invocation) => {
    noMoreWords(invocation.words, 0);
    const { options, terminal } = invocation;
    const missing = (await actSuspension(invocation, 'missing', {})) as Missing;
    for (const words of missingWords(missing)) terminal.note(words);
    if (options.has('put-back')) {
      const back = (await actSuspension(invocation, 'putBack', {})) as readonly Suspension[];
      if (back.length === 0) terminal.note('Nothing is missing.');
      for (const suspension of back) terminal.say(suspensionLine(suspension));
      return 0;
    }
    if (options.has('missing')) {
      if (missing.suspensions.length === 0) terminal.note('No suspension is known to be missing.');
      for (const suspension of missing.suspensions) terminal.say(suspensionLine(suspension));
      return 0;
    }
    const all = invocation.options.has('all');
    const ground = groundIn(invocation);
    const found = (await (ground === undefined
      ? actSuspension(invocation, 'list', { all })
      : actSuspension(invocation, 'list-resting', ground))) as readonly Suspension[];
    if (found.length === 0) invocation.terminal.note(all ? 'Nothing was ever suspended.' : 'Nothing is suspended.');
    for (const suspension of found) invocation.terminal.say(suspensionLine(suspension));
    return 0;
  },
};

/** @throws {SealcamError} what the relay answers; `config.invalid` where none runs */
export async function actSuspension(
  { settings }: Invocation,
  what: 'suspend' | 'lift' | 'lift-resting' | 'list' | 'list-resting' | 'missing' | 'putBack',
  input: unknown,
): Promise<unknown> {
  const answer = await actControl(settings.data, `suspension.${what}`, input);
  if (answer === undefined)
    throw new SealcamError('config.invalid', `No relay runs on ${settings.data}. Start one: npx sealcam relay`);
  return answer;
}

/** What --incident or --home name. @throws {SealcamError} `config.invalid` for both at once */
export function groundIn({
  values,
}: Invocation): { readonly incidentId: string } | { readonly homeId: string } | undefined {
  const [incidentId, homeId] = [values.get('incident'), values.get('home')];
  if (incidentId !== undefined && homeId !== undefined)
    throw new SealcamError('config.invalid', 'Say --incident or --home, not both.');
  if (incidentId !== undefined) return { incidentId };
  return homeId === undefined ? undefined : { homeId };
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
