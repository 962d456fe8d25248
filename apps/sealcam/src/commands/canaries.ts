/** `sealcam canaries …`: test homes of the relay's own, on or off, and what they see. */
import { SealcamError, type CanaryView } from '@sealcam/protocol';
import { noMoreWords } from '../arguments.ts';
import { actControl } from '../control.ts';
import { unknown } from '../settings.ts';
import type { Command, Invocation } from './command.ts';

const ACTIONS = ['on', 'off', 'status'] as const;

export const canaries: Command = {
  name: 'canaries',
  usage: 'on|off|status',
  help: 'Test homes of this relay’s own that watch for strangers’ pictures. status: 0 when they are off or all see their own.',
  run: async (invocation) => {
    const [action = 'status'] = invocation.words;
    noMoreWords(invocation.words, 1);
    if (!ACTIONS.includes(action as (typeof ACTIONS)[number]))
      throw unknown(`sealcam canaries ${action}`, action, ACTIONS);
    const view = await (action === 'status'
      ? act(invocation, 'status', {})
      : act(invocation, 'set', { on: action === 'on' }));
    for (const line of canaryLines(view)) invocation.terminal.say(line);
    return action === 'status' && view.on && !isWell(view) ? 1 : 0;
  },
};

/** Whether all of them see their own pictures, and nothing else was on its way to them. */
export function isWell({ counts }: CanaryView): boolean {
  const { homes, silent, framesForeign, framesRefused, problem } = counts;
  return homes > 0 && silent === 0 && framesForeign === 0 && framesRefused === 0 && problem === undefined;
}

export function canaryLines({ on, counts }: CanaryView): readonly string[] {
  if (!on) return ['Canaries are off.'];
  const { homes, viewers, routes, framesRight, framesForeign, framesRefused, lastMs, silent, suspended } = counts;
  if (homes === 0) return [`Canaries are on, and do not run${counts.problem ? `: ${counts.problem}` : ' yet'}.`];
  const last = lastMs === 0 ? 'none yet' : `the last at ${new Date(lastMs).toISOString()}`;
  return [
    `Canaries are on: ${homes} homes, ${viewers} screens, by ${routes.join(', ')}.`,
    `Pictures checked: ${framesRight} right (${last}), ${framesForeign} foreign, ${framesRefused} refused.`,
    ...(silent === 0 ? [] : [`${silent} of ${viewers} screens see nothing; ${suspended} of them are suspended.`]),
    ...(counts.problem === undefined ? [] : [`Last problem: ${counts.problem}.`]),
  ];
}

async function act({ settings }: Invocation, what: 'set' | 'status', input: unknown): Promise<CanaryView> {
  const answer = await actControl(settings.data, `canaries.${what}`, input);
  if (answer === undefined)
    throw new SealcamError('config.invalid', `No relay runs on ${settings.data}. Start one: npx sealcam relay`);
  return answer as CanaryView;
}
