/**
 * Bytes from a camera's RTSP connection to responses, requests and interleaved `$` frames (RFC 2326, sections 4 to 7 and 10.12).
 * Hostile bytes cost at most the limits below and one SealcamError. Packets are handed on without a copy where they are whole.
 *
 * What stands between messages and is none is skipped, up to the next thing that looks like one, and counted: a stray byte must not end
 * a session. Only a camera that sends more noise than anything else is given up.
 */
import {
  bodyLength,
  isStartLine,
  malformed,
  notRtsp,
  parseHead,
  RTSP_LIMITS,
  type RtspHead,
  type RtspSink,
} from './rtsp-message.ts';
import {
  beginsMessage,
  CR,
  DOLLAR,
  FRAME_HEADER_BYTES,
  isLetter,
  isRtp,
  isText,
  LF,
  u16,
  type Verdict,
} from './rtsp-signs.ts';

const NOTHING = new Uint8Array(0);
const latin1 = new TextDecoder('latin1');

type Waiting = 'message' | 'noise' | 'frame' | 'head' | 'body';

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
  #head: RtspHead | undefined;
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
    if (isStartLine(line)) return;
    if (this.#spokeRtsp) {
      this.#skip(this.#heldBytes);
      this.#expect('noise', 0);
      return;
    }
    throw notRtsp(line.startsWith('HTTP/') ? 'answers HTTP' : 'another protocol');
  }

  #endHead(): void {
    this.#spokeRtsp = true;
    this.#head = parseHead(this.#held.subarray(0, this.#heldBytes));
    this.#understood(this.#heldBytes);
    const length = bodyLength(this.#head.headers);
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
