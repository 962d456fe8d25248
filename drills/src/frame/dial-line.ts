/** A WebSocket over a line of the drill, in the shape that the viewer's ports want. The frames and the upgrade are the real ones. */
import type { Duplex } from 'node:stream';
import type { SocketEvents, ViewerSocket } from '@sealcam/player/viewer';
import { WebSocket } from 'ws';
import type { VirtualClock } from './virtual-clock.ts';

export interface LineSocket extends ViewerSocket {
  sendBinary(bytes: Uint8Array): void;
}

export interface DialLine {
  (events: SocketEvents): LineSocket;
  /** As in the `Host` header: what a signature is bound to. */
  readonly host: string;
}

/** The relay's name in all drills; no name is ever looked up. */
export const RELAY_HOST = 'relay.drill';

const LINGER_MS = 2_000;

/** @param open makes a line to the relay and returns the near end @param kind the path's last word */
export function lineDialer(open: () => Duplex, kind: 'viewer' | 'agent', clock: VirtualClock): DialLine {
  const dial = (events: SocketEvents): LineSocket => {
    const near = open();
    const socket = new WebSocket(`ws://${RELAY_HOST}/ws/${kind}`, {
      perMessageDeflate: false,
      createConnection: () => near as never,
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) events.binary(data);
      else events.text(data.toString('utf8'));
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => events.closed(code));
    return {
      send: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
      sendBinary: (bytes) => socket.readyState === WebSocket.OPEN && socket.send(bytes),
      close: () => {
        socket.close();
        // Where nobody answers the good-bye.
        clock.after(LINGER_MS, () => socket.terminate());
      },
    };
  };
  return Object.assign(dial, { host: RELAY_HOST });
}
