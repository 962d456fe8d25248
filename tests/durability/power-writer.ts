/**
 * Writes and acknowledges as fast as it can, until it is stopped: rows of the relay's ledger and records of the agent, through the
 * real stores; or, as a control, a file that nobody syncs. A line `kind n` on standard output is the acknowledgment of the n-th.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { cameraId, deviceId, homeId, streamId } from '@sealcam/protocol';
import { makeFolder } from '../../apps/agent/src/durable-file.ts';
import { HomeStore } from '../../apps/agent/src/home-store.ts';
import { systemClock } from '../../apps/relay/src/clock.ts';
import { Checkpoints } from '../../apps/relay/src/ledger/checkpoints.ts';
import { Ledger } from '../../apps/relay/src/ledger/ledger.ts';
import { EventLog } from '../../apps/relay/src/log.ts';
import { createMetrics } from '../../apps/relay/src/metrics.ts';
import { openSqliteStore } from '../../apps/relay/src/store/sqlite.ts';

const [folder = '', what = 'stores'] = process.argv.slice(2);
const acknowledge = (kind: string, n: number): void => void writeSync(1, `${kind} ${n}\n`);

if (what === 'control') {
  const file = openSync(join(folder, 'control'), 'w');
  for (let n = 1; ; n += 1) {
    writeSync(file, `${n}\n`);
    acknowledge('control', n);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const relayFolder = join(folder, 'relay');
const store = await openSqliteStore(relayFolder);
const checkpoints = new Checkpoints(relayFolder, systemClock, new EventLog(undefined));
const ledger = await Ledger.open({ store, metrics: createMetrics(), checkpoints });
const id = '0'.repeat(32);
const row = {
  homeId: homeId(id),
  deviceId: deviceId(id),
  cameraId: cameraId(id),
  streamId: streamId(0),
  route: 'sealed',
};
const mark = { ...row, kind: 'mark', atMs: 1, spanId: id, connectionId: id, fromMs: 1, toMs: 1, units: 1 } as const;
makeFolder(join(folder, 'agent'));
const record = new HomeStore(join(folder, 'agent'));

for (;;) {
  await Promise.all([ledger.append(mark), ledger.append(mark), ledger.append(mark)]);
  acknowledge('ledger', ledger.head.seq);
  acknowledge('agent', record.nextEpoch(0, []));
}
