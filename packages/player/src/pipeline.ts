/**
 * The path of a picture in a viewer, steps 7 to 9, a line a step. Everything a step needs is handed in by the subscription
 * (viewer/subscription.ts), so that this reads from top to bottom as ARCHITECTURE.md draws it.
 */
import { CodecError, parseSealedHeader, type Envelope, type Epoch, type StreamId } from '@sealcam/protocol';
import { admit, readHeader, type ChainState, type OpenKeys, type OpenOutcome, type Opened } from '@sealcam/seal';
import type { Arrival, HeldFrames } from './viewer/held-frames.ts';
import type { KeyRing } from './viewer/key-ring.ts';
import type { OpeningQueue } from './viewer/opening-queue.ts';
import type { Refused } from './viewer/refusals.ts';

/** One subscription's parts of the path. */
export interface Path {
  readonly streamId: StreamId;
  readonly keys: KeyRing;
  readonly held: HeldFrames;
  readonly opening: OpeningQueue;
  chain: ChainState;
  /** Monotonic milliseconds. */
  now(): number;
  /** A key id of another camera or stream of this home. */
  isForeign(arrival: Arrival): boolean;
  refuse(reason: Refused, arrival?: Arrival): void;
  /** Step 9: an opened unit in its place; `fresh`: another session, take a fresh decoder. */
  show(opened: Opened, keys: OpenKeys, fresh: boolean): void;
}

/** Step 7: a unit of this subscription came from the relay. */
export function receive(path: Path, envelope: Envelope): void {
  const frame = Uint8Array.from(envelope.sealed); // the socket's buffer may be reused: rule 3
  const header = readHeader(frame, path.streamId); // rule 1
  if (header === undefined) return path.refuse('malformed', unfit(frame, envelope.epoch));
  findKey(path, { frame, header, labelEpoch: envelope.epoch });
}

/** A frame that does not fit together, of which a key id can be read all the same: two spliced into one, say. Never opened. */
function unfit(frame: Arrival['frame'], labelEpoch: Epoch): Arrival | undefined {
  try {
    return { frame, header: parseSealedHeader(frame), labelEpoch };
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** Rule 2: the key is looked up in this subscription alone; without one the frame waits for a bulletin. */
export function findKey(path: Path, arrival: Arrival): void {
  const keys = path.keys.find(arrival.header.kid);
  if (keys !== undefined) return queue(path, arrival, keys);
  if (path.keys.wasOurs(arrival.header.kid, path.now())) return path.refuse('retired', arrival);
  if (path.isForeign(arrival)) return path.refuse('foreign', arrival);
  if (!path.held.hold(arrival, path.now())) path.refuse('overflow', arrival);
}

/** Step 8: open, a few at a time. */
function queue(path: Path, arrival: Arrival, keys: OpenKeys): void {
  if (!path.opening.push(arrival, keys)) path.refuse('overflow');
}

/** Step 8, at commit, in arrival order: rules 4 and 5, and the floor of rule 6. */
export function commit(path: Path, arrival: Arrival, keys: OpenKeys, outcome: OpenOutcome | 'implausible'): void {
  if (outcome === 'implausible') return path.refuse('implausible', arrival);
  if (outcome.outcome === 'refused') return path.refuse(outcome.reason);
  if (path.keys.find(keys.kid) === undefined) return path.refuse('retired', arrival); // the key went while the cipher ran
  const { state, verdict, fresh } = admit(path.chain, placeOf(outcome));
  path.chain = state;
  if (verdict !== 'take') return path.refuse(verdict, arrival);
  path.keys.retire(keys.context.epoch, path.now()); // the first good frame of a newer epoch deletes older keys
  path.show(outcome, keys, fresh); // step 9: decode and draw
}

export function placeOf({ context, ctr, gopCtr }: Pick<Opened, 'context' | 'ctr' | 'gopCtr'>) {
  return { epoch: context.epoch, sessionId: context.sessionId, ctr, gopCtr };
}
