/**
 * Bytes from a camera's RTSP connection to responses, requests and interleaved `$` frames (RFC 2326, sections 4 to 7 and 10.12).
 * Hostile bytes cost at most the limits below and one SealcamError. Packets are handed on without a copy where they are whole.
 */
import { SealcamError } from '@sealcam/protocol';

export const RTSP_LIMITS = {
  /** Start line and headers together; real ones are below 2 KB. */
  headBytes: 16 * 1024,
  headers: 100,
  /** SDP; the same bound as MEDIA_LIMITS.sdpBytes. */
  bodyBytes: 64 * 1024,
  /** Line breaks that some cameras send between messages. */
  strayBytes: 64,
} as const;

/** Names in lower case; a repeated header keeps all its values. */
export type RtspHeaders = ReadonlyMap<string, readonly string[]>;

export interface RtspResponse {
  readonly status: number;
  readonly headers: RtspHeaders;
  readonly body: Uint8Array;
}

/** What a camera asks of us: OPTIONS as its own keep-alive, ANNOUNCE, REDIRECT. */
export interface RtspRequest {
  readonly method: string;
  readonly headers: RtspHeaders;
}

/** May call `close()` of the reader at any time. */
export interface RtspSink {
  onResponse(response: RtspResponse): void;
  onRequest(request: RtspRequest): void;
  /** @param packet a view: valid only during the call */
  onFrame(channel: number, packet: Uint8Array): void;
}

/** The first value of a header. */
export function headerOf(message: { readonly headers: RtspHeaders }, name: string): string | undefined {
  return message.headers.get(name)?.[0];
}

const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
const NOTHING = new Uint8Array(0);
const latin1 = new TextDecoder('latin1');

type Waiting = 'message' | 'frame' | 'head' | 'body';

export class RtspReader {
  readonly #sink: RtspSink;
  #waiting: Waiting = 'message';
  /** What has come of a frame, head or body that is not whole yet. Kept from frame to frame. */
  #held = new Uint8Array(2048);
  #heldBytes = 0;
  #wanted = 0;
  #inStartLine = true;
  #lineBytes = 0;
  #strays = 0;
  #head:
    | { readonly status: number; readonly headers: RtspHeaders }
    | { readonly method: string; readonly headers: RtspHeaders }
    | undefined;
  #spokeRtsp = false;
  #closed = false;

  constructor(sink: RtspSink) {
    this.#sink = sink;
  }

  /** Nothing is handed on from here, not even what is left of the chunk at work. */
  close(): void {
    this.#closed = true;
  }

  /**
   * @param chunk as read; may be reused afterwards
   * @throws {SealcamError} `rtsp.not-rtsp` when the first bytes are another protocol's, else `rtsp.malformed`
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#closed) {
      if (this.#waiting === 'message') at = this.#begin(chunk, at);
      else if (this.#waiting === 'frame') at = this.#collectFrame(chunk, at);
      else if (this.#waiting === 'head') at = this.#collectHead(chunk, at);
      else at = this.#collectBody(chunk, at);
    }
  }

  #begin(chunk: Uint8Array, at: number): number {
    const first = chunk[at] ?? 0;
    if (first === DOLLAR) {
      if (chunk.length - at >= 4) {
        const end = at + 4 + (((chunk[at + 2] ?? 0) << 8) | (chunk[at + 3] ?? 0));
        if (end <= chunk.length) {
          this.#strays = 0;
          this.#sink.onFrame(chunk[at + 1] ?? 0, chunk.subarray(at + 4, end));
          return end;
        }
      }
      this.#expect('frame', 4);
      return at;
    }
    if (first === CR || first === LF) {
      this.#strays += 1;
      if (this.#strays > RTSP_LIMITS.strayBytes) throw malformed('line breaks without end');
      return at + 1;
    }
    if (!isLetter(first)) {
      // `<html>`, or the alert of a TLS port: somebody else's protocol. Anything else is garbage.
      if (!this.#spokeRtsp && (first === 0x3c || first === 0x15)) throw notRtsp('another protocol');
      throw malformed('garbage between messages');
    }
    this.#strays = 0;
    this.#inStartLine = true;
    this.#expect('head', RTSP_LIMITS.headBytes);
    return at;
  }

  #expect(what: Waiting, bytes: number): void {
    this.#waiting = what;
    this.#wanted = bytes;
    this.#heldBytes = 0;
  }

  #hold(chunk: Uint8Array, from: number, to: number): void {
    const bytes = this.#heldBytes + to - from;
    if (bytes > this.#held.length) {
      const larger = new Uint8Array(Math.max(bytes, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(chunk.subarray(from, to), this.#heldBytes);
    this.#heldBytes = bytes;
  }

  #collectFrame(chunk: Uint8Array, at: number): number {
    const to = Math.min(chunk.length, at + this.#wanted - this.#heldBytes);
    this.#hold(chunk, at, to);
    if (this.#heldBytes < this.#wanted) return to;
    const bytes = 4 + (((this.#held[2] ?? 0) << 8) | (this.#held[3] ?? 0));
    if (this.#heldBytes < bytes) {
      this.#wanted = bytes;
      return to;
    }
    this.#waiting = 'message';
    this.#sink.onFrame(this.#held[1] ?? 0, this.#held.subarray(4, bytes));
    return to;
  }

  #collectHead(chunk: Uint8Array, at: number): number {
    for (let i = at; i < chunk.length; i += 1) {
      const byte = chunk[i] ?? 0;
      if (this.#heldBytes + i - at >= this.#wanted) throw malformed('headers without end');
      if (byte === LF) {
        if (this.#inStartLine) {
          // Another protocol shows in its first line: a web page need not be read to its end.
          this.#hold(chunk, at, i + 1);
          this.#checkStartLine();
          return i + 1;
        }
        if (this.#lineBytes === 0) {
          this.#hold(chunk, at, i + 1);
          this.#endHead();
          return i + 1;
        }
        this.#lineBytes = 0;
      } else if (byte !== CR) {
        this.#lineBytes += 1;
      }
    }
    this.#hold(chunk, at, chunk.length);
    return chunk.length;
  }

  #checkStartLine(): void {
    this.#inStartLine = false;
    this.#lineBytes = 0;
    const line = latin1.decode(this.#held.subarray(0, this.#heldBytes)).trimEnd();
    if (/^RTSP\/1\.\d \d{3}(?: |$)/u.test(line) || /^[A-Z_]+ \S+ RTSP\/1\.\d$/u.test(line)) return;
    if (this.#spokeRtsp) throw malformed('not a line of RTSP');
    throw notRtsp(line.startsWith('HTTP/') ? 'answers HTTP' : 'another protocol');
  }

  #endHead(): void {
    const lines = latin1.decode(this.#held.subarray(0, this.#heldBytes)).split(/\r?\n/u);
    const start = lines[0] ?? '';
    const headers = parseHeaders(lines.slice(1));
    const status = /^RTSP\/1\.\d (\d{3})/u.exec(start)?.[1];
    this.#spokeRtsp = true;
    this.#head =
      status === undefined ? { method: start.split(' ', 1)[0] ?? '', headers } : { status: Number(status), headers };
    const length = bodyLength(headers);
    this.#expect('body', length);
    if (length === 0) this.#emit(NOTHING);
  }

  #collectBody(chunk: Uint8Array, at: number): number {
    const to = Math.min(chunk.length, at + this.#wanted - this.#heldBytes);
    this.#hold(chunk, at, to);
    if (this.#heldBytes === this.#wanted) this.#emit(this.#held.slice(0, this.#wanted));
    return to;
  }

  #emit(body: Uint8Array): void {
    const head = this.#head;
    this.#head = undefined;
    this.#waiting = 'message';
    if (head === undefined) return;
    if ('status' in head) this.#sink.onResponse({ ...head, body });
    else this.#sink.onRequest(head);
  }
}

/** Lenient where cameras are sloppy: folded lines are joined, lines without a colon skipped. */
function parseHeaders(lines: readonly string[]): RtspHeaders {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  let count = 0;
  for (const line of lines) {
    if (/^[ \t]/u.test(line) && last !== undefined) {
      last.push(`${last.pop() ?? ''} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    count += 1;
    if (count > RTSP_LIMITS.headers) throw malformed('too many headers');
    const name = line.slice(0, colon).trim().toLowerCase();
    last = headers.get(name) ?? [];
    last.push(line.slice(colon + 1).trim());
    headers.set(name, last);
  }
  return headers;
}

function bodyLength(headers: RtspHeaders): number {
  const text = headers.get('content-length')?.[0];
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,9}$/u.test(text)) throw malformed('a length that is none');
  const length = Number(text);
  if (length > RTSP_LIMITS.bodyBytes) throw malformed('a body too large');
  return length;
}

/**
 * One request as it goes on the wire.
 * @throws {SealcamError} `rtsp.malformed` where a URL or value that came from the camera would forge a line
 */
export function encodeRequest(method: string, url: string, headers: Readonly<Record<string, string>>): string {
  // eslint-disable-next-line no-control-regex -- exactly these must not be in a URL
  if (/[\u0000-\u0020\u007f]/u.test(url)) throw malformed('a URL with control characters');
  let out = `${method} ${url} RTSP/1.0\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (/[\r\n\0]/u.test(value)) throw malformed('a header with line breaks');
    out += `${name}: ${value}\r\n`;
  }
  return `${out}\r\n`;
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

function malformed(detail: string): SealcamError {
  return new SealcamError('rtsp.malformed', detail);
}

function notRtsp(detail: string): SealcamError {
  return new SealcamError('rtsp.not-rtsp', detail);
}
