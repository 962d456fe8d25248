/** Asks the agent, through the relay, what is newest now, and believes only its signed answer (SEALING.md, rule 6). */
import { LIVE_NONCE_BYTES, verifyLiveAnswer, type Head, type LiveAnswer } from '@sealcam/home';
import { fromHex, SealcamError, toHex, type DeviceId } from '@sealcam/protocol';
import {
  accept,
  agentNowUs,
  ask,
  eagerMs,
  hurry,
  isDue,
  isProven,
  newLiveness,
  takeAnswer,
  tick,
  type Instant,
  type LivenessState,
} from './liveness.ts';
import type { Clock } from './ports.ts';

/** An answer that was asked for and came in time, not yet verified. */
export interface Arrived {
  readonly nonce: string;
  readonly sentMs: number;
  readonly bytes: Uint8Array;
}

export interface LivePorts {
  readonly clock: Pick<Clock, 'monotonicMs' | 'wallMs'>;
  random(length: number): Uint8Array;
}

export class LiveChecks {
  readonly #ports: LivePorts;
  #state: LivenessState;

  constructor(ports: LivePorts) {
    this.#ports = ports;
    this.#state = newLiveness(this.#now());
  }

  get isProven(): boolean {
    return isProven(this.#state, this.#now());
  }

  /** Unix microseconds by the agent's clock; never behind it. */
  get agentNowUs(): number | undefined {
    return agentNowUs(this.#state, this.#now().nowMs);
  }

  forget(): void {
    this.#state = newLiveness(this.#now());
  }

  /** @returns whether this device stood still for so long that nothing may be called live before the next answer */
  tick(): boolean {
    const next = tick(this.#state, this.#now());
    this.#state = next.state;
    return next.gap;
  }

  /** Somebody began to watch. */
  hurry(): void {
    this.#state = hurry(this.#state);
  }

  /** When to ask again while something waits for its first answer. */
  get eagerMs(): number {
    return eagerMs(this.#state);
  }

  /** @param eager something waits for a first answer. @returns the nonce to send, or undefined while none is due */
  question(eager: boolean): Uint8Array | undefined {
    const { nowMs } = this.#now();
    if (!isDue(this.#state, nowMs, eager)) return undefined;
    const nonce = this.#ports.random(LIVE_NONCE_BYTES);
    this.#state = ask(this.#state, toHex(nonce), nowMs, eager);
    return nonce;
  }

  /** To be called as the answer arrives. @returns undefined for one that was not asked for, or came too late */
  arrive(bytes: Uint8Array): Arrived | undefined {
    const { state, asked } = takeAnswer(this.#state, this.#now().nowMs);
    this.#state = state;
    return asked && { ...asked, bytes };
  }

  /** @returns undefined unless the head's agent signed it for this device and this nonce */
  async verify(arrived: Arrived, head: Head, deviceId: DeviceId): Promise<LiveAnswer | undefined> {
    try {
      return await verifyLiveAnswer(head, { deviceId, nonce: fromHex(arrived.nonce) }, arrived.bytes);
    } catch (error) {
      if (error instanceof SealcamError) return undefined;
      throw error;
    }
  }

  accept(arrived: Arrived, answer: LiveAnswer): void {
    this.#state = accept(this.#state, arrived, answer.agentTimeUs);
  }

  #now(): Instant {
    const { clock } = this.#ports;
    return { nowMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }
}
