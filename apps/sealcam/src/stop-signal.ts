/** Ctrl-C and its kin, once. */
import { constants } from 'node:os';

/** A launcher between us and the terminal may hand on a signal that the terminal sent us as well: that is one wish, not two. */
const SAME_WISH_MS = 1_000;

/**
 * @returns resolves with the first SIGINT, SIGTERM or SIGHUP. A second one, later, ends the process at once: what is on disk
 *   is whole at any moment.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    let first = 0;
    const heard = (signal: NodeJS.Signals): void => {
      if (first === 0) {
        first = performance.now();
        done(signal);
      } else if (performance.now() - first > SAME_WISH_MS) {
        process.exit(128 + constants.signals[signal]);
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, heard);
  });
}
