/** A page under watch: whose pictures are in its pixels, by the probe in it, and what came to it, by the browser's own word. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { decodeEnvelope, FromViewer, parseMessage, STREAM, type DeviceId, type HomeId } from '@sealcam/protocol';
import { pageScript } from '../../../tests/harness/page-script.ts';
import type { Crossings } from './crossings.ts';
import type { Probed, ProbedWindow } from './page/probed.ts';

let bundled: Promise<string> | undefined;

/** To be added to a page before anything of it runs. */
export function probeScript(): Promise<string> {
  bundled ??= pageScript(join(import.meta.dirname, 'page', 'probe.ts'));
  return bundled;
}

export class WatchedPage {
  readonly page: Page;
  /** Strangers' pictures that the browser got over a socket. */
  arrivedForeign = 0;
  readonly #crossings: Crossings;
  #who: { readonly homeId: HomeId; readonly deviceId: DeviceId } | undefined;

  /** @param page not opened yet */
  constructor(page: Page, crossings: Crossings) {
    this.page = page;
    this.#crossings = crossings;
    page.on('websocket', (socket) => {
      if (!socket.url().endsWith('/ws/viewer')) return;
      socket.on('framesent', ({ payload }) => this.#sent(String(payload)));
      socket.on('framereceived', ({ payload }) => {
        if (typeof payload !== 'string') this.#came(payload);
      });
    });
  }

  /** Who the page says it is, on its socket. */
  get who(): { readonly homeId: HomeId; readonly deviceId: DeviceId } {
    if (this.#who === undefined) throw new TypeError('it has not said who it is');
    return this.#who;
  }

  async probed(): Promise<Probed> {
    return await this.page.evaluate(() => (globalThis as ProbedWindow).sealcamProbed());
  }

  #sent(text: string): void {
    const message = parseMessage(FromViewer, text);
    if (message.t === 'auth') this.#who = { homeId: message.homeId, deviceId: message.deviceId };
  }

  #came(message: Buffer): void {
    const { streamId, sealed } = decodeEnvelope(message);
    if (streamId === STREAM.main && this.#crossings.isForeign(this.who.homeId, sealed)) this.arrivedForeign += 1;
  }
}
