/**
 * A relay in a process of its own, so that its memory and its life can be told apart from those of who attacks it. Says `port N`;
 * answers a line on standard input with `held N peak N`: bytes that are left after a collection, and the largest resident size.
 */
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startRelay } from '@sealcam/relay';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const relay = await startRelay({ host: '127.0.0.1', port: 0, dataDir: process.argv[2] ?? '', open: true });
process.stdout.write(`port ${relay.port}\n`);

createInterface({ input: process.stdin }).on('line', () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`held ${heapUsed + external} peak ${process.resourceUsage().maxRSS * 1024}\n`);
});
process.stdin.on('end', () => void relay.close().then(() => process.exit(0)));
