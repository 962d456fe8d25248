/**
 * A relay or an agent in a process of its own, to be killed. Says on standard output what its operator would see:
 * `port N`, `ledger {…}` (walked at the start), `claim URL`, `online`; ends with the code of the fault on standard error.
 * Begins with the first byte on standard input: the next process waits, loaded, while the one before it is killed.
 */
import { once } from 'node:events';
import { startAgent } from '@sealcam/agent';
import { startRelay } from '@sealcam/relay';
import { pino } from 'pino';

const [part = '', dataDir = '', where = ''] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await once(process.stdin, 'data');
process.stdin.unref();

if (part === 'relay') {
  const relay = await startRelay({ host: '127.0.0.1', port: Number(where), dataDir, open: true });
  // The chain first, so that the count is of what the process before left behind.
  say(`ledger ${JSON.stringify(await relay.verifyLedger())}`);
  say(`port ${relay.port}`);
  process.once('SIGTERM', () => void relay.close());
} else {
  const agent = await startAgent({
    ...{ dataDir, relayUrl: where, demo: true, pagesUrl: 'http://127.0.0.1' },
    logger: pino({ level: 'silent' }),
    onClaimLink: ({ url }) => say(`claim ${url}`),
  });
  const tell = (): void => {
    if (agent.state.value.at === 'online') say('online');
  };
  tell();
  agent.state.subscribe(tell);
  process.once('SIGTERM', () => void agent.close());
}
