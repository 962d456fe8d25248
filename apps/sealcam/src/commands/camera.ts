/** `sealcam camera try`: doctor for one camera, from the terminal, without a home or an entry. */
import { examineCamera, parseCameraAddress, type Credentials, type Examined } from '@sealcam/agent/cameras';
import { SealcamError } from '@sealcam/protocol';
import { text } from 'node:stream/consumers';
import { noMoreWords } from '../arguments.ts';
import type { Terminal } from '../terminal.ts';
import type { Command, Invocation } from './command.ts';

const SECONDS = 20;
const MOST_SECONDS = 3_600;

export const camera: Command = {
  name: 'camera',
  usage: 'try <address>',
  help: 'Tries a camera, watches it for a while, and says what it sends and what is odd. --sub <address> (its smaller stream), --user <name> with --password-stdin, --seconds <20>, --json. Exit code 1 where it does not work.',
  options: ['json', 'password-stdin'],
  values: ['sub', 'user', 'seconds'],
  run: async (invocation) => {
    const [act = '', ...rest] = invocation.words;
    if (act !== 'try') throw new SealcamError('config.invalid', 'Say what: sealcam camera try <address>.');
    noMoreWords(rest, 1);
    return await tryOne(rest[0] ?? '', invocation);
  },
};

async function tryOne(typed: string, { options, values, terminal }: Invocation): Promise<number> {
  const { address, credentials: inAddress } = parseCameraAddress(typed);
  const sub = values.has('sub') ? parseCameraAddress(values.get('sub') ?? '').address : undefined;
  const credentials = (await accountOf(values, options)) ?? inAddress;
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  process.once('SIGINT', stop);
  try {
    const found = await examineCamera({
      ...{ address, forMs: secondsOf(values.get('seconds')) * 1000, signal: ending.signal },
      ...(sub && { sub }),
      ...(credentials && { credentials }),
      say: (words) => terminal.note(words),
    });
    tell(found, options.has('json'), terminal);
    return found.ok ? 0 : 1;
  } finally {
    process.off('SIGINT', stop);
  }
}

/** A password on the command line would stand in the list of processes and in the history of the shell. */
async function accountOf(
  values: ReadonlyMap<string, string>,
  options: ReadonlySet<string>,
): Promise<Credentials | undefined> {
  const user = values.get('user');
  if (user === undefined && !options.has('password-stdin')) return undefined;
  const password = options.has('password-stdin') ? (await text(process.stdin)).replace(/\r?\n$/u, '') : '';
  return { user: user ?? '', password };
}

function secondsOf(typed: string | undefined): number {
  const seconds = typed === undefined ? SECONDS : Number(typed);
  if (!Number.isFinite(seconds) || seconds < 1 || seconds > MOST_SECONDS)
    throw new SealcamError('config.invalid', `--seconds must be a number from 1 to ${MOST_SECONDS}.`);
  return seconds;
}

function tell(found: Examined, isJson: boolean, terminal: Terminal): void {
  if (isJson) return terminal.say(JSON.stringify(found, undefined, 2));
  terminal.say(found.words);
  for (const note of found.notes) terminal.say(`  ${note}`);
  if (found.ok)
    terminal.say(
      `First picture after ${found.firstPictureMs ?? 0} ms, ${found.pictures} pictures, ${found.keyframes} of them full, ${found.broken} not whole.`,
    );
}
