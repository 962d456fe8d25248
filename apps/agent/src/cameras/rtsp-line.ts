/**
 * Bytes to and from a camera: a socket, TCP or TLS. `rtsp-tunnel.ts` makes one line out of several.
 */
import net from 'node:net';
import tls from 'node:tls';
import { SealcamError, type ErrorCode } from '@sealcam/protocol';
import type { CameraAddress } from './address.ts';
import { isLocalName, lookupLocal } from './local-names.ts';

export const CONNECT_TIMEOUT_MS = 5_000;

/** Both ways, in order, of what is written and what comes. */
export interface Line {
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** SHA-256 of the certificate to remember, hex: set for TLS, but where a public authority vouches for the camera. */
  readonly pin: string | undefined;
  /** More was written than the camera has taken: what can be left out should be. */
  readonly isBusy: boolean;
  write(bytes: string | Uint8Array): void;
  /** Ends it; what was written is still sent. */
  close(): void;
  destroy(): void;
}

export interface LineOptions {
  /** SHA-256 of the certificate that is expected, hex. */
  readonly pin?: string;
  readonly signal: AbortSignal;
  /** @param bytes a view: valid only during the call */
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Whatever ends the line after it opened. */
  readonly onFault: (fault: SealcamError) => void;
}

/** Every line reads into this one buffer: a chunk is used up before the next read, so cameras share it. */
const readBuffer = new Uint8Array(64 * 1024);

/**
 * Opens a socket; with TLS also checks the certificate before a byte of ours is sent.
 * @throws {SealcamError} `rtsp.unreachable`, `rtsp.refused`, `rtsp.tls` or `rtsp.ended`
 */
export async function openSocket(address: CameraAddress, options: LineOptions): Promise<Line> {
  options.signal.throwIfAborted();
  const opened = Promise.withResolvers<undefined>();
  // Early bytes cannot come: cameras speak only when asked.
  let isOpen = false;
  const socket = socketTo(address, options.onBytes);
  const fault = (error: SealcamError): void => {
    opened.reject(error);
    if (isOpen) options.onFault(error);
  };
  socket.once(address.secure ? 'secureConnect' : 'connect', () => opened.resolve(undefined));
  socket.on('error', (error) => fault(socketFault(error, address.secure && !isOpen)));
  socket.on('end', () => fault(new SealcamError('rtsp.ended')));
  socket.on('close', () => fault(new SealcamError('rtsp.ended')));
  const timer = setTimeout(() => fault(new SealcamError('rtsp.unreachable', 'no answer in time')), CONNECT_TIMEOUT_MS);
  const abort = (): void => fault(new SealcamError('rtsp.ended', 'closed by us'));
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    await opened.promise;
    const pin = socket instanceof tls.TLSSocket ? checkCertificate(socket, options.pin) : undefined;
    socket.setNoDelay(true);
    isOpen = true;
    return lineOf(socket, pin);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', abort);
  }
}

function lineOf(socket: net.Socket, pin: string | undefined): Line {
  return {
    localAddress: socket.localAddress ?? '',
    remoteAddress: socket.remoteAddress ?? '',
    pin,
    get isBusy() {
      return socket.writableNeedDrain;
    },
    write: (bytes) => void socket.write(bytes),
    close: () => socket.destroySoon(),
    destroy: () => void socket.destroy(),
  };
}

function socketTo(address: CameraAddress, onBytes: (bytes: Uint8Array) => void): net.Socket {
  const to = {
    host: address.host,
    port: address.port,
    ...(isLocalName(address.host) ? { lookup: lookupLocal } : {}),
    onread: {
      buffer: readBuffer,
      callback: (bytes: number): boolean => {
        onBytes(readBuffer.subarray(0, bytes));
        return true;
      },
    },
  };
  if (!address.secure) return net.connect(to);
  // Cameras sign their certificates themselves: `checkCertificate` decides instead of a chain.
  return tls.connect({
    ...to,
    rejectUnauthorized: false,
    ...(net.isIP(address.host) === 0 ? { servername: address.host } : {}),
  });
}

/** Trust on first use: what was seen first must come again. Without a pin, a publicly vouched certificate needs none. */
function checkCertificate(socket: tls.TLSSocket, pin: string | undefined): string | undefined {
  const seen = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
  if (seen === undefined) throw new SealcamError('rtsp.tls', 'no certificate');
  if (pin !== undefined && pin !== seen)
    throw new SealcamError('rtsp.tls', 'the certificate is not the one seen at first');
  return pin === undefined && socket.authorized ? undefined : seen;
}

const SOCKET_FAULTS: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'rtsp.refused',
  ECONNRESET: 'rtsp.ended',
  EPIPE: 'rtsp.ended',
  EPROTO: 'rtsp.tls',
};

function socketFault(cause: NodeJS.ErrnoException, isHandshake: boolean): SealcamError {
  const reason = cause.code ?? '';
  if (reason.startsWith('ERR_SSL') || reason.startsWith('ERR_TLS'))
    return new SealcamError('rtsp.tls', reason, { cause });
  // A port without TLS hangs up in the middle of the handshake.
  const code = SOCKET_FAULTS[reason] ?? 'rtsp.unreachable';
  return new SealcamError(isHandshake && code === 'rtsp.ended' ? 'rtsp.tls' : code, reason, { cause });
}
