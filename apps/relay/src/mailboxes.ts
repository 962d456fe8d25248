/**
 * Pairing mailboxes: two sides that nobody knows yet meet in one and pass bodies. In memory, five minutes, one join ever.
 * A mailbox proves nothing: the parties verify each other, and the relay can read no more than they send in clear.
 * Nobody is refused one: where there are too many, the oldest that nobody has joined ends, one of the network that has the most.
 */
import { randomInt } from 'node:crypto';
import { LIMITS, SealcamError, type ErrorCode, type MailboxId } from '@sealcam/protocol';
import type { Clock } from './clock.ts';
import type { Network } from './door/network.ts';
import { Bucket } from './sockets/bucket.ts';

/** One side, as the mailbox sees it. */
export interface Side {
  readonly network: Network;
  mail(body: string): void;
  joined(mailbox: MailboxId): void;
  /** The other side went away, or time is over. */
  ended(code: ErrorCode): void;
}

interface Mailbox {
  readonly id: MailboxId;
  readonly number: string | undefined;
  readonly opener: Side;
  readonly expiresMs: number;
  joiner: Side | undefined;
  /** What the opener posted before the other side was there. */
  held: string[];
  heldBytes: number;
  /** Set once it is over; kept a while so that its code is told apart from one that never was. */
  over: 'pair.used' | 'pair.expired' | undefined;
}

/**
 * Wrong meeting numbers of one network, in a burst and a second: four digits must not be walked through. In the five minutes that
 * a number lives that is 120 of 10,000. A number that is right costs nothing, and a mailbox id, 128 bits, is nothing to guess.
 */
const WRONG_NUMBERS = { burst: 20, perSecond: 1 / 3 };
/** Of four digits, half: a free one is found at once. */
const MOST_NUMBERS = 5_000;
/** How long a mailbox that is over is remembered. */
const REMEMBER_MS = 5 * 60_000;

export class Mailboxes {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #boxes = new Map<MailboxId, Mailbox>();
  readonly #numbers = new Map<string, MailboxId>();
  /** Those that are not over, by the network of who opened them, the oldest first. */
  readonly #open = new Map<Network, Set<Mailbox>>();
  #openInAll = 0;
  readonly #guesses = new Map<Network, Bucket>();

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = Math.min(most, MOST_NUMBERS);
  }

  /**
   * @returns the meeting number, if asked for, and Unix ms of its end
   * @throws {SealcamError} `pair.used` for an id that is taken
   */
  open(
    id: MailboxId,
    digits: boolean,
    opener: Side,
  ): { readonly number: string | undefined; readonly expiresMs: number } {
    if (this.#boxes.has(id)) throw new SealcamError('pair.used');
    this.#makeRoom(opener.network);
    const number = digits ? this.#freeNumber() : undefined;
    const expiresMs = this.#clock.monoMs() + LIMITS.mailboxMs;
    const box: Mailbox = { id, number, opener, expiresMs, joiner: undefined, held: [], heldBytes: 0, over: undefined };
    this.#boxes.set(id, box);
    this.#keepOpen(box);
    if (number !== undefined) this.#numbers.set(number, id);
    return { number, expiresMs: this.#clock.wallMs() + LIMITS.mailboxMs };
  }

  /** @throws {SealcamError} `pair.unknown`, `pair.used`, `pair.expired`; `pair.too-many` after too many wrong numbers */
  join(
    code: { readonly mailboxId: MailboxId | undefined; readonly number: string | undefined },
    joiner: Side,
  ): MailboxId {
    const box =
      code.mailboxId === undefined ? this.#numbered(code.number ?? '', joiner) : this.#boxes.get(code.mailboxId);
    if (box === undefined) throw new SealcamError('pair.unknown');
    if (box.over === undefined && this.#clock.monoMs() >= box.expiresMs) this.#end(box, 'pair.expired');
    if (box.over !== undefined) throw new SealcamError(box.over);
    if (box.joiner !== undefined) throw new SealcamError('pair.used');
    box.joiner = joiner;
    this.#freeTheNumber(box);
    return box.id;
  }

  /** After the joiner was answered: tells the opener, and hands over what was held. */
  meet(id: MailboxId): void {
    const box = this.#boxes.get(id);
    if (box?.joiner === undefined) return;
    box.opener.joined(id);
    const held = box.held;
    box.held = [];
    box.heldBytes = 0;
    for (const body of held) box.joiner.mail(body);
  }

  /** @throws {SealcamError} `protocol.too-many` when too much waits for the other side, `pair.expired` */
  post(id: MailboxId, from: Side, body: string): void {
    const box = this.#boxes.get(id);
    if (box === undefined || box.over !== undefined || this.#clock.monoMs() >= box.expiresMs)
      throw new SealcamError('pair.expired');
    if (from === box.joiner) return box.opener.mail(body);
    if (box.joiner !== undefined) return box.joiner.mail(body);
    if (box.held.length >= LIMITS.mailboxMessages || box.heldBytes + body.length > LIMITS.mailboxMessageBytes) {
      throw new SealcamError('protocol.too-many', 'mailbox');
    }
    box.held.push(body);
    box.heldBytes += body.length;
  }

  /** One side has gone: the code is spent, whoever shows it makes a new one. */
  leave(id: MailboxId, side: Side): void {
    const box = this.#boxes.get(id);
    if (box === undefined || box.over !== undefined) return;
    const other = side === box.opener ? box.joiner : box.opener;
    this.#end(box, 'pair.used');
    other?.ended('pair.left');
  }

  /** Called each second. */
  tick(): void {
    const nowMs = this.#clock.monoMs();
    for (const [id, box] of this.#boxes) {
      if (nowMs >= box.expiresMs + REMEMBER_MS) this.#boxes.delete(id);
      else if (nowMs >= box.expiresMs && box.over === undefined) {
        const sides = [box.opener, box.joiner];
        this.#end(box, 'pair.expired');
        for (const side of sides) side?.ended('pair.expired');
      }
    }
    for (const [network, guesses] of this.#guesses) if (guesses.isFull) this.#guesses.delete(network);
  }

  #keepOpen(box: Mailbox): void {
    const { network } = box.opener;
    this.#open.set(network, (this.#open.get(network) ?? new Set()).add(box));
    this.#openInAll += 1;
  }

  #makeRoom(network: Network): void {
    const own = this.#open.get(network);
    if (own !== undefined && own.size >= LIMITS.mailboxesPerAddress) this.#putOneOut(own);
    else if (this.#openInAll >= this.#most) this.#putOneOut(this.#mostHeld());
    // What is over is remembered only as far as there is room.
    for (const [id, box] of this.#boxes) {
      if (this.#boxes.size < 2 * this.#most) break;
      if (box.over !== undefined) this.#boxes.delete(id);
    }
  }

  #mostHeld(): ReadonlySet<Mailbox> {
    let most: ReadonlySet<Mailbox> = new Set();
    for (const boxes of this.#open.values()) if (boxes.size > most.size) most = boxes;
    return most;
  }

  /** One that has brought nobody together goes before one that has. */
  #putOneOut(boxes: ReadonlySet<Mailbox>): void {
    const [oldest] = boxes;
    const box = oldestWaiting(boxes) ?? oldest;
    if (box === undefined) return;
    const sides = [box.opener, box.joiner];
    this.#end(box, 'pair.expired');
    for (const side of sides) side?.ended('pair.expired');
  }

  #end(box: Mailbox, how: 'pair.used' | 'pair.expired'): void {
    box.over = how;
    const own = this.#open.get(box.opener.network);
    if (own?.delete(box) === true) this.#openInAll -= 1;
    if (own?.size === 0) this.#open.delete(box.opener.network);
    box.joiner = undefined;
    box.held = [];
    box.heldBytes = 0;
    this.#freeTheNumber(box);
  }

  #freeTheNumber(box: Mailbox): void {
    if (box.number !== undefined && this.#numbers.get(box.number) === box.id) this.#numbers.delete(box.number);
  }

  #freeNumber(): string {
    for (;;) {
      const number = String(randomInt(10_000)).padStart(4, '0');
      if (!this.#numbers.has(number)) return number;
    }
  }

  /** A guess is paid for before it is looked at, and paid back when it was none. */
  #numbered(number: string, { network }: Side): Mailbox | undefined {
    const guesses = this.#guesses.get(network) ?? new Bucket(WRONG_NUMBERS.perSecond, WRONG_NUMBERS.burst, this.#clock);
    this.#guesses.set(network, guesses);
    if (!guesses.take(1)) throw new SealcamError('pair.too-many');
    const id = this.#numbers.get(number);
    if (id === undefined) return undefined;
    guesses.give(1);
    return this.#boxes.get(id);
  }
}

function oldestWaiting(boxes: ReadonlySet<Mailbox>): Mailbox | undefined {
  for (const box of boxes) if (box.joiner === undefined) return box;
  return undefined;
}
