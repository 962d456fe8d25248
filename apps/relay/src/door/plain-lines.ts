/**
 * Under TLS this machine itself may still come by plain HTTP, at the same port: a browser keeps its keys for one origin, and whoever began
 * at `http://127.0.0.1:8420` would lose them on the day that a certificate is switched on. A browser takes that origin for secure (W3C
 * Secure Contexts, 3.1). For everybody else there is TLS and nothing else.
 */
import { Server as HttpsServer } from 'node:https';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { isLoopbackAddress } from './network.ts';

/** The first byte of a TLS record with a handshake in it (RFC 8446, 5.1); no HTTP request begins so. */
const TLS_HANDSHAKE = 0x16;
/** As long as a handshake of TLS may take. */
const FIRST_BYTE_MS = 10_000;

export interface Waiting {
  readonly clock: Clock;
  /** Those whose first bytes are waited for, to be ended with the relay. */
  readonly reading: Set<Socket>;
}

/** @param serveTls what the server does with a connection. @returns what to do with one that has arrived from that address */
export function serveLoopbackPlainly(
  server: Server,
  waiting: Waiting,
  serveTls: (socket: Socket) => void,
): (socket: Socket, near: string) => void {
  if (!(server instanceof HttpsServer)) return serveTls;
  return (socket, near) => {
    if (!isLoopbackAddress(near)) return serveTls(socket);
    firstByte(socket, waiting, (byte) => {
      if (byte === TLS_HANDSHAKE) serveTls(socket);
      // What a server of HTTPS does with a line once TLS is off it is what one of HTTP does with any.
      else server.emit('secureConnection', socket);
    });
  };
}

/** @param done with the first byte, which is still to be read; never where none comes */
function firstByte(socket: Socket, { clock, reading }: Waiting, done: (byte: number) => void): void {
  const drop = (): void => void socket.destroy();
  const stop = clock.after(FIRST_BYTE_MS, drop);
  const over = (): void => {
    stop();
    reading.delete(socket);
    socket.off('readable', look).off('close', over).off('error', drop);
  };
  const look = (): void => {
    const bytes: unknown = socket.read();
    if (!(bytes instanceof Uint8Array)) return;
    over();
    socket.unshift(bytes);
    done(bytes[0] ?? 0);
  };
  reading.add(socket);
  socket.on('readable', look).on('close', over).on('error', drop);
}
