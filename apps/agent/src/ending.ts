/** Tells the relay that a home is over, after a reset; tried until it is told, across restarts. */
import { importDeviceKeys, sign } from '@sealcam/home';
import { endBytes, toBase64Url } from '@sealcam/protocol';
import type { Logger } from 'pino';
import type { Ending, HomeStore } from './home-store.ts';
import { RelaySocket, type RelayLink } from './relay-socket.ts';

export interface EndingsParts {
  readonly store: HomeStore;
  readonly link: RelayLink;
  readonly logger: Logger;
}

const RETRY_MS = 30_000;
/** The relay has no such home any more: that is what was wanted. */
const OVER: readonly string[] = ['home.unknown', 'home.erased', 'device.unknown', 'device.removed', 'auth.refused'];

export class Endings {
  readonly #parts: EndingsParts;
  #timer: NodeJS.Timeout | undefined;
  #running = false;
  #closed = false;
  #socket: RelaySocket | undefined;

  constructor(parts: EndingsParts) {
    this.#parts = parts;
    this.start();
  }

  /** Also when a home was added to the list. */
  start(): void {
    if (this.#running || this.#closed) return;
    clearTimeout(this.#timer);
    this.#running = true;
    void this.#run().finally(() => {
      this.#running = false;
      if (!this.#closed && this.#parts.store.record.endings.length > 0)
        this.#timer = setTimeout(() => this.start(), RETRY_MS);
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  async #run(): Promise<void> {
    for (const ending of this.#parts.store.record.endings) {
      if (this.#closed) return;
      try {
        if (await this.#end(ending)) this.#forget(ending);
      } catch (error) {
        this.#parts.logger.warn({ err: error }, 'an old home could not be ended at the relay yet');
      }
    }
  }

  /** @returns whether the relay knows that it is over */
  async #end({ homeId, keys: stored }: Ending): Promise<boolean> {
    const keys = await importDeviceKeys(stored);
    const sig = toBase64Url(await sign(keys, endBytes(homeId, keys.deviceId)));
    const closed = Promise.withResolvers<string>();
    const socket = new RelaySocket({
      ...{ link: this.#parts.link, homeId, keys, onClosed: closed.resolve },
      onMessage: () => undefined,
    });
    this.#socket = socket;
    try {
      await socket.welcome;
      await socket.request({ t: 'home.end', sig });
      return true;
    } catch {
      return OVER.includes(await closed.promise);
    } finally {
      socket.close();
    }
  }

  #forget({ homeId }: Ending): void {
    this.#parts.store.update((record) => ({
      ...record,
      endings: record.endings.filter((ending) => ending.homeId !== homeId),
    }));
    this.#parts.logger.info({ home: homeId }, 'the old home is over at the relay');
  }
}
