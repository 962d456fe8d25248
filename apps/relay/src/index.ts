/** Step 6 of the path: the relay, from its data folder to its sockets. It passes sealed bytes on and cannot open them. */
import type { Relay, RelayOptions } from './options.ts';

export { RELAY_LIMITS } from './options.ts';
export type { Relay, RelayLimits, RelayOptions } from './options.ts';
export type { Clock } from './clock.ts';
export type { LogSink } from './log.ts';
export type { VerifyResult } from './ledger/verify.ts';

/**
 * Starts a relay and resolves once it listens.
 * @throws {SealcamError} `store.in-use`, `store.corrupt`, `store.read-only`, `store.full`, `port.in-use`, `config.invalid`
 */
export declare function startRelay(options: RelayOptions): Promise<Relay>;
