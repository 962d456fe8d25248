/** The viewer's ports in Node: a real WebSocket, the real clocks and WebCrypto, and a store that lives as long as the test. */
import type { SocketEvents, StoredDevice, ViewerPorts, ViewerStore } from '@sealcam/player/viewer';
import { WebSocket } from 'ws';

export function memoryStore(first?: StoredDevice): ViewerStore & { now(): StoredDevice | undefined } {
  let stored = first;
  return {
    now: () => stored,
    load: () => Promise.resolve(stored),
    update: (change) => {
      if (!stored) return Promise.reject(new Error('nothing stored'));
      try {
        stored = change(stored);
        return Promise.resolve(stored);
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
}

/** A viewer's line in hostile hands: what a relay or a network could do to each message, and what it could bring in. */
export class Line {
  /** Passes on what it likes, as often as it likes. */
  binary: (message: Uint8Array, pass: (message: Uint8Array) => void) => void = (message, pass) => pass(message);
  text: (message: string, pass: (message: string) => void) => void = (message, pass) => pass(message);
  #events: SocketEvents | undefined;

  /** A message that nobody sent. */
  inject(message: Uint8Array): void {
    this.#events?.binary(message);
  }

  injectText(message: string): void {
    this.#events?.text(message);
  }

  connect(events: SocketEvents): void {
    this.#events = events;
  }
}

/** Sees each binary message before the viewer does; what it returns is passed on. */
export type Tap = (message: Uint8Array) => Uint8Array | undefined;

export function lineOf(tap: Line | Tap | undefined): Line {
  if (tap instanceof Line) return tap;
  const line = new Line();
  if (tap !== undefined) {
    line.binary = (message, pass) => {
      const passed = tap(message);
      if (passed !== undefined) pass(passed);
    };
  }
  return line;
}

export function nodePorts(store: ViewerStore, line = new Line()): ViewerPorts {
  return {
    store,
    subtle: globalThis.crypto.subtle,
    random: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
    clock: {
      wallMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    },
    dial: (url, events) => {
      const socket = new WebSocket(url, { perMessageDeflate: false });
      line.connect(events);
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) line.binary(data, (message) => events.binary(message));
        else line.text(data.toString('utf8'), (message) => events.text(message));
      });
      socket.on('error', () => undefined);
      socket.on('close', (code) => events.closed(code));
      return {
        send: (text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
        },
        close: () => socket.close(),
      };
    },
  };
}
