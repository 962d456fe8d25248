/** The browser's end of the viewer's ports: its WebSocket, its clocks, its random bytes. */
import type { SocketEvents, ViewerPorts, ViewerSocket, ViewerStore } from '@sealcam/player/viewer';

/** `wss://host/ws/…` of the relay that served this page. */
export function socketUrl(path: '/ws/viewer' | '/ws/pair'): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}

/** As the viewer's port, and told when it is open: for a socket whose first word is ours. */
export function dial(url: string, events: SocketEvents & { opened?(): void }): ViewerSocket {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  let over = false;
  const closed = (code: number): void => {
    if (over) return;
    over = true;
    events.closed(code);
  };
  socket.onmessage = ({ data }) => {
    if (over) return;
    if (typeof data === 'string') events.text(data);
    else events.binary(new Uint8Array(data as ArrayBuffer));
  };
  socket.onopen = () => {
    if (!over) events.opened?.();
  };
  socket.onclose = ({ code }) => {
    closed(code);
  };
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => {
      socket.close();
      closed(1000);
    },
  };
}

export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function browserPorts(store: ViewerStore): ViewerPorts {
  return {
    dial,
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
    subtle: crypto.subtle,
    store,
    random: randomBytes,
  };
}
