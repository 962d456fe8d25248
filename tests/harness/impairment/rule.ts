/** What a bad network does to one direction of a line. All of it can change while the line is in use. */
import { SealcamError } from '@sealcam/protocol';

export interface Rule {
  /** One way, milliseconds. */
  readonly delayMs: number;
  /** Up to so many milliseconds more, evenly. Order is kept. */
  readonly jitterMs: number;
  /** 0: no cap. */
  readonly bytesPerSecond: number;
  /** Share of packets lost in the long run, 0 to 1 (Gilbert-Elliott). TCP: each costs a retransmission; UDP: it is gone. */
  readonly loss: number;
  /** How many packets in a row a loss takes, on average; 1 or more. */
  readonly burst: number;
  /** UDP: share of datagrams that arrive twice. */
  readonly duplicate: number;
  /** UDP: share of datagrams that are held back by `reorderMs`, so that later ones overtake. */
  readonly reorder: number;
  readonly reorderMs: number;
  /** The line is open and silent. TCP: held until it ends, closing included; UDP: gone. */
  readonly stall: boolean;
  /** TCP: the connection is reset once so many bytes went this way. Infinity: never. */
  readonly resetAfter: number;
  /** TCP: so many bytes, then an orderly end as if that were all. UDP: longer datagrams are cut. Infinity: never. */
  readonly truncateAfter: number;
  /** What may wait in this direction. TCP: then the sender is no longer read; UDP: then datagrams are lost. */
  readonly bufferBytes: number;
}

/** A line that is not impaired. */
export const CLEAN: Rule = {
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: 0,
  loss: 0,
  burst: 1,
  duplicate: 0,
  reorder: 0,
  reorderMs: 50,
  stall: false,
  resetAfter: Infinity,
  truncateAfter: Infinity,
  bufferBytes: 1024 * 1024,
};

/** Both directions: `up` is from who dialed. */
export interface Impairment {
  readonly up: Rule;
  readonly down: Rule;
  /** Nobody listens: whoever dials is refused. Connections that run go on. */
  readonly refuse: boolean;
}

/** `both` first, then what is said of one direction. What is not said stays. */
export interface Change {
  readonly both?: Partial<Rule>;
  readonly up?: Partial<Rule>;
  readonly down?: Partial<Rule>;
  readonly refuse?: boolean;
}

export const UNIMPAIRED: Impairment = { up: CLEAN, down: CLEAN, refuse: false };

/** @throws {SealcamError} `config.invalid` for what no network can do */
export function changed(before: Impairment, change: Change): Impairment {
  const next = (rule: Rule, own: Partial<Rule> | undefined): Rule => checked({ ...rule, ...change.both, ...own });
  return {
    up: next(before.up, change.up),
    down: next(before.down, change.down),
    refuse: change.refuse ?? before.refuse,
  };
}

function checked(rule: Rule): Rule {
  for (const name of ['loss', 'duplicate', 'reorder'] as const) within(name, rule[name], 0, 1);
  for (const name of ['delayMs', 'jitterMs', 'reorderMs'] as const) within(name, rule[name], 0, 600_000);
  within('bytesPerSecond', rule.bytesPerSecond, 0, 1e12);
  within('burst', rule.burst, 1, 1e6);
  within('bufferBytes', rule.bufferBytes, 1, 2 ** 30);
  for (const name of ['resetAfter', 'truncateAfter'] as const) within(name, rule[name], 0, Infinity);
  return rule;
}

function within(name: string, value: number, from: number, to: number): void {
  if (!(value >= from && value <= to)) throw new SealcamError('config.invalid', `${name} ${value}`);
}
