/**
 * What a home may make this relay keep or do, beyond sealed pictures: each kind has a burst, a rate, and a number a day. What is over
 * it costs that home alone. Honest homes meet none of it. In memory: a restart begins anew.
 */
import { SealcamError, type HomeId } from '@sealcam/protocol';
import type { Clock } from './clock.ts';
import type { EventLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import { Bucket } from './sockets/bucket.ts';

export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
  readonly perDay: number;
}

/**
 * The reasons are the largest home: 64 devices, 256 cameras of five streams.
 * bulletin: a new one for each change of members, cameras or privacy, and each hour.
 * announced: key ids of bulletins, kept for a day each: a hundred bulletins of the largest home at once.
 * source: a row of the ledger for each stream under each bulletin.
 * viewing: 64 screens of 20 cameras that all come back at once, and do so 30 times a day.
 * still: of each camera each 10 s while a home screen shows it, its state, and all of them after new keys.
 * evidence: a receipt of each screen each 10 s, and reports.
 * roster, key: what an admin changes; the devices' keys of a day, and again when they come back.
 */
export const ALLOWANCES = {
  bulletin: { burst: 60, perSecond: 0.5, perDay: 3_000 },
  announced: { burst: 128_000, perSecond: 20, perDay: 200_000 },
  source: { burst: 5_120, perSecond: 20, perDay: 200_000 },
  viewing: { burst: 4_096, perSecond: 10, perDay: 60_000 },
  still: { burst: 5_120, perSecond: 64, perDay: 5_000_000 },
  evidence: { burst: 2_560, perSecond: 20, perDay: 750_000 },
  roster: { burst: 600, perSecond: 0.5, perDay: 3_000 },
  key: { burst: 512, perSecond: 2, perDay: 10_000 },
} as const satisfies Readonly<Record<string, Allowance>>;

export type AllowanceKind = keyof typeof ALLOWANCES;

/** The longest that somebody is held back instead of refused: a socket that is not read for longer looks silent. */
const LONGEST_HOLD_MS = 3_000;
const DAY_MS = 86_400_000;
/** Of one kind of one home, an operator's log has a line this often. */
const LOG_EVERY_MS = 60_000;
/** What is at hand. Beyond it the one that was asked longest ago is forgotten, which gives that home no more than its burst again. */
const KEPT = 100_000;

interface Account {
  readonly bucket: Bucket;
  dayEndsMs: number;
  leftToday: number;
  loggedMs: number;
}

export interface AllowanceParts {
  readonly clock: Clock;
  readonly log: EventLog;
  readonly metrics: Pick<Metrics, 'overAllowance'>;
  /** How many times the usual each home may. */
  readonly times: number;
}

export class Allowances {
  readonly #parts: AllowanceParts;
  /** By home and kind, the one that was asked longest ago first. */
  readonly #accounts = new Map<string, Account>();

  constructor(parts: AllowanceParts) {
    this.#parts = parts;
  }

  /** @returns false when it is more than that home may; nothing is taken then */
  take(home: HomeId, kind: AllowanceKind, amount: number = 1): boolean {
    const account = this.#account(home, kind);
    if (account.leftToday >= amount && account.bucket.take(amount)) {
      account.leftToday -= amount;
      return true;
    }
    this.#over(account, home, kind);
    return false;
  }

  /** As `take`. @throws {SealcamError} `quota.rate`, `quota.day` */
  demand(home: HomeId, kind: AllowanceKind, amount: number = 1): void {
    if (this.take(home, kind, amount)) return;
    throw new SealcamError(this.#account(home, kind).leftToday >= amount ? 'quota.rate' : 'quota.day', kind);
  }

  /** As `demand`, for one that is held back as long as that helps: it comes late, and is not lost. */
  async await(home: HomeId, kind: AllowanceKind): Promise<void> {
    const { bucket, leftToday } = this.#account(home, kind);
    const waitMs = Math.ceil(bucket.secondsTo(1) * 1000);
    if (leftToday > 0 && waitMs > 0 && waitMs <= LONGEST_HOLD_MS)
      await new Promise<void>((resolve) => this.#parts.clock.after(waitMs, resolve));
    this.demand(home, kind);
  }

  #account(home: HomeId, kind: AllowanceKind): Account {
    const { clock, times } = this.#parts;
    const key = `${home} ${kind}`;
    const { burst, perSecond, perDay } = ALLOWANCES[kind];
    const nowMs = clock.monoMs();
    const account = this.#accounts.get(key) ?? {
      bucket: new Bucket(perSecond * times, burst * times, clock),
      dayEndsMs: -Infinity,
      leftToday: 0,
      loggedMs: -Infinity,
    };
    if (nowMs >= account.dayEndsMs) {
      account.dayEndsMs = nowMs + DAY_MS;
      account.leftToday = Math.ceil(perDay * times);
    }
    this.#accounts.delete(key);
    this.#accounts.set(key, account);
    const [oldest] = this.#accounts.keys();
    if (this.#accounts.size > KEPT && oldest !== undefined) this.#accounts.delete(oldest);
    return account;
  }

  #over(account: Account, home: HomeId, kind: AllowanceKind): void {
    const { clock, log, metrics } = this.#parts;
    metrics.overAllowance.inc({ kind });
    const nowMs = clock.monoMs();
    if (nowMs - account.loggedMs < LOG_EVERY_MS) return;
    account.loggedMs = nowMs;
    log.warn('home.over-allowance', { home, kind });
  }
}
