/**
 * Whom a suspension stopped on this relay and who is still connected: told when they may ask again. The gate says who may; a word that
 * is lost costs ten seconds, since viewers ask again by themselves.
 */
import type { Gate } from '../gate.ts';
import type { EventLog } from '../log.ts';
import type { GateQuestion } from '../store/store.ts';

/** One stream that one connection was refused, or cut from. */
export interface StoppedViewing {
  readonly question: GateQuestion;
  /** Tells the viewer that it may ask again. */
  tell(): void;
}

export class Stopped {
  readonly #gate: Gate;
  readonly #log: EventLog;
  readonly #viewings = new Set<StoppedViewing>();

  constructor(gate: Gate, log: EventLog) {
    this.#gate = gate;
    this.#log = log;
  }

  add(viewing: StoppedViewing): void {
    this.#viewings.add(viewing);
  }

  delete(viewing: StoppedViewing): void {
    this.#viewings.delete(viewing);
  }

  /** A suspension was lifted: tells those whom no other one stops, each once. */
  async lifted(): Promise<void> {
    await Promise.all([...this.#viewings].map((viewing) => this.#ask(viewing)));
  }

  async #ask(viewing: StoppedViewing): Promise<void> {
    try {
      const { allow } = await this.#gate.mayView(viewing.question);
      if (allow && this.#viewings.delete(viewing)) viewing.tell();
    } catch (error) {
      this.#log.fault('gate.failed', error, { count: 1 });
    }
  }
}
