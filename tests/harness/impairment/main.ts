/** `npm run impair -- --listen 9000 --to 127.0.0.1:8420 --delay 200 --loss 30% --burst 8`: the proxy by hand. Lines typed change it. */
import { createInterface } from 'node:readline';
import { SealcamError } from '@sealcam/protocol';
import { impairTcp, impairUdp, type Impaired } from './index.ts';
import { changeOf, optionsOf, WORDS } from './words.ts';

const USAGE = `npm run impair -- --to 127.0.0.1:8420 [--listen 9000] [--udp] [--seed 1] [--word value …]

Words, as flags now or as lines while it runs:
${WORDS}

Lines only: show, reset (all connections, now), quit`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof SealcamError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}\n`);
  process.exitCode = 1;
});

async function main(args: readonly string[]): Promise<void> {
  if (args.length === 0 || args.includes('--help')) return say(USAGE);
  const options = optionsOf(args);
  const line = await (options.udp ? impairUdp : impairTcp)(options);
  say(`${options.udp ? 'UDP' : 'TCP'} 127.0.0.1:${line.port} -> port ${options.to}, seed ${line.seed}`);
  const input = createInterface({ input: process.stdin });
  let done = Promise.resolve();
  // The end of standard input is no end: it may run in the background.
  await new Promise<void>((quit) => {
    input.on('line', (typed) => {
      done = done.then(() => heard(line, typed.trim(), quit));
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, quit);
  });
  input.close();
  await done;
  await line.close();
  say(JSON.stringify(line.counters));
}

async function heard(line: Impaired, typed: string, quit: () => void): Promise<void> {
  const [word = '', value = ''] = typed.split(/\s+/);
  if (word === '') return;
  if (word === 'quit') return quit();
  if (word === 'reset') return say(`${line.reset()} reset`);
  try {
    if (word !== 'show') await line.change(changeOf(word, value));
    say(JSON.stringify(word === 'show' ? line.counters : line.impairment));
  } catch (error) {
    if (!(error instanceof SealcamError)) throw error;
    say(`${error.message}${WORDS}`);
  }
}
