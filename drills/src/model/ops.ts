/**
 * What can happen in the model, and how often. An operation is four numbers: whom and what it means is worked out when it runs, by what
 * is there then, so that any of them can be taken out of a list and the others still mean something. That is what shrinking needs.
 */
import { Random } from '../../../tests/harness/random.ts';

/** Of a thousand operations. Frames and time are cheap and let everything else have consequences. */
export const WEIGHTS = {
  /** A camera sends one picture. */
  frame: 700,
  /** The same on the stream of stills, which the relay keeps. */
  still: 25,
  /** Up to 6 s pass. */
  pass: 95,
  /** A display joins a home. */
  pair: 14,
  /** A member is taken out of the roster. */
  remove: 12,
  /** A display may see one camera more. */
  grant: 24,
  /** … or one less. */
  revoke: 18,
  /** A viewer becomes a guest of up to 5 s, or a guest is given time without end. */
  guest: 15,
  /** A camera goes to another home, half the times with the very id that it had. */
  transfer: 10,
  /** A home begins anew on its cameras: new roster, new agent, some displays paired again, the others keep what they have. */
  reset: 8,
  /** Privacy of a camera, on or off. */
  privacy: 18,
  /** The operator suspends, at one of five widths; half the times the broadcast of it is lost. */
  suspend: 18,
  lift: 30,
  /** The relay ends without a word, in the middle of something half the times; its store is as `kill -9` leaves it. */
  crash: 10,
  /** The relay is stopped and started. */
  restart: 8,
  /** Another version of the relay takes over: other bounds, the page of operators on or off. Forth, and back the next time. */
  upgrade: 8,
  /** The agent ends without a word and comes back with other sessions. */
  agent: 10,
  /** Something happens to one line: delay, loss, a stall, a reset, a truncated message. */
  fault: 40,
  /** One line, or all, are as they should be. */
  heal: 50,
  /** A unit is put where it does not belong: on a display's line, or inside the relay on another track. */
  hostile: 24,
  /** What the relay sends of pictures to one display is kept back, or all that was kept is let go, in its order. */
  withhold: 30,
  /** The agent makes new keys. */
  rotate: 12,
  /** An app is closed, or opened. */
  app: 20,
  /** A display begins to watch a camera, or ends it. */
  watch: 12,
} as const;

export type OpKind = keyof typeof WEIGHTS;
export const OP_KINDS = Object.keys(WEIGHTS) as readonly OpKind[];

export interface Op {
  /** Its place in the list of its world, by which a report names it. */
  readonly index: number;
  readonly kind: OpKind;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const TOTAL = OP_KINDS.reduce((sum, kind) => sum + WEIGHTS[kind], 0);

/** Operations of one world: enough for much to have happened, few enough to be played again while shrinking. */
export const OPS_OF_WORLD = 800;

/** The operations of one world: always the same for the same seed. */
export function opsOf(seed: number, world: number, count: number): Op[] {
  const random = new Random(seed, 'operations', world);
  return Array.from({ length: count }, (_, index) => ({
    index,
    kind: kindAt(random.below(TOTAL)),
    ...{ a: random.below(1 << 20), b: random.below(1 << 20), c: random.below(1 << 20) },
  }));
}

function kindAt(place: number): OpKind {
  let left = place;
  for (const kind of OP_KINDS) {
    if (left < WEIGHTS[kind]) return kind;
    left -= WEIGHTS[kind];
  }
  throw new Error('the weights do not add up');
}

/** `17 frame 3/1/0`, as it stands in a report. */
export function opWords({ index, kind, a, b, c }: Op): string {
  return `${index} ${kind} ${a}/${b}/${c}`;
}
