/**
 * Challenges for passkeys: each says itself until when and for what it is good, under a key of this run. Nothing is kept of those that
 * are given out, so that nobody who asks for thousands can push out the one that an operator is about to answer.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../clock.ts';

const LIFE_MS = 5 * 60_000;
const NONCE_BYTES = 16;
const TIME_BYTES = 8;
const BODY_BYTES = NONCE_BYTES + TIME_BYTES;

export class Challenges {
  readonly #clock: Clock;
  readonly #key = randomBytes(32);
  /** Those that were answered rightly, until they are over. Only operators make one grow. */
  readonly #used = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param about what the answer will be taken for, and for nothing else */
  make(about: string): Uint8Array<ArrayBuffer> {
    const time = Buffer.alloc(TIME_BYTES);
    time.writeDoubleBE(this.#clock.monoMs() + LIFE_MS);
    const body = Buffer.concat([randomBytes(NONCE_BYTES), time]);
    return new Uint8Array(Buffer.concat([body, this.#mark(body, about)]));
  }

  /** Whether it is one of ours, for this, not over, and not used. @param challenge base64url */
  isGood(challenge: string, about: string): boolean {
    const bytes = Buffer.from(challenge, 'base64url');
    const body = bytes.subarray(0, BODY_BYTES);
    const mark = this.#mark(body, about);
    const isOurs = bytes.length === BODY_BYTES + mark.length && timingSafeEqual(bytes.subarray(BODY_BYTES), mark);
    return isOurs && this.#clock.monoMs() < body.readDoubleBE(NONCE_BYTES) && !this.#used.has(spelled(bytes));
  }

  /** It was answered, and the answer was right. @returns false when another answer was first */
  use(challenge: string): boolean {
    const nowMs = this.#clock.monoMs();
    for (const [used, untilMs] of this.#used) if (nowMs >= untilMs) this.#used.delete(used);
    const key = spelled(Buffer.from(challenge, 'base64url'));
    if (this.#used.has(key)) return false;
    this.#used.set(key, nowMs + LIFE_MS);
    return true;
  }

  #mark(body: Uint8Array, about: string): Buffer {
    return createHmac('sha256', this.#key).update(body).update(about).digest();
  }
}

/** One spelling of the same bytes. */
function spelled(bytes: Buffer): string {
  return bytes.toString('base64url');
}
