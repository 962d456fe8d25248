/**
 * The tickets of this run (decision 0021): a command is carried out only on one that the agent itself gave to that device less than
 * 30 s ago by its monotonic clock, and once. They are in memory alone, so that nothing recorded before a restart is worth anything.
 */
import { randomBytes } from 'node:crypto';
import { TICKET_BYTES } from '@sealcam/home';
import { LIMITS, type DeviceId } from '@sealcam/protocol';

/** Why a ticket is not good. One that nobody knows is late: it was given too long ago, by an earlier run, or never. */
export type BadTicket = 'command.late' | 'command.replayed';

interface OfDevice {
  /** When each was given. */
  readonly open: Map<string, number>;
  /** When each was used: for as long as its device may wait for an answer it must not be told that nothing was done. */
  readonly used: Map<string, number>;
}

/** Used tickets that are remembered for a device; above it the oldest is "late" instead of "replayed", and refused all the same. */
const MOST_USED = 4096;

export class Tickets {
  readonly #monotonicMs: () => number;
  readonly #devices = new Map<DeviceId, OfDevice>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /**
   * @param underWay commands of that device which are not answered yet; they count, so that one device cannot ask for ever more
   * @returns base64url; fewer than asked for, or none, where the device has too many open
   */
  give(device: DeviceId, count: number, underWay: number): string[] {
    this.#forgetOld();
    const { open } = this.#of(device);
    const free = LIMITS.ticketsPerDevice - open.size - underWay;
    const given = Array.from({ length: Math.max(0, Math.min(count, LIMITS.ticketsAtOnce, free)) }, () =>
      randomBytes(TICKET_BYTES).toString('base64url'),
    );
    for (const ticket of given) open.set(ticket, this.#monotonicMs());
    return given;
  }

  /** Uses it up. @returns why it is no good, or undefined */
  use(device: DeviceId, ticket: string): BadTicket | undefined {
    this.#forgetOld();
    const { open, used } = this.#of(device);
    if (!open.delete(ticket)) return used.has(ticket) ? 'command.replayed' : 'command.late';
    used.set(ticket, this.#monotonicMs());
    const [oldest] = used.keys();
    if (used.size > MOST_USED && oldest !== undefined) used.delete(oldest);
    return undefined;
  }

  #of(device: DeviceId): OfDevice {
    const known = this.#devices.get(device);
    if (known !== undefined) return known;
    const fresh: OfDevice = { open: new Map(), used: new Map() };
    this.#devices.set(device, fresh);
    return fresh;
  }

  #forgetOld(): void {
    const oldestMs = this.#monotonicMs() - LIMITS.ticketMs;
    for (const [device, { open, used }] of this.#devices) {
      dropUntil(open, oldestMs);
      dropUntil(used, oldestMs);
      if (open.size + used.size === 0) this.#devices.delete(device);
    }
  }
}

/** The oldest stands first. */
function dropUntil(tickets: Map<string, number>, oldestMs: number): void {
  for (const [ticket, atMs] of tickets) {
    if (atMs > oldestMs) return;
    tickets.delete(ticket);
  }
}
