/** What the sockets are built on: one of each a relay. */
import type { Bus } from './bus.ts';
import type { CachedUnits } from './cached-units.ts';
import type { Clock } from './clock.ts';
import type { Gate } from './gate.ts';
import type { Homes } from './homes.ts';
import type { Evidence } from './ledger/evidence.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Spans } from './ledger/spans.ts';
import type { FanOut } from './live/fan-out.ts';
import type { Leases } from './live/leases.ts';
import type { EventLog } from './log.ts';
import type { Mailboxes } from './mailboxes.ts';
import type { Metrics } from './metrics.ts';
import type { RelayLimits } from './options.ts';
import type { Presence } from './presence.ts';
import type { Store } from './store/store.ts';
import type { Suspensions } from './suspensions/suspensions.ts';

export interface RelayParts {
  readonly bus: Bus;
  readonly cached: CachedUnits;
  readonly clock: Clock;
  readonly evidence: Evidence;
  readonly fanOut: FanOut;
  readonly gate: Gate;
  readonly homes: Homes;
  readonly leases: Leases;
  readonly ledger: Ledger;
  readonly limits: RelayLimits;
  readonly log: EventLog;
  readonly mailboxes: Mailboxes;
  readonly metrics: Metrics;
  readonly presence: Presence;
  readonly spans: Spans;
  readonly store: Store;
  readonly suspensions: Suspensions;
}
