/**
 * Bytes from a camera's RTSP connection to responses, requests and interleaved `$` frames (RFC 2326, sections 4 to 7 and 10.12).
 * Hostile bytes cost at most the limits below and one SealcamError. Packets are handed on without a copy where they are whole.
 *
 * What stands between messages and is none is skipped, up to the next thing that looks like one, and counted: a stray byte must not end
 * a session. Only a camera that sends more noise than anything else is given up.
 */
import { SealcamError } from '@sealcam/protocol';

export const RTSP_LIMITS = {
  /** Start line and headers together; real ones are below 2 KB. */
  headBytes: 16 * 1024,
  headers: 100,
  /** SDP; the same bound as MEDIA_LIMITS.sdpBytes. */
  bodyBytes: 64 * 1024,
  /** Skipped bytes, less those of what was understood since. */
  noiseBytes: 256 * 1024,
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
  /** Whether frames of this channel may come. Absent: any. One of another channel must look like RTP to be taken for a frame. */
  isOurs?(channel: number): boolean;
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

/** `$`, channel, length. */
const FRAME_HEADER_BYTES = 4;
/** Where a message begins. Requests of a camera are few: its own keep-alive, and what it wants to tell. */
const BEGINNINGS = [
  'RTSP/1.',
  'RTSP/2.',
  'OPTIONS ',
  'GET_PARAMETER ',
  'SET_PARAMETER ',
  'ANNOUNCE ',
  'REDIRECT ',
  'TEARDOWN ',
].map((word) => new TextEncoder().encode(word));

type Waiting = 'message' | 'noise' | 'frame' | 'head' | 'body';
/** `more`: so far it is, but too little has come. */
type Verdict = 'yes' | 'no' | 'more';

export class RtspReader {
  readonly #sink: RtspSink;
  #waiting: Waiting = 'message';
  /** What has come of a frame, head or body that is not whole yet. Kept from frame to frame. */
  #held = new Uint8Array(2048);
  #heldBytes = 0;
  #wanted = 0;
  /** Some bytes of which nobody can say yet what they are. */
  #undecided: Uint8Array = NOTHING;
  #inStartLine = true;
  #lineBytes = 0;
  #noise = 0;
  #skipped = 0;
  #head:
    | { readonly status: number; readonly headers: RtspHeaders }
    | { readonly method: string; readonly headers: RtspHeaders }
    | undefined;
  #spokeRtsp = false;
  #closed = false;

  constructor(sink: RtspSink) {
    this.#sink = sink;
  }

  /** Bytes so far that were part of nothing. */
  get skipped(): number {
    return this.#skipped;
  }

  /** A body has begun and is not as long as its head says. */
  get isInBody(): boolean {
    return this.#waiting === 'body';
  }

  /** Nothing is handed on from here, not even what is left of the chunk at work. */
  close(): void {
    this.#closed = true;
  }

  /** Nothing more comes of a body: what has come of it is all, whatever its head said. */
  endBody(): void {
    if (this.#closed || this.#waiting !== 'body') return;
    this.#hold(this.#undecided, 0, this.#undecided.length);
    this.#undecided = NOTHING;
    this.#emit(this.#held.slice(0, this.#heldBytes));
  }

  /**
   * @param chunk as read; may be reused afterwards
   * @throws {SealcamError} `rtsp.not-rtsp` when the first bytes are another protocol's, else `rtsp.malformed`
   */
  push(chunk: Uint8Array): void {
    const bytes = this.#undecided.length === 0 ? chunk : Buffer.concat([this.#undecided, chunk]);
    this.#undecided = NOTHING;
    let at = 0;
    while (at < bytes.length && !this.#closed) {
      if (this.#waiting === 'message') at = this.#begin(bytes, at);
      else if (this.#waiting === 'noise') at = this.#seek(bytes, at);
      else if (this.#waiting === 'frame') at = this.#collectFrame(bytes, at);
      else if (this.#waiting === 'head') at = this.#collectHead(bytes, at);
      else at = this.#collectBody(bytes, at);
    }
  }

  #begin(chunk: Uint8Array, at: number): number {
    const first = chunk[at] ?? 0;
    if (first === DOLLAR) {
      const verdict = this.#isFrame(chunk, at);
      if (verdict === 'more') return this.#wait(chunk, at);
      if (verdict === 'yes') return this.#frame(chunk, at);
      this.#expect('noise', 0);
      return at;
    }
    if (first === CR || first === LF) {
      this.#skip(1);
      return at + 1;
    }
    if (this.#spokeRtsp) {
      const verdict = beginsMessage(chunk, at);
      if (verdict === 'more') return this.#wait(chunk, at);
      if (verdict === 'no') {
        this.#expect('noise', 0);
        return at;
      }
    } else if (!isLetter(first)) {
      // `<html>`, or the alert of a TLS port: somebody else's protocol. Anything else is garbage.
      if (first === 0x3c || first === 0x15) throw notRtsp('another protocol');
      throw malformed('garbage before the first answer');
    }
    this.#inStartLine = true;
    this.#expect('head', RTSP_LIMITS.headBytes);
    return at;
  }

  /** To the next thing that looks like a message or a frame of ours. */
  #seek(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const verdict = this.#looksRight(chunk, at);
      if (verdict === 'no') continue;
      this.#skip(at - from);
      if (verdict === 'more') return this.#wait(chunk, at);
      this.#expect('message', 0);
      return at;
    }
    this.#skip(chunk.length - from);
    return chunk.length;
  }

  /** Stricter than between messages: among any bytes there is a `$` in every 256. */
  #looksRight(chunk: Uint8Array, at: number): Verdict {
    if (chunk[at] !== DOLLAR) return beginsMessage(chunk, at);
    if (at + 1 < chunk.length && !this.#mayCome(chunk[at + 1] ?? 0)) return 'no';
    if (at + FRAME_HEADER_BYTES >= chunk.length) return 'more';
    return isRtp(chunk[at + FRAME_HEADER_BYTES] ?? 0) ? 'yes' : 'no';
  }

  #mayCome(channel: number): boolean {
    return this.#sink.isOurs?.(channel) ?? true;
  }

  #wait(chunk: Uint8Array, at: number): number {
    // A copy even of a Buffer, whose `slice` is a view.
    this.#undecided = Uint8Array.from(chunk.subarray(at));
    return chunk.length;
  }

  #understood(bytes: number): void {
    this.#noise = Math.max(0, this.#noise - bytes);
  }

  #skip(bytes: number): void {
    this.#skipped += bytes;
    this.#noise += bytes;
    if (this.#noise > RTSP_LIMITS.noiseBytes) throw malformed('nothing but noise');
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

  /** Where a frame is due, one of ours is taken at its word. */
  #isFrame(chunk: Uint8Array, at: number): Verdict {
    if (chunk.length - at < FRAME_HEADER_BYTES) return 'more';
    if (this.#mayCome(chunk[at + 1] ?? 0) || u16(chunk, at + 2) === 0) return 'yes';
    if (chunk.length - at === FRAME_HEADER_BYTES) return 'more';
    return isRtp(chunk[at + FRAME_HEADER_BYTES] ?? 0) ? 'yes' : 'no';
  }

  #frame(chunk: Uint8Array, at: number): number {
    const bytes = FRAME_HEADER_BYTES + u16(chunk, at + 2);
    if (at + bytes > chunk.length) {
      this.#expect('frame', bytes);
      return at;
    }
    this.#understood(bytes);
    this.#sink.onFrame(chunk[at + 1] ?? 0, chunk.subarray(at + FRAME_HEADER_BYTES, at + bytes));
    return at + bytes;
  }

  #collectFrame(chunk: Uint8Array, at: number): number {
    const to = Math.min(chunk.length, at + this.#wanted - this.#heldBytes);
    this.#hold(chunk, at, to);
    if (this.#heldBytes < this.#wanted) return to;
    this.#waiting = 'message';
    this.#understood(this.#wanted);
    this.#sink.onFrame(this.#held[1] ?? 0, this.#held.subarray(FRAME_HEADER_BYTES, this.#wanted));
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
    if (/^RTSP\/[12]\.\d \d{3}(?: |$)/u.test(line) || /^[A-Z_]+ \S+ RTSP\/[12]\.\d$/u.test(line)) return;
    if (this.#spokeRtsp) {
      this.#skip(this.#heldBytes);
      this.#expect('noise', 0);
      return;
    }
    throw notRtsp(line.startsWith('HTTP/') ? 'answers HTTP' : 'another protocol');
  }

  #endHead(): void {
    const lines = latin1.decode(this.#held.subarray(0, this.#heldBytes)).split(/\r?\n/u);
    const start = lines[0] ?? '';
    const headers = parseHeaders(lines.slice(1));
    const status = /^RTSP\/[12]\.\d (\d{3})/u.exec(start)?.[1];
    this.#spokeRtsp = true;
    this.#head =
      status === undefined ? { method: start.split(' ', 1)[0] ?? '', headers } : { status: Number(status), headers };
    this.#understood(this.#heldBytes);
    const length = bodyLength(headers);
    this.#expect('body', length);
    if (length === 0) this.#emit(NOTHING);
  }

  /** A length that is wrong is found out: by the next message in the body's place, or by a line that goes on behind the body. */
  #collectBody(chunk: Uint8Array, at: number): number {
    if (this.#heldBytes === 0) {
      const verdict = this.#looksRight(chunk, at);
      if (verdict === 'more') return this.#wait(chunk, at);
      if (verdict === 'yes') {
        this.#emit(NOTHING);
        return at;
      }
    }
    let to = Math.min(chunk.length, at + this.#wanted - this.#heldBytes);
    this.#hold(chunk, at, to);
    if (this.#heldBytes < this.#wanted) return to;
    if (this.#held[this.#heldBytes - 1] !== LF) {
      const end = this.#endOfText(chunk, to);
      this.#hold(chunk, to, end);
      to = end;
    }
    this.#emit(this.#held.slice(0, this.#heldBytes));
    return to;
  }

  /** Of what is here now: a description comes in one piece, as a rule. */
  #endOfText(chunk: Uint8Array, from: number): number {
    const most = Math.min(chunk.length, from + RTSP_LIMITS.bodyBytes - this.#heldBytes);
    let to = from;
    while (to < most && isText(chunk[to] ?? 0) && this.#looksRight(chunk, to) === 'no') to += 1;
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
  // A length that is none is wrong like any other: what follows is looked at instead.
  if (!/^\d{1,9}$/u.test(text)) return 0;
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

/** Whether a message begins here, as far as can be seen. */
function beginsMessage(chunk: Uint8Array, at: number): Verdict {
  let verdict: Verdict = 'no';
  for (const word of BEGINNINGS) {
    let same = 0;
    while (same < word.length && chunk[at + same] === word[same]) same += 1;
    if (same === word.length) return 'yes';
    if (at + same === chunk.length) verdict = 'more';
  }
  return verdict;
}

/** The first byte of RTP and RTCP: version 2. */
function isRtp(byte: number): boolean {
  return byte >> 6 === 2;
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === CR || byte === LF || byte === 0x09;
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
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
