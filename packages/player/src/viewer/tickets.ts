/** Tickets for commands: commands that want one at the same moment ask for theirs in one message. */
import { LIMITS, SealcamError } from '@sealcam/protocol';
import type { Connection } from './connection.ts';

interface Waiting {
  readonly resolve: (ticket: string) => void;
  readonly reject: (error: unknown) => void;
}

export class TicketDesk {
  readonly #connection: Connection;
  #waiting: Waiting[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @returns base64url. @throws {SealcamError} `home.offline`, `protocol.too-many` */
  async next(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => this.#askForAll());
    });
  }

  #askForAll(): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < all.length; from += LIMITS.ticketsAtOnce)
      void this.#ask(all.slice(from, from + LIMITS.ticketsAtOnce));
  }

  async #ask(waiting: readonly Waiting[]): Promise<void> {
    try {
      const answer = await this.#connection.request({ t: 'ticket.get', count: waiting.length });
      const tickets = answer.t === 'tickets' ? answer.tickets : [];
      for (const [index, { resolve, reject }] of waiting.entries()) {
        const ticket = tickets[index];
        if (ticket === undefined) reject(new SealcamError('protocol.too-many', 'no ticket left'));
        else resolve(ticket);
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
