/** A process that appends to a ledger and says each row that is durable, until it is killed. */
import { writeSync } from 'node:fs';
import { cameraId, deviceId, homeId, streamId } from '@sealcam/protocol';
import { systemClock } from '../src/clock.ts';
import { Checkpoints } from '../src/ledger/checkpoints.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import { EventLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';

const folder = process.argv[2] ?? '';
const store = await openSqliteStore(folder);
const checkpoints = new Checkpoints(folder, systemClock, new EventLog(undefined));
const ledger = await Ledger.open({ store, metrics: createMetrics(), checkpoints });
const id = '0'.repeat(32);
for (;;) {
  const row = {
    homeId: homeId(id),
    deviceId: deviceId(id),
    cameraId: cameraId(id),
    streamId: streamId(0),
    route: 'sealed',
  };
  const mark = { ...row, kind: 'mark', atMs: 1, spanId: id, connectionId: id, fromMs: 1, toMs: 1, units: 1 } as const;
  await Promise.all([ledger.append(mark), ledger.append(mark), ledger.append(mark)]);
  writeSync(1, `${ledger.head.seq}\n`);
}
