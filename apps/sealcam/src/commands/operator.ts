/** `sealcam operator …`: who may run the relay of this data folder. The first one comes in by the link that this prints. */
import { OPERATOR_ROLES, SealcamError, type OperatorView } from '@sealcam/protocol';
import { noMoreWords } from '../arguments.ts';
import { actControl } from '../control.ts';
import { qrLines } from '../qr-code.ts';
import { unknown } from '../settings.ts';
import type { Command, Invocation } from './command.ts';

const ACTIONS = { add, list, remove } as const;

export const operator: Command = {
  name: 'operator',
  usage: 'add|list|remove <name>',
  help: `add: a one-use link for a new operator, --role ${OPERATOR_ROLES.join('|')}. list. remove: ends their sessions at once.`,
  values: ['role'],
  run: async (invocation) => {
    const [action = ''] = invocation.words;
    if (Object.hasOwn(ACTIONS, action)) return await ACTIONS[action as keyof typeof ACTIONS](invocation);
    if (action === '') throw new SealcamError('config.invalid', 'Say what: npx sealcam operator add, list or remove.');
    throw unknown(`sealcam operator ${action}`, action, Object.keys(ACTIONS));
  },
};

async function add(invocation: Invocation): Promise<number> {
  const name = nameOf(invocation);
  const role = invocation.values.get('role') ?? '';
  if (role === '')
    throw new SealcamError(
      'config.invalid',
      `Say with which role: --role ${OPERATOR_ROLES.join('|')}. Each may what the one before it may.`,
    );
  const link = String(await act(invocation, 'operator.add', { name, role }));
  invocation.terminal.note(`For ${name}. It works once, for a day:`);
  invocation.terminal.say(link);
  if (invocation.terminal.watched) for (const line of qrLines(link)) invocation.terminal.say(line);
  return 0;
}

async function list(invocation: Invocation): Promise<number> {
  noMoreWords(invocation.words, 1);
  const operators = (await act(invocation, 'operator.list', {})) as readonly OperatorView[];
  if (operators.length === 0) invocation.terminal.note('There is no operator yet.');
  for (const { name, role, sinceMs, hasPassword, passkeys } of operators) {
    const by = [
      ...(hasPassword ? ['password'] : []),
      ...(passkeys > 0 ? [`${passkeys} passkey${passkeys === 1 ? '' : 's'}`] : []),
    ].join(', ');
    invocation.terminal.say(`${name}: ${role}, since ${new Date(sinceMs).toISOString().slice(0, 10)} (${by})`);
  }
  return 0;
}

async function remove(invocation: Invocation): Promise<number> {
  const name = nameOf(invocation);
  await act(invocation, 'operator.remove', { name });
  invocation.terminal.say(`${name} is no operator any more.`);
  return 0;
}

function nameOf({ words }: Invocation): string {
  const [action, name] = words;
  if (name === undefined)
    throw new SealcamError('config.invalid', `Say who: npx sealcam operator ${action ?? 'add'} <name>`);
  noMoreWords(words, 2);
  return name;
}

async function act({ settings }: Invocation, name: string, input: unknown): Promise<unknown> {
  const answer = await actControl(settings.data, name, input);
  if (answer === undefined)
    throw new SealcamError(
      'config.invalid',
      `No relay runs on ${settings.data}. Start one: npx sealcam relay --operator`,
    );
  return answer;
}
