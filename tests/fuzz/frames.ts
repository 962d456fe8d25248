/** WebSocket frames as RFC 6455 has them and as it forbids them, and a client that sends them without a library in between. */
import { connect, type Socket } from 'node:net';
import type { Random } from './fuzz.ts';

export interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly masked?: boolean;
  /** What the header says, where that is not the truth. */
  readonly length?: number | bigint;
  /** Bytes of the length field, where not the shortest. */
  readonly lengthBytes?: 0 | 2 | 8;
}

export function encodeFrame({ opcode, payload, fin = true, rsv = 0, masked = true, ...told }: Frame): Buffer {
  const length = BigInt(told.length ?? payload.length);
  const lengthBytes = told.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + lengthBytes + (masked ? 4 : 0));
  head[0] = (fin ? 0x80 : 0) | ((rsv & 7) << 4) | (opcode & 15);
  head[1] = (masked ? 0x80 : 0) | (lengthBytes === 0 ? Number(length & 127n) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(length & 0xffffn), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(length & 0xffff_ffff_ffff_ffffn, 2);
  // A mask of zeros: the payload stays as it is.
  return Buffer.concat([head, payload]);
}

/** Good and bad frames around a payload. */
export function someFrames(payload: Uint8Array, random: Random): Buffer {
  const text = { opcode: random.pick([1, 1, 1, 2]), payload };
  switch (random.below(14)) {
    case 0:
      return encodeFrame({ ...text, masked: false });
    case 1:
      return encodeFrame({ ...text, rsv: 1 + random.below(7) });
    case 2:
      return encodeFrame({ ...text, opcode: 3 + random.below(13) });
    case 3:
      return encodeFrame({ ...text, length: random.pick([payload.length + 1, 2 ** 31, 2n ** 63n, 2n ** 64n - 1n]) });
    case 4:
      return encodeFrame({ ...text, lengthBytes: 8 });
    case 5:
      return fragments(payload, random);
    case 6:
      return encodeFrame({ opcode: 0, payload });
    case 7:
      return encodeFrame({
        opcode: random.pick([8, 9, 10]),
        payload: random.bytes(random.pick([0, 1, 2, 125, 126, 200])),
      });
    case 8:
      return encodeFrame({
        opcode: 8,
        payload: Buffer.from([random.below(256), random.below(256), ...random.bytes(5)]),
      });
    case 9:
      return encodeFrame({ opcode: 1, payload: Buffer.from([0xc3, 0x28, ...payload]) });
    case 10:
      return Buffer.concat(Array.from({ length: 300 }, () => encodeFrame({ opcode: 9, payload: random.bytes(100) })));
    case 11:
      return encodeFrame(text).subarray(0, 1 + random.below(20));
    default:
      return encodeFrame(text);
  }
}

/** In many parts, empty ones too, with pings in between; sometimes without an end. */
function fragments(payload: Uint8Array, random: Random): Buffer {
  const parts: Buffer[] = [];
  const size = random.pick([1, 3, 100]);
  for (let at = 0; at < Math.max(1, payload.length); at += size) {
    const part = payload.subarray(at, at + size);
    const fin = at + size >= payload.length && !random.chance(3);
    parts.push(encodeFrame({ opcode: at === 0 ? 1 : 0, payload: part, fin }));
    if (random.chance(10))
      parts.push(encodeFrame({ opcode: random.pick([0, 9]), payload: new Uint8Array(0), fin: false }));
  }
  return Buffer.concat(parts);
}

/** One TCP connection that says what it likes. Never throws; what became of it is in its fields. */
export class RawClient {
  readonly socket: Socket;
  /** What came back, from the beginning; no more than the first 64 KB. */
  received = Buffer.alloc(0);
  readonly closed: Promise<void>;
  readonly #sent: Uint8Array[] = [];

  /** @param localAddress of whom it comes: all of 127.0.0.0/8 is this machine */
  constructor(port: number, localAddress: string) {
    this.socket = connect({ port, host: '127.0.0.1', localAddress });
    this.socket.on('data', (data) => {
      if (this.received.length < 65_536) this.received = Buffer.concat([this.received, data]);
    });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  write(bytes: Uint8Array | string): void {
    const sent = Buffer.from(bytes);
    this.#sent.push(sent);
    if (this.socket.writable) this.socket.write(sent);
  }

  upgrade(path: string, headers: readonly string[] = ['Host: 127.0.0.1']): void {
    const all = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    ];
    this.write(`GET ${path} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n`);
  }

  /** The HTTP status of the first answer; undefined without one. */
  get status(): number | undefined {
    const status = /^HTTP\/1\.1 (\d{3})/u.exec(this.received.toString('latin1'))?.[1];
    return status === undefined ? undefined : Number(status);
  }

  /** The code of the relay's close frame; undefined without one, and where it says this client's own code back (RFC 6455 5.5.1). */
  get closeCode(): number | undefined {
    const head = this.received.indexOf('\r\n\r\n');
    for (let at = head < 0 ? Infinity : head + 4; at + 2 <= this.received.length;) {
      const opcode = (this.received[at] ?? 0) & 15;
      let length = (this.received[at + 1] ?? 0) & 127;
      let from = at + 2;
      if (length === 126) [length, from] = [this.received.readUInt16BE(from), from + 2];
      else if (length === 127) [length, from] = [Number(this.received.readBigUInt64BE(from)), from + 8];
      if (opcode === 8) return length < 2 ? 1005 : this.#isEcho(from) ? undefined : this.received.readUInt16BE(from);
      at = from + length;
    }
    return undefined;
  }

  /** A code that this client sent starts a payload, behind a mask of zeros. */
  #isEcho(from: number): boolean {
    return Buffer.concat(this.#sent).includes(Buffer.from([0, 0, 0, 0, ...this.received.subarray(from, from + 2)]));
  }

  /** Resolves when it is closed; hangs up itself after that long. @returns whether the relay closed it */
  async end(afterMs: number): Promise<boolean> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.socket.destroy();
    }, afterMs);
    await this.closed;
    clearTimeout(timer);
    return !late;
  }
}
