/**
 * What the relay asked this agent to keep for it: bytes that only that relay can read. Brought back at each connection, so that a relay
 * that was restored from an older copy learns that it was. It is no part of the home: lost or damaged, nothing here is missing.
 */
import { join } from 'node:path';
import { SealcamError } from '@sealcam/protocol';
import * as v from 'valibot';
import type { Logger } from 'pino';
import { readDurably, writeDurably } from './durable-file.ts';

const Stored = v.strictObject({
  version: v.literal(1),
  /** Of which relay it is; another one is not told. */
  relay: v.string(),
  sealed: v.string(),
});

export class Keepsake {
  readonly #file: string;
  readonly #relay: string;
  readonly #logger: Logger;
  #sealed: string;

  /** @param relayUrl where the relay is dialed */
  constructor(dataDir: string, relayUrl: string, logger: Logger) {
    this.#file = join(dataDir, 'relay-keepsake');
    this.#relay = new URL(relayUrl).host;
    this.#logger = logger;
    this.#sealed = this.#read();
  }

  /** '' where there is none. */
  get sealed(): string {
    return this.#sealed;
  }

  keep(sealed: string): void {
    if (sealed === this.#sealed) return;
    this.#sealed = sealed;
    try {
      writeDurably(this.#file, JSON.stringify({ version: 1, relay: this.#relay, sealed }));
    } catch (error) {
      this.#logger.warn({ code: codeIn(error) }, 'what the relay asked to keep was not kept');
    }
  }

  #read(): string {
    try {
      const text = readDurably(this.#file);
      if (text === undefined) return '';
      const stored = v.parse(Stored, JSON.parse(text));
      return stored.relay === this.#relay ? stored.sealed : '';
    } catch (error) {
      this.#logger.warn({ code: codeIn(error) }, 'what was kept for the relay cannot be read');
      return '';
    }
  }
}

function codeIn(error: unknown): string {
  return error instanceof SealcamError ? error.code : 'store.corrupt';
}
