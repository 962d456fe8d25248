/**
 * Asks the agent of an incident's owner whether it sealed that frame. The answer is written beside the incident and weighed in the
 * exposure report; nothing waits for it. Bounded, so that nobody's reports can make a relay question an agent without end.
 */
import { keyId, type HomeId } from '@sealcam/protocol';
import { verifySealedAnswer, type Head, type WasSealed } from '@sealcam/home/verify';
import { agentTopic, type Bus } from '../bus.ts';
import type { Clock } from '../clock.ts';
import { Bucket } from '../sockets/bucket.ts';

/** An agent that does not answer by then does not know. */
const PATIENCE_MS = 5_000;
/** Questions of all homes that wait at a time. */
const MOST_OPEN = 1_024;
/** Of one home: at once, and then one in so many seconds. */
const BURST = 16;
const PER_SECOND = 1 / 4;

interface Question {
  readonly home: HomeId;
  readonly kid: string;
  readonly ctr: number;
  readonly untilMs: number;
  readonly answered: (answer: WasSealed) => void;
}

export class SealedQuestions {
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #open = new Map<number, Question>();
  readonly #rates = new Map<HomeId, Bucket>();
  #asked = 0;

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** Resolves with `unknown` where the agent is away, does not answer, or was asked too often. @param kid 16 hex digits */
  ask(home: HomeId, kid: string, ctr: number): Promise<WasSealed> {
    const rate = this.#rates.get(home) ?? new Bucket(PER_SECOND, BURST, this.#clock);
    this.#rates.set(home, rate);
    if (this.#open.size >= MOST_OPEN || !rate.take(1)) return Promise.resolve('unknown');
    this.#asked += 1;
    const id = this.#asked;
    const { promise, resolve } = Promise.withResolvers<WasSealed>();
    const untilMs = this.#clock.monoMs() + PATIENCE_MS;
    this.#open.set(id, { home, kid, ctr, untilMs, answered: resolve });
    const heard = this.#bus.publish(agentTopic(home), { t: 'sealed.ask', id, kid: keyId(kid), ctr });
    if (heard === 0) this.#answer(id, 'unknown');
    return promise;
  }

  /** An agent's word; of another home, or to nothing, it is not looked at. @throws {SealcamError} `codec.malformed`, `auth.refused` */
  async take(head: Head, id: number, bytes: Uint8Array): Promise<void> {
    const question = this.#open.get(id);
    if (question?.home !== head.homeId) return;
    const { answer } = await verifySealedAnswer(head, question, bytes);
    this.#answer(id, answer);
  }

  /** Called each second. */
  tick(): void {
    const nowMs = this.#clock.monoMs();
    for (const [id, { untilMs }] of this.#open) if (untilMs <= nowMs) this.#answer(id, 'unknown');
    // A full bucket is as good as a new one.
    const waiting = new Set([...this.#open.values()].map(({ home }) => home));
    for (const [home, rate] of this.#rates) if (!waiting.has(home) && rate.isFull) this.#rates.delete(home);
  }

  #answer(id: number, answer: WasSealed): void {
    this.#open.get(id)?.answered(answer);
    this.#open.delete(id);
  }
}
