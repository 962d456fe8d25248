/** The incidents at hand: found by what makes two of them equal, told to who listens, written one after the other. */
import { SealcamError } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { EventLog } from '../log.ts';
import type { IncidentStore } from '../store/incident-store.ts';
import type { Incident } from './incident.ts';

/** The widest window of a rule. */
const REMEMBERED_MS = 24 * 60 * 60_000;
const MOST_REMEMBERED = 10_000;

export interface BookParts {
  readonly store: IncidentStore;
  readonly clock: Clock;
  readonly log: EventLog;
}

/** One incident at hand. Whoever changes it sets `isChanged`; it is told and written within a second. */
export interface Kept {
  incident: Incident;
  /** Monotonic ms of the last judgement by the policy. */
  judgedMs: number;
  /** A judgement that failed is made again. */
  isJudged: boolean;
  isChanged: boolean;
  writing: Promise<void> | undefined;
}

export class Book {
  readonly #parts: BookParts;
  readonly #kept = new Map<string, Kept>();
  readonly #listeners = new Set<(incident: Incident) => void>();
  readonly #working = new Set<Promise<void>>();

  private constructor(parts: BookParts) {
    this.#parts = parts;
  }

  /** @param keyOf what makes two incidents equal. @throws {SealcamError} the store's faults */
  static async open(parts: BookParts, keyOf: (incident: Incident) => string): Promise<Book> {
    const book = new Book(parts);
    const fromMs = parts.clock.wallMs() - REMEMBERED_MS;
    for (const incident of await parts.store.since(fromMs, MOST_REMEMBERED))
      book.#keep(keyOf(incident), incident, true);
    return book;
  }

  get all(): Iterable<Kept> {
    return this.#kept.values();
  }

  find(key: string): Kept | undefined {
    return this.#kept.get(key);
  }

  byId(id: string): Kept | undefined {
    return [...this.#kept.values()].find(({ incident }) => incident.id === id);
  }

  /** A new one: told at once, written when it has been judged. */
  begin(key: string, incident: Incident): Kept {
    const kept = this.#keep(key, incident, false);
    for (const [oldest, other] of this.#kept) {
      if (this.#kept.size <= MOST_REMEMBERED) break;
      this.#kept.delete(oldest);
      if (other.isChanged) this.save(other);
    }
    this.#tell(incident);
    return kept;
  }

  /** @throws {SealcamError} `command.invalid` for one that is not there, the store's faults */
  async change(id: string, change: (incident: Incident) => Incident): Promise<Incident> {
    const kept = this.byId(id);
    const before = kept?.incident ?? (await this.#parts.store.get(id));
    if (before === undefined) throw new SealcamError('command.invalid', 'no such incident');
    const after = change(before);
    if (kept !== undefined) kept.incident = after;
    await kept?.writing;
    await this.#parts.store.put(kept?.incident ?? after);
    return after;
  }

  listen(listen: (incident: Incident) => void): () => void {
    this.#listeners.add(listen);
    return () => this.#listeners.delete(listen);
  }

  /** Called each second. */
  tick(): void {
    const wallMs = this.#parts.clock.wallMs();
    for (const [key, kept] of this.#kept) {
      if (kept.isChanged) {
        this.#tell(kept.incident);
        this.save(kept);
      } else if (wallMs - kept.incident.lastMs > REMEMBERED_MS) this.#kept.delete(key);
    }
  }

  /** One write at a time an incident; what changes meanwhile goes with the next. */
  save(kept: Kept): void {
    if (kept.writing !== undefined) return;
    kept.isChanged = false;
    kept.writing = this.#parts.store
      .put(kept.incident)
      .catch((error: unknown) => {
        kept.isChanged = true;
        this.#parts.log.fault('incident.write', error, { incident: kept.incident.id });
      })
      .finally(() => (kept.writing = undefined));
    this.work(kept.writing);
  }

  /** Something under way that `settled` waits for; it does not fail. */
  work(work: Promise<void>): void {
    const working = work.finally(() => this.#working.delete(working));
    this.#working.add(working);
  }

  /** Resolves when everything so far is judged and written, or its fault is logged. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
    for (const kept of this.#kept.values()) if (kept.isChanged) this.save(kept);
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  #keep(key: string, incident: Incident, isJudged: boolean): Kept {
    const judgedMs = this.#parts.clock.monoMs();
    const kept: Kept = { incident, judgedMs, isJudged, isChanged: false, writing: undefined };
    // To the end: the one that began last is forgotten last.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  #tell(incident: Incident): void {
    for (const listen of [...this.#listeners]) listen(incident);
  }
}
