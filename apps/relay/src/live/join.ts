/**
 * Joins of one track: a viewer that comes in mid-GOP asks the agent for the kept GOP, once for all who ask at the same time.
 * A join is open to more joiners until its first unit arrives; then it is whole for those who were in it, and for nobody else.
 */
import type { Viewing } from './viewing.ts';

interface Join {
  readonly id: number;
  readonly askedMs: number;
  readonly joiners: Set<Viewing>;
}

/** An agent that does not answer a join for so long is asked anew. */
const LOST_MS = 3_000;
/** Two joins of a track are at least so far apart, or a viewer could drain the home's uplink with subscribe and unsubscribe. */
export const JOIN_SPACING_MS = 50;

export class Joins {
  readonly #running = new Map<number, Join>();
  #open: Join | undefined;
  #askedMs = -Infinity;

  /** @returns the join asked for already that this viewer can still be part of */
  share(viewing: Viewing): boolean {
    if (this.#open === undefined) return false;
    this.#open.joiners.add(viewing);
    return true;
  }

  /** Milliseconds until the next join may be asked for; 0 for now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#askedMs + JOIN_SPACING_MS - nowMs);
  }

  begin(id: number, joiners: Iterable<Viewing>, nowMs: number): void {
    this.#open = { id, askedMs: nowMs, joiners: new Set(joiners) };
    this.#askedMs = nowMs;
    this.#running.set(id, this.#open);
  }

  /** A unit of that join came: it is closed to others. */
  replayed(id: number): ReadonlySet<Viewing> | undefined {
    const join = this.#running.get(id);
    if (join === this.#open) this.#open = undefined;
    return join?.joiners;
  }

  /** All of that join came. */
  joined(id: number): ReadonlySet<Viewing> | undefined {
    const joiners = this.replayed(id);
    this.#running.delete(id);
    return joiners;
  }

  remove(viewing: Viewing): void {
    for (const join of this.#running.values()) join.joiners.delete(viewing);
  }

  /** Takes out what the agent did not answer. */
  lost(nowMs: number): Viewing[] {
    const out: Viewing[] = [];
    for (const [id, join] of this.#running) {
      if (nowMs - join.askedMs < LOST_MS) continue;
      out.push(...(this.joined(id) ?? []));
    }
    return out;
  }

  /** The agent went away, and with it every answer. */
  clear(): void {
    this.#running.clear();
    this.#open = undefined;
    this.#askedMs = -Infinity;
  }
}
