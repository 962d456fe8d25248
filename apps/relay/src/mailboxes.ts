/**
 * Pairing mailboxes: two sides that nobody knows yet meet in one and pass bodies. In memory, five minutes, one join ever.
 * A mailbox proves nothing: the parties verify each other, and the relay can read no more than they send in clear.
 */
import { randomInt } from 'node:crypto';
import { LIMITS, SealcamError, type ErrorCode, type MailboxId } from '@sealcam/protocol';
import type { Clock } from './clock.ts';

/** One side, as the mailbox sees it. */
export interface Side {
  readonly address: string;
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

/** Wrong codes of one address in five minutes: four digits must not be walked through. */
const WRONG_JOINS = 20;
/** How long a mailbox that is over is remembered. */
const REMEMBER_MS = 5 * 60_000;

export class Mailboxes {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #boxes = new Map<MailboxId, Mailbox>();
  readonly #numbers = new Map<string, MailboxId>();
  readonly #wrong = new Map<string, { count: number; untilMs: number }>();

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  /**
   * @returns the meeting number, if asked for, and Unix ms of its end
   * @throws {SealcamError} `pair.used` for an id that is taken, `protocol.too-many`
   */
  open(
    id: MailboxId,
    digits: boolean,
    opener: Side,
  ): { readonly number: string | undefined; readonly expiresMs: number } {
    if (this.#boxes.has(id)) throw new SealcamError('pair.used');
    const mine = [...this.#boxes.values()].filter(
      (box) => box.opener.address === opener.address && box.over === undefined,
    );
    if (mine.length >= LIMITS.mailboxesPerAddress || this.#boxes.size >= this.#most)
      throw new SealcamError('protocol.too-many');
    const number = digits ? this.#freeNumber() : undefined;
    const expiresMs = this.#clock.monoMs() + LIMITS.mailboxMs;
    const box = { id, number, opener, expiresMs, joiner: undefined, held: [], heldBytes: 0, over: undefined };
    this.#boxes.set(id, box);
    if (number !== undefined) this.#numbers.set(number, id);
    return { number, expiresMs: this.#clock.wallMs() + LIMITS.mailboxMs };
  }

  /** @throws {SealcamError} `pair.unknown`, `pair.used`, `pair.expired`, `protocol.too-many` */
  join(
    code: { readonly mailboxId: MailboxId | undefined; readonly number: string | undefined },
    joiner: Side,
  ): MailboxId {
    this.#checkWrong(joiner.address);
    const id = code.mailboxId ?? this.#numbers.get(code.number ?? '');
    const box = id === undefined ? undefined : this.#boxes.get(id);
    if (box === undefined) throw this.#wrongJoin(joiner.address, 'pair.unknown');
    if (box.over === undefined && this.#clock.monoMs() >= box.expiresMs) this.#end(box, 'pair.expired');
    if (box.over !== undefined) throw this.#wrongJoin(joiner.address, box.over);
    if (box.joiner !== undefined) throw this.#wrongJoin(joiner.address, 'pair.used');
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
    for (const [address, wrong] of this.#wrong) if (nowMs >= wrong.untilMs) this.#wrong.delete(address);
  }

  #end(box: Mailbox, how: 'pair.used' | 'pair.expired'): void {
    box.over = how;
    box.joiner = undefined;
    box.held = [];
    box.heldBytes = 0;
    this.#freeTheNumber(box);
  }

  #freeTheNumber(box: Mailbox): void {
    if (box.number !== undefined && this.#numbers.get(box.number) === box.id) this.#numbers.delete(box.number);
  }

  #freeNumber(): string {
    if (this.#numbers.size >= 5_000) throw new SealcamError('protocol.too-many');
    for (;;) {
      const number = String(randomInt(10_000)).padStart(4, '0');
      if (!this.#numbers.has(number)) return number;
    }
  }

  #checkWrong(address: string): void {
    const wrong = this.#wrong.get(address);
    if (wrong === undefined || this.#clock.monoMs() >= wrong.untilMs) return;
    if (wrong.count >= WRONG_JOINS) throw new SealcamError('protocol.too-many', 'wrong codes');
  }

  #wrongJoin(address: string, code: ErrorCode): SealcamError {
    const wrong = this.#wrong.get(address) ?? { count: 0, untilMs: this.#clock.monoMs() + LIMITS.mailboxMs };
    wrong.count += 1;
    this.#wrong.set(address, wrong);
    return new SealcamError(code);
  }
}
