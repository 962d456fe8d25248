/**
 * Was this relay put back to an older copy? Its ledger only grows: where somebody holds proof of a row that is not there (the checkpoints
 * beside it, what `sealcam restore` carried over, what an agent was given to keep), rows are lost, and with them perhaps suspensions. It is
 * written down, said, and what can be named can be put back in one step. Nothing is put back by itself: an agent may keep an old word.
 */
import type { HomeId } from '@sealcam/protocol';
import { keepsakeTopic, suspensionTopic, type Bus } from '../bus.ts';
import type { Clock } from '../clock.ts';
import type { EventLog } from '../log.ts';
import type { Store } from '../store/store.ts';
import { targetKey, type Suspension } from '../suspensions/suspension.ts';
import type { Suspensions } from '../suspensions/suspensions.ts';
import { openKeepsake, sealKeepsake } from './keepsake.ts';
import type { SuspensionJournal } from './suspension-journal.ts';
import type { Witness } from './witness.ts';

/** Rows of the ledger that were there once. */
export interface Loss {
  /** When it was noticed, Unix ms. */
  readonly foundMs: number;
  /** The last row of the copy when it was started, and its time (0: the copy had none). */
  readonly lastSeq: number;
  readonly lastMs: number;
  /** The row that is proven to have been there, and when it was. */
  readonly seq: number;
  readonly untilMs: number;
}

/** What the operator is told. */
export interface Missing {
  /** Newest first. */
  readonly losses: readonly Loss[];
  /** Active when they were last heard of, and not in this store; newest first. */
  readonly suspensions: readonly Suspension[];
}

export interface RestoreParts {
  readonly store: Store;
  readonly suspensions: Suspensions;
  readonly journal: SuspensionJournal;
  readonly key: Uint8Array;
  readonly head: () => Pick<Witness, 'seq' | 'hash'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: EventLog;
}

const LOSSES = 'restore.losses';
const MOST_LOSSES = 20;
/** Of the store; the journal's own active ones are looked for among them. */
const MOST_SUSPENSIONS = 100_000;
const HAND_OUT_MS = 60_000;
/** A restart soon after a restore does not end what is held for its sake. */
const FRESH_MS = 24 * 60 * 60_000;

export class Restores {
  readonly #parts: RestoreParts;
  readonly #bootSeq: number;
  readonly #stops: (() => void)[];
  #losses: readonly Loss[] = [];
  /** Found lately: what homes say is held until their agents have said theirs. */
  #isFresh = false;
  readonly #spoken = new Set<HomeId>();
  readonly #waiting = new Map<HomeId, Set<() => void>>();
  #turn: Promise<unknown> = Promise.resolve();
  #given = '';

  /** @param witnesses of this machine */
  static async open(parts: RestoreParts, witnesses: readonly Witness[]): Promise<Restores> {
    const restores = new Restores(parts);
    const kept = await parts.store.homes.setting(LOSSES);
    if (Array.isArray(kept)) restores.#losses = kept as Loss[];
    for (const witness of witnesses) await restores.#weigh(witness);
    // A folder of before there was a journal.
    for (const suspension of await parts.store.suspensions.active()) restores.#note(suspension);
    return restores;
  }

  private constructor(parts: RestoreParts) {
    const { bus, clock, head } = parts;
    this.#parts = parts;
    this.#bootSeq = head().seq;
    this.#stops = [
      bus.subscribe(suspensionTopic, ({ suspension }) => {
        this.#note(suspension);
        void this.handOut();
      }),
      clock.every(HAND_OUT_MS, () => void this.handOut()),
    ];
  }

  close(): Promise<void> {
    for (const stop of this.#stops) stop();
    return this.#inTurn(() => Promise.resolve());
  }

  async missing(): Promise<Missing> {
    const { store, journal } = this.#parts;
    const stored = await store.suspensions.all(MOST_SUSPENSIONS);
    const ids = new Set(stored.map(({ id }) => id));
    const targets = new Set(stored.filter(({ lifted }) => lifted === undefined).map(({ target }) => targetKey(target)));
    const suspensions = journal.active.filter(({ id, target }) => !ids.has(id) && !targets.has(targetKey(target)));
    return { losses: this.#losses, suspensions };
  }

  /** All that may be missing, as it was decided then. @returns what was put back */
  async putBack(): Promise<readonly Suspension[]> {
    const { suspensions } = await this.missing();
    // The oldest first: of two for one target the store keeps the first.
    for (const suspension of suspensions.toReversed()) await this.#parts.suspensions.putBack(suspension);
    return suspensions;
  }

  /** What an agent kept for us; the answer is given when it is weighed and written down. @returns what it is to keep now */
  took(sealed: string): Promise<string> {
    return this.#inTurn(async () => {
      const keepsake = sealed === '' ? undefined : openKeepsake(this.#parts.key, sealed);
      if (keepsake !== undefined && (await this.#weigh(keepsake)))
        for (const suspension of keepsake.suspensions) this.#note(suspension);
      return await this.#sealed();
    });
  }

  /** Has agents keep what is so now, where it is something else than before. */
  handOut(): Promise<void> {
    return this.#inTurn(async () => {
      const { store, head, bus, log } = this.#parts;
      try {
        const now = `${head().seq}/${await store.suspensions.version()}`;
        if (now === this.#given) return;
        this.#given = now;
        bus.publish(keepsakeTopic, { sealed: await this.#sealed() });
      } catch (error) {
        log.fault('restores.unread', error);
      }
    });
  }

  /** Whether a list of members must wait: only the home's agent knows whether this relay's own is the newest. */
  holds(home: HomeId): boolean {
    return this.#isFresh && !this.#spoken.has(home);
  }

  /** Calls back once the agent has brought its home's list of members and its keys. @returns forgets it */
  whenSpoken(home: HomeId, go: () => void): () => void {
    const waiting = this.#waiting.get(home) ?? new Set();
    this.#waiting.set(home, waiting.add(go));
    return () => {
      waiting.delete(go);
      if (waiting.size === 0 && this.#waiting.get(home) === waiting) this.#waiting.delete(home);
    };
  }

  /** A bulletin of its agent was taken. */
  bulletin(home: HomeId): void {
    this.#spoken.add(home);
    const waiting = this.#waiting.get(home) ?? [];
    this.#waiting.delete(home);
    for (const go of waiting) go();
  }

  /** @returns whether the row is not what it was: then what came with the witness may be missing, too */
  async #weigh({ seq, hash, atMs }: Witness): Promise<boolean> {
    const { store, clock, log } = this.#parts;
    if (seq < 1) return false;
    const [row] = await store.ledgerRows(seq, 1);
    if (row?.seq === seq && row.hash === hash) return false;
    const known = this.#losses.find((loss) => loss.seq >= seq && loss.untilMs >= atMs);
    this.#isFresh ||= known === undefined || clock.wallMs() - known.foundMs < FRESH_MS;
    if (known !== undefined) return true;
    const lastSeq = Math.min(this.#bootSeq, seq - 1);
    const [last] = lastSeq < 1 ? [] : await store.ledgerRows(lastSeq, 1);
    const loss = { foundMs: clock.wallMs(), lastSeq, lastMs: last?.at_ms ?? 0, seq, untilMs: atMs };
    this.#losses = [loss, ...this.#losses].slice(0, MOST_LOSSES);
    await store.homes.putSetting(LOSSES, this.#losses);
    log.warn('relay.restored', { seq, count: seq - lastSeq });
    return true;
  }

  async #sealed(): Promise<string> {
    const { store, head, key, clock } = this.#parts;
    const { seq, hash } = head();
    return sealKeepsake(key, { seq, hash, atMs: clock.wallMs(), suspensions: await store.suspensions.active() });
  }

  /** A journal that cannot be written does not stop a suspension. */
  #note(suspension: Suspension): void {
    try {
      this.#parts.journal.note(suspension);
    } catch (error) {
      this.#parts.log.fault('suspension.journal', error, { suspension: suspension.id });
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work, work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
