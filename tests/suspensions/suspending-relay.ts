/** A relay that stops everything and says so; whoever started it kills it then. */
import { startRelay } from '@sealcam/relay';

const relay = await startRelay({ host: '127.0.0.1', port: 0, dataDir: process.argv[2] ?? '', open: true });
const { suspensions } = relay;
const lifted = await suspensions.suspend({
  target: { width: 'partner', partner: 'fixture' },
  ...{ cause: 'operator', by: 'Ada', reason: 'lifted again' },
});
await suspensions.lift(lifted.id, { by: 'Grace', reason: 'it was nothing' });
const { id, atMs } = await suspensions.suspend({
  target: { width: 'everything' },
  ...{ cause: 'operator', by: 'Ada', reason: 'a drill' },
});
process.stdout.write(`suspended ${id} ${atMs}\n`);
setInterval(() => undefined, 60_000);
