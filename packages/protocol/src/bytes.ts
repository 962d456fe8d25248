/**
 * Big-endian bytes in and out, the only codec every other format stands on.
 * A reader never returns more than was sent and never throws anything but `CodecError`,
 * so that hostile bytes cannot become a `TypeError` somewhere deeper.
 */
import { SealcamError } from './errors.ts';

/** A peer's bytes do not have the promised shape. `code` is `codec.malformed`. */
export class CodecError extends SealcamError {
  constructor(detail: string) {
    super('codec.malformed', detail);
    this.name = 'CodecError';
  }
}

const text = new TextEncoder();
const strictText = new TextDecoder('utf-8', { fatal: true });

/** A signing or derivation label: its ASCII bytes and one closing 0x00 (SEALING.md, Conventions). */
export function label(words: string): Uint8Array {
  return text.encode(`${words}\0`);
}

export function utf8(words: string): Uint8Array {
  return text.encode(words);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Below this, giving memory back costs more than it saves. */
const LARGE_BYTES = 1024;

/**
 * Gives the memory of bytes that nobody reads any more back at once: they are empty afterwards, never another frame's. What is left to
 * the collector instead makes it run, over the whole heap, several times a second where cameras are many.
 * Bytes that share their buffer with others are left alone.
 */
export function letGo({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < LARGE_BYTES || byteLength !== buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
}

/** Equality without an early exit; lengths are public. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Lexicographic order, for lists that must be strictly ascending. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

/** @throws {CodecError} for anything but an even number of lower-case hex digits */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  if (hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) throw new CodecError('not lower-case hex');
  const out = new Uint8Array(hex.length / 2);
  for (let i = 0; i < out.length; i += 1) out[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const BASE64_URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** base64url without padding (RFC 4648, section 5), the form of bytes inside JSON and links. */
export function toBase64Url(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += BASE64_URL.charAt(word >> 18) + BASE64_URL.charAt((word >> 12) & 63);
    if (left > 1) out += BASE64_URL.charAt((word >> 6) & 63);
    if (left > 2) out += BASE64_URL.charAt(word & 63);
  }
  return out;
}

const BASE64_VALUE = new Map(Array.from(BASE64_URL, (char, value) => [char, value]));

/** @throws {CodecError} for a foreign character, an impossible length or unused bits that are not zero */
export function fromBase64Url(words: string): Uint8Array<ArrayBuffer> {
  if (words.length % 4 === 1) throw new CodecError('not base64url');
  const out = new Uint8Array(Math.floor((words.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const char of words) {
    const value = BASE64_VALUE.get(char);
    if (value === undefined) throw new CodecError('not base64url');
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at] = (held >> bits) & 0xff;
      at += 1;
    }
  }
  if ((held & ((1 << bits) - 1)) !== 0) throw new CodecError('not canonical base64url');
  return out;
}

/** Reads fixed-width fields from the front; `end()` refuses trailing bytes. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(length: number): number {
    if (length > this.left) throw new CodecError(`${length} bytes promised, ${this.left} left`);
    const from = this.#at;
    this.#at += length;
    return from;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A u64 that must fit a JavaScript integer: every counter and time of Sealcam does. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new CodecError('u64 above 2^53');
    return Number(value);
  }

  /** A view, not a copy: copy it before the buffer is handed on. */
  bytes(length: number): Uint8Array {
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** A u16 length and that many bytes. */
  bytes16(): Uint8Array {
    return this.bytes(this.u16());
  }

  /** A u16 length and that many bytes of UTF-8. */
  text16(): string {
    const bytes = this.bytes16();
    try {
      return strictText.decode(bytes);
    } catch {
      throw new CodecError('not UTF-8');
    }
  }

  rest(): Uint8Array {
    return this.bytes(this.left);
  }

  label(words: string): void {
    const wanted = label(words);
    if (wanted.length > this.left || !equalBytes(this.bytes(wanted.length), wanted)) {
      throw new CodecError(`not a "${words}"`);
    }
  }

  end(): void {
    if (this.left !== 0) throw new CodecError(`${this.left} bytes too many`);
  }
}

/** Appends fixed-width fields; `finish()` returns one fresh array. */
export class Writer {
  readonly #parts: Uint8Array[] = [];

  #fixed(length: number, fill: (view: DataView) => void): this {
    const bytes = new Uint8Array(length);
    fill(new DataView(bytes.buffer));
    this.#parts.push(bytes);
    return this;
  }

  u8(value: number): this {
    return this.#fixed(1, (view) => view.setUint8(0, bounded(value, 0xff)));
  }

  u16(value: number): this {
    return this.#fixed(2, (view) => view.setUint16(0, bounded(value, 0xffff)));
  }

  u32(value: number): this {
    return this.#fixed(4, (view) => view.setUint32(0, bounded(value, 0xffff_ffff)));
  }

  u64(value: number): this {
    return this.#fixed(8, (view) => view.setBigUint64(0, BigInt(bounded(value, Number.MAX_SAFE_INTEGER))));
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  bytes16(bytes: Uint8Array): this {
    return this.u16(bytes.length).bytes(bytes);
  }

  text16(words: string): this {
    return this.bytes16(utf8(words));
  }

  label(words: string): this {
    return this.bytes(label(words));
  }

  finish(): Uint8Array<ArrayBuffer> {
    return concat(...this.#parts);
  }
}

function bounded(value: number, most: number): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > most) {
    throw new CodecError(`${value} does not fit (0 to ${most})`);
  }
  return value;
}
