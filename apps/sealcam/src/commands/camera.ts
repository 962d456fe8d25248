/** `sealcam camera`: doctor for one camera, a report and a record of it for whoever looks into it, and such a record played as a camera. */
import { storedCamera, type StoredStreams } from '@sealcam/agent';
import {
  examineCamera,
  parseCameraAddress,
  parseRecording,
  Recorder,
  replayCamera,
  watchCamera,
  type Credentials,
  type Examined,
} from '@sealcam/agent/cameras';
import { PROGRAM_VERSION, SealcamError } from '@sealcam/protocol';
import { createWriteStream, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { noMoreWords } from '../arguments.ts';
import { agentFolder } from '../data-folder.ts';
import { stopSignal } from '../stop-signal.ts';
import type { Command, Invocation } from './command.ts';

const SECONDS = 20;
const MOST_SECONDS = 3_600;
const ACTS = { try: tryOne, report, record, replay } as const;

export const camera: Command = {
  name: 'camera',
  usage: 'try <address> | report <name> | record <name> | replay <file>',
  help: 'try: tries a camera, watches it for a while (--seconds <20>), and says what it sends and what is odd; --sub <address> for its smaller stream, --user <name> with --password-stdin, --json. report: the same of a camera of this home, as text without address, account or picture. record: its dialog and packets, the pictures taken out, to a file (--to <file>). replay: plays such a file as a camera. Name and address may stand for each other.',
  options: ['json', 'password-stdin'],
  values: ['sub', 'user', 'seconds', 'to'],
  run: async (invocation) => {
    const [act = '', named = '', ...rest] = invocation.words;
    if (!(act in ACTS) || named === '')
      throw new SealcamError(
        'config.invalid',
        `Say what, and of which: sealcam camera ${Object.keys(ACTS).join('|')} …`,
      );
    noMoreWords(rest, 0);
    return await ACTS[act as keyof typeof ACTS](named, invocation);
  },
};

async function tryOne(named: string, invocation: Invocation): Promise<number> {
  const { options, terminal } = invocation;
  const found = await examined(await streamsOf(named, invocation), invocation, (words) => terminal.note(words));
  if (options.has('json')) terminal.say(JSON.stringify(found, undefined, 2));
  else for (const line of lines(found)) terminal.say(line);
  return found.ok ? 0 : 1;
}

/** Nothing in it says where the camera is, who may watch it, or what it saw. */
async function report(named: string, invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const streams = await streamsOf(named, invocation);
  const progress = terminal.progress('Watching the camera');
  const found = await examined(streams, invocation, () => undefined).finally(() => progress.done());
  const withoutAddress = (line: string): string => hidden(line, streams);
  terminal.say(`Sealcam ${PROGRAM_VERSION}, Node ${process.versions.node}, ${process.platform} ${process.arch}`);
  for (const line of lines(found)) terminal.say(withoutAddress(line));
  for (const { step, ok, ms } of found.steps) terminal.say(`  ${step}: ${ok ? 'yes' : 'no'} after ${ms} ms`);
  terminal.say(
    `  reconnects ${found.reconnects}, late ${found.lateMs ?? '?'} ms${found.code === undefined ? '' : `, ${found.code}`}`,
  );
  if (found.sub !== undefined)
    terminal.say(`  smaller stream: ${found.sub.ok ? 'yes' : 'no'}, ${found.sub.pictures} pictures`);
  return found.ok ? 0 : 1;
}

async function record(named: string, invocation: Invocation): Promise<number> {
  const { terminal, values } = invocation;
  const file = values.get('to') ?? 'camera-record.jsonl';
  const { main: address, credentials, transport } = await streamsOf(named, invocation);
  const out = createWriteStream(file, { mode: 0o600 });
  const recorder = new Recorder(address, (line) => void out.write(`${line}\n`));
  const progress = terminal.progress(`Recording to ${file}`);
  let pictures = 0;
  const stop = watchCamera({
    ...{ address, transport, tap: recorder, onUnit: () => (pictures += 1), onState: () => undefined },
    ...(credentials && { credentials }),
  });
  await new Promise((done) => setTimeout(done, forMs(invocation)));
  stop();
  await new Promise<void>((done, fail) => out.once('error', fail).end(() => done()));
  progress.done(`${pictures} pictures and sounds, without what is in them,`);
  terminal.say(file);
  return pictures > 0 ? 0 : 1;
}

async function replay(file: string, { terminal }: Invocation): Promise<number> {
  let whole: string;
  try {
    whole = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SealcamError('config.invalid', `${file} cannot be read.`, { cause: error });
  }
  const played = await replayCamera(parseRecording(whole));
  terminal.say(played.url);
  terminal.note('It plays until you press Ctrl-C.');
  await stopSignal();
  played.close();
  return 0;
}

async function examined(
  streams: StoredStreams,
  invocation: Invocation,
  say: (words: string) => void,
): Promise<Examined> {
  const { main: address, sub, credentials, transport } = streams;
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  process.once('SIGINT', stop);
  try {
    return await examineCamera({
      ...{ address, transport, forMs: forMs(invocation), signal: ending.signal, say },
      ...(sub && { sub }),
      ...(credentials && { credentials }),
    });
  } finally {
    process.off('SIGINT', stop);
  }
}

/** An address, or the name of a camera of this home. */
async function streamsOf(named: string, { settings, options, values }: Invocation): Promise<StoredStreams> {
  if (!named.includes('://')) return storedCamera(agentFolder(settings.data), named);
  const { address: main, credentials: inAddress, transport = 'auto' } = parseCameraAddress(named);
  const sub = values.has('sub') ? parseCameraAddress(values.get('sub') ?? '').address : undefined;
  const credentials = (await accountOf(values, options)) ?? inAddress;
  return { main, transport, ...(sub && { sub }), ...(credentials && { credentials }) };
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

function forMs({ values }: Invocation): number {
  const typed = values.get('seconds');
  const seconds = typed === undefined ? SECONDS : Number(typed);
  if (!Number.isFinite(seconds) || seconds < 1 || seconds > MOST_SECONDS)
    throw new SealcamError('config.invalid', `--seconds must be a number from 1 to ${MOST_SECONDS}.`);
  return seconds * 1000;
}

function lines(found: Examined): string[] {
  const counts = `First picture after ${found.firstPictureMs ?? 0} ms, ${found.pictures} pictures, ${found.keyframes} of them full, ${found.broken} not whole.`;
  return [found.words, ...found.notes.map((note) => `  ${note}`), ...(found.ok ? [counts] : [])];
}

function hidden(line: string, { main, sub, credentials }: StoredStreams): string {
  const secrets = [main.url, sub?.url, main.host, sub?.host, credentials?.user, credentials?.password];
  return secrets.reduce<string>(
    (left, secret) => (secret === undefined || secret.length < 3 ? left : left.replaceAll(secret, '…')),
    line,
  );
}
