/** The viewer's ports in Node: a real WebSocket, the real clocks and WebCrypto, and a store that lives as long as the test. */
import type { StoredDevice, ViewerPorts, ViewerStore } from '@sealcam/player/viewer';
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
        return Promise.reject(error as Error);
      }
    },
  };
}

/** @param tap sees each binary message before the viewer does (what a relay or a network could do to it) */
export function nodePorts(
  store: ViewerStore,
  tap: (message: Uint8Array) => Uint8Array | undefined = (m) => m,
): ViewerPorts {
  return {
    store,
    subtle: globalThis.crypto.subtle,
    random: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
    clock: {
      wallMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      after: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => {
          clearTimeout(timer);
        };
      },
    },
    dial: (url, events) => {
      const socket = new WebSocket(url, { perMessageDeflate: false });
      socket.on('message', (data: Buffer, isBinary) => {
        if (!isBinary) {
          events.text(data.toString('utf8'));
          return;
        }
        const passed = tap(data);
        if (passed) events.binary(passed);
      });
      socket.on('error', () => undefined);
      socket.on('close', (code) => {
        events.closed(code);
      });
      return {
        send: (text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text);
        },
        close: () => {
          socket.close();
        },
      };
    },
  };
}
