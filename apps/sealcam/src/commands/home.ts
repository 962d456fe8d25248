/** `sealcam home …`: what only someone at the agent's machine may do. */
import { connectControl, type AgentControl } from '@sealcam/agent';
import { SealcamError } from '@sealcam/protocol';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { noMoreWords } from '../arguments.ts';
import { agentFolder } from '../data-folder.ts';
import { qrLines } from '../qr-code.ts';
import { unknown } from '../settings.ts';
import type { Command, Invocation } from './command.ts';

const ACTIONS = { reset, confirm, code } as const;

export const home: Command = {
  name: 'home',
  usage: 'reset|confirm|code',
  help: 'reset: a new home, the cameras stay. confirm: accepts a recovery. code: the claim link again.',
  options: ['yes'],
  run: async (invocation) => {
    const [action = '', ...rest] = invocation.words;
    noMoreWords(rest, 0);
    if (!Object.hasOwn(ACTIONS, action)) {
      if (action === '') throw new SealcamError('config.invalid', 'Say what: npx sealcam home reset, confirm or code.');
      throw unknown(`sealcam home ${action}`, action, Object.keys(ACTIONS));
    }
    const control = await connectControl(agentFolder(invocation.settings.data));
    if (control === undefined) {
      throw new SealcamError(
        'home.offline',
        `Start Sealcam on ${invocation.settings.data} first, then do this beside it.`,
      );
    }
    try {
      return await ACTIONS[action as keyof typeof ACTIONS](control, invocation);
    } finally {
      control.close();
    }
  },
};

async function reset(control: AgentControl, { terminal, options }: Invocation): Promise<number> {
  const { homeName = 'this home' } = await control.status();
  terminal.note(
    `All members and displays of ${homeName} lose access for good and pair again. Cameras and their passwords stay.`,
  );
  if (!options.has('yes') && !(await typed('reset'))) {
    terminal.note('Nothing was changed.');
    return 1;
  }
  await control.resetHome();
  terminal.say(
    'Done: the old home is over. The new claim link is in the terminal of Sealcam, or: npx sealcam home code',
  );
  return 0;
}

async function confirm(control: AgentControl, { terminal, options }: Invocation): Promise<number> {
  const { recoveryCode, homeName = 'this home' } = await control.status();
  if (recoveryCode === undefined) {
    terminal.say('No recovery waits. In the app of the new device choose “I have a recovery sheet” first.');
    return 1;
  }
  terminal.note(`Somebody with the recovery sheet of ${homeName} asks to become its admin. On their screen:`);
  terminal.note(`  ${recoveryCode.join(' ')}`);
  if (!options.has('yes') && !(await typed('confirm'))) {
    terminal.note('Nothing was changed.');
    return 1;
  }
  if (!(await control.confirmRecovery())) throw new SealcamError('roster.stale');
  terminal.say('The recovery is accepted. Every screen of the home says so for seven days.');
  return 0;
}

async function code(control: AgentControl, { terminal }: Invocation): Promise<number> {
  const link = await control.claimLink();
  if (link === undefined) {
    terminal.say(
      'There is no claim link: the home has an admin already, or the relay does not answer (sealcam status).',
    );
    return 1;
  }
  terminal.say(link);
  if (terminal.watched) for (const line of qrLines(link)) terminal.say(line);
  return 0;
}

async function typed(word: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Where nobody can type, the question has no answer, and that is a no.
    const closed = once(prompt, 'close').then(() => '');
    return (await Promise.race([prompt.question(`Type ${word} to go on: `), closed])).trim() === word;
  } finally {
    prompt.close();
  }
}
