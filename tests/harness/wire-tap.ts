/** A TCP tap between two WebSocket peers on loopback: sees all that crosses, unmasked, as whoever sits on the line does; and can cut it. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface WireMessage {
  /** From who dialed, or to them. */
  readonly way: 'up' | 'down';
  readonly isText: boolean;
  readonly payload: Buffer;
}

export interface WireTap {
  readonly port: number;
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  /** Payloads of all whole WebSocket frames so far, both ways (RFC 6455, section 5.3). Empty with `onMessage`. */
  payloads(): Buffer;
  /** Ends all connections that run, without a word. */
  cut(): void;
  close(): Promise<void>;
}

/** @param onMessage gets each frame instead of `payloads()` keeping it */
export async function startWireTap(targetPort: number, onMessage?: (message: WireMessage) => void): Promise<WireTap> {
  const kept: Buffer[] = [];
  const sockets = new Set<Socket>();
  const hear = onMessage ?? (({ payload }: WireMessage) => void kept.push(payload));
  const pass = (from: Socket, to: Socket, way: WireMessage['way']): void => {
    const frames = new Frames((isText, payload) => hear({ way, isText, payload }));
    sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (data) => {
      frames.push(data);
      to.write(data);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    pass(near, far, 'up');
    pass(far, near, 'down');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    ...{ port, cut, url: `ws://127.0.0.1:${port}` },
    payloads: () => Buffer.concat(kept),
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Takes one direction apart. What comes before the frames is the HTTP upgrade. */
export class Frames {
  readonly #frame: (isText: boolean, payload: Buffer) => void;
  #parts: Buffer[] = [];
  #size = 0;
  #wanted = 1;
  #upgraded = false;

  constructor(frame: (isText: boolean, payload: Buffer) => void) {
    this.#frame = frame;
  }

  push(data: Buffer): void {
    this.#parts.push(data);
    this.#size += data.length;
    while (this.#size >= this.#wanted) {
      const bytes = this.#parts.length === 1 && this.#parts[0] ? this.#parts[0] : Buffer.concat(this.#parts);
      const used = this.#upgraded ? this.#take(bytes) : this.#skip(bytes);
      this.#parts = [bytes.subarray(used)];
      this.#size -= used;
      if (used > 0) this.#wanted = 1;
    }
  }

  #skip(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) {
      this.#wanted = bytes.length + 1;
      return 0;
    }
    this.#upgraded = true;
    return end + 4;
  }

  /** @returns bytes of the first frame; 0 when it is not whole, and then `#wanted` says how much would do */
  #take(bytes: Buffer): number {
    const need = (length: number): boolean => {
      this.#wanted = length;
      return bytes.length < length;
    };
    if (need(2)) return 0;
    const masked = ((bytes[1] ?? 0) & 0x80) !== 0;
    const short = (bytes[1] ?? 0) & 0x7f;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    const from = 2 + lengthBytes + (masked ? 4 : 0);
    if (need(from)) return 0;
    const length =
      lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (need(from + length)) return 0;
    const payload = Buffer.from(bytes.subarray(from, from + length));
    const mask = bytes.subarray(from - 4, from);
    if (masked) for (let i = 0; i < payload.length; i += 1) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
    const opcode = (bytes[0] ?? 0) & 0x0f;
    if (opcode <= 2) this.#frame(opcode === 1, payload);
    return from + length;
  }
}
