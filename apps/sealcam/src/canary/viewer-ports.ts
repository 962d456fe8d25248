/** The viewer's ports in Node: a real WebSocket, the system's clocks and WebCrypto; a canary's keys live in memory and end with it. */
import { rootCertificates } from 'node:tls';
import { SealcamError } from '@sealcam/protocol';
import type { Dial, StoredDevice, ViewerPorts, ViewerStore } from '@sealcam/player/viewer';
import { WebSocket } from 'ws';

export interface RelayAt {
  /** `ws://host:port` or `wss://…`. */
  readonly url: string;
  /** PEM of an authority to trust beside the system's. */
  readonly trust?: string;
}

export function openSocket({ url, trust }: RelayAt, path: string): WebSocket {
  const ca = trust === undefined ? {} : { ca: [...rootCertificates, trust] };
  return new WebSocket(new URL(path, url), { perMessageDeflate: false, ...ca });
}

export function dialBy(at: RelayAt): Dial {
  return (url, events) => {
    const socket = openSocket(at, new URL(url).pathname);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) events.binary(data);
      else events.text(data.toString('utf8'));
    });
    // What went wrong is told by `close`.
    socket.on('error', () => undefined);
    socket.on('close', (code) => events.closed(code));
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => socket.close(),
    };
  };
}

export function viewerPorts(device: StoredDevice, dial: Dial): ViewerPorts {
  return {
    dial,
    store: storeOf(device),
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
  };
}

function storeOf(device: StoredDevice): ViewerStore {
  let stored = device;
  return {
    load: () => Promise.resolve(stored),
    update: (change) => {
      try {
        stored = change(stored);
        return Promise.resolve(stored);
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new SealcamError('internal'));
      }
    },
  };
}
