/** What both proxies are started with, and what they are. */
import { SealcamError } from '@sealcam/protocol';
import type { Counters } from './counters.ts';
import type { Change, Impairment } from './rule.ts';

export interface ImpairedOptions extends Change {
  /** The port behind the line. */
  readonly to: number;
  /** Where that is: an address of this machine's loopback. Default 127.0.0.1. */
  readonly host?: string;
  /** Default: the system chooses. */
  readonly listen?: number;
  /** Every random draw follows from it and from the order in which connections come. Default 1. */
  readonly seed?: number;
}

/** A line between who dials `port` on 127.0.0.1 and the target. */
export interface Impaired {
  readonly port: number;
  readonly seed: number;
  readonly counters: Counters;
  readonly impairment: Impairment;
  /** From now on; what is on its way already keeps its time. */
  change(change: Change): Promise<void>;
  /** Resets all connections that run. @returns how many */
  reset(): number;
  close(): Promise<void>;
}

/** @throws {SealcamError} `config.invalid` for another machine: this is no open proxy */
export function loopback(host = '127.0.0.1'): string {
  if (host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)) return host;
  throw new SealcamError('config.invalid', `${host} is not this machine`);
}
