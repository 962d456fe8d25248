/** What an impaired line did so far. */

export interface LaneCounters {
  /** Taken from the sender, given to the receiver. */
  bytesIn: number;
  bytesOut: number;
  /** Waiting now, and the most that ever waited. */
  queuedBytes: number;
  mostQueuedBytes: number;
  /** TCP: segments sent again; UDP: datagrams that are gone. */
  lost: number;
  duplicated: number;
  reordered: number;
  /** Bytes cut off. */
  truncatedBytes: number;
  /** TCP: how often the sender had to wait for room; UDP: datagrams lost for want of it. */
  full: number;
  /** Orderly ends that were passed on. */
  ends: number;
}

export interface Counters {
  /** Connections, or pairs of addresses, ever and now. */
  connections: number;
  open: number;
  resets: number;
  readonly up: LaneCounters;
  readonly down: LaneCounters;
}

const lane = (): LaneCounters => ({
  bytesIn: 0,
  bytesOut: 0,
  queuedBytes: 0,
  mostQueuedBytes: 0,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  truncatedBytes: 0,
  full: 0,
  ends: 0,
});

export function newCounters(): Counters {
  return { connections: 0, open: 0, resets: 0, up: lane(), down: lane() };
}

export function queued(counters: LaneCounters, bytes: number): void {
  counters.queuedBytes += bytes;
  counters.mostQueuedBytes = Math.max(counters.mostQueuedBytes, counters.queuedBytes);
}
