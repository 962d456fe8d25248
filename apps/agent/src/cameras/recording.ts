/**
 * A record of a camera: the dialog and the packets of some seconds, with the pictures taken out (`scrubPacket`), as lines of JSON. It holds no
 * address, no account and no picture, so it can go into a bug report; `replay.ts` plays it as a camera.
 *
 * First line `{"sealcam":"camera record","version":1}`; then, each with `ms` since the connection opened:
 * `asked` (a method of ours), `answer` (of the camera), `packet` (of a track, zeros at its end counted), `strays` (bytes that were part of nothing).
 */
import { describeTracks, parseSdp, resolveControl, scrubPacket, type TrackDescription } from '@sealcam/media';
import { SealcamError } from '@sealcam/protocol';
import * as v from 'valibot';
import { hostInUrl, redact, type CameraAddress } from './address.ts';
import type { RtspResponse } from './rtsp-message.ts';

const VERSION = 1;
/** Of one file. */
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_MS = 24 * 3_600_000;
/** Each has two of the 256 interleaved channels. */
const MOST_TRACKS = 128;
const MOST_PACKET_BYTES = 0xffff;
const Ms = v.pipe(v.number(), v.minValue(0), v.maxValue(MOST_MS));
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const OneLine = v.pipe(v.string(), v.regex(/^[^\r\n]*$/u));

const Line = v.variant('is', [
  v.strictObject({ is: v.literal('asked'), ms: Ms, method: v.string(), url: v.string() }),
  v.strictObject({
    ...{ is: v.literal('answer'), ms: Ms, method: v.string(), status: whole(100, 999) },
    /** CSeq of the answer less that of the request. */
    ...{ cseq: v.nullable(v.number()), headers: v.array(v.tuple([OneLine, OneLine])), body: v.string() },
  }),
  v.strictObject({
    ...{ is: v.literal('packet'), ms: Ms, track: whole(0, MOST_TRACKS - 1) },
    ...{ head: v.string(), zeros: whole(0, MOST_PACKET_BYTES) },
  }),
  v.strictObject({ is: v.literal('strays'), ms: Ms, bytes: whole(0, Number.MAX_SAFE_INTEGER) }),
]);
export type RecordLine = v.InferOutput<typeof Line>;

/** What a connection tells of itself while it is recorded. */
export interface Tap {
  asked(method: string, url: string, cseq: number): void;
  answered(response: RtspResponse, asked: { readonly method: string; readonly cseq: number }): void;
  /** @param track in the order of SETUP */
  packet(track: number, packet: Uint8Array): void;
  /** All so far. */
  strays(bytes: number): void;
}

/** Of IPv4, IPv6 and hardware, wherever they stand; 0.0.0.0 is nobody's. */
const NUMBERS =
  /(?!(?<!\d)0\.0\.0\.0(?!\d))\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{0,39}::[0-9a-f:]{0,39}|(?:[0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}/giu;
/** Headers that say who somebody is. */
const PRIVATE = new Set(['authorization', 'www-authenticate', 'authentication-info', 'server', 'date']);

export class Recorder implements Tap {
  readonly #address: CameraAddress;
  readonly #write: (line: string) => void;
  readonly #nowMs: () => number;
  readonly #beganMs: number;
  #tracks: TrackDescription[] = [];
  #offered: readonly { readonly url: string; readonly track: TrackDescription }[] = [];
  #strays = 0;
  #bytes = 0;

  constructor(address: CameraAddress, write: (line: string) => void, nowMs: () => number = () => performance.now()) {
    this.#address = address;
    this.#write = write;
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
    write(JSON.stringify({ sealcam: 'camera record', version: VERSION }));
  }

  asked(method: string, url: string): void {
    const track = this.#offered.find((each) => each.url === url)?.track;
    // Asked again where the first time wanted a sign-in, or another transport.
    if (method === 'SETUP' && track !== undefined && !this.#tracks.includes(track)) this.#tracks.push(track);
    this.#line({ is: 'asked', ms: this.#ms, method, url: this.#withoutAddress(url) });
  }

  answered(
    { status, headers, body }: RtspResponse,
    { method, cseq }: { readonly method: string; readonly cseq: number },
  ): void {
    // That somebody had to sign in says nothing that a replay could use: it lets in whoever asks.
    if (status === 401) return;
    const text = new TextDecoder().decode(body);
    if (method === 'DESCRIBE') this.#read(text, headers.get('content-base')?.[0]);
    const sent = headers.get('cseq')?.[0];
    const own = [...headers].flatMap(([name, values]) => values.map((value) => [name, value] as const));
    this.#line({
      ...{ is: 'answer', ms: this.#ms, method, status },
      cseq: sent === undefined ? null : Number(sent) - cseq,
      headers: own
        .filter(([name]) => name !== 'cseq' && !PRIVATE.has(name))
        .map(([name, value]) => [oneLine(name), oneLine(this.#withoutAddress(value))]),
      body: this.#withoutAddress(text),
    });
  }

  packet(at: number, packet: Uint8Array): void {
    const track = this.#tracks[at];
    if (track === undefined) return;
    const bytes = scrubPacket(packet, track);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end -= 1;
    this.#line({
      is: 'packet',
      ms: this.#ms,
      track: at,
      head: Buffer.from(bytes.subarray(0, end)).toString('base64'),
      zeros: bytes.length - end,
    });
  }

  strays(all: number): void {
    if (all === this.#strays) return;
    // Another connection counts from 0.
    this.#line({ is: 'strays', ms: this.#ms, bytes: all < this.#strays ? all : all - this.#strays });
    this.#strays = all;
  }

  get #ms(): number {
    return Math.round((this.#nowMs() - this.#beganMs) * 10) / 10;
  }

  #read(sdp: string, base: string | undefined): void {
    this.#tracks = [];
    try {
      const { video, audio } = describeTracks(parseSdp(sdp));
      const both = [video, audio].filter((track) => track !== undefined);
      this.#offered = both.map((track) => ({ url: resolveControl(base ?? this.#address.url, track.control), track }));
    } catch {
      // What cannot be read is recorded all the same; its packets are not.
    }
  }

  /** A camera that is dialed by its name tells its numbers all the same, and some have an account in their path. */
  #withoutAddress(text: string): string {
    const { host, url } = this.#address;
    // What is taken out goes first: without it, two halves of an address could become one.
    return redact(text)
      .replaceAll(url, REPLACED)
      .replaceAll(hostInUrl(host), 'camera.invalid')
      .replaceAll(host, 'camera.invalid')
      .replaceAll(NUMBERS, 'camera.invalid');
  }

  #line(line: RecordLine): void {
    const text = JSON.stringify(line);
    this.#bytes += text.length;
    if (this.#bytes < MOST_BYTES) this.#write(text);
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/gu, ' ');
}

/** What stands for the address of the stream. */
export const REPLACED = 'rtsp://camera.invalid/stream';

/** @throws {SealcamError} `command.invalid` with the number of the line that is none */
export function parseRecording(text: string): readonly RecordLine[] {
  if (text.length > MOST_BYTES) throw new SealcamError('command.invalid', 'larger than any camera record');
  const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '');
  const read = <T>(schema: v.GenericSchema<unknown, T>, line: string, at: number): T => {
    try {
      return v.parse(schema, JSON.parse(line));
    } catch {
      throw new SealcamError('command.invalid', `line ${at} is no line of a camera record`);
    }
  };
  read(v.strictObject({ sealcam: v.literal('camera record'), version: v.literal(VERSION) }), first, 1);
  return rest.map((line, i) => read(Line, line, i + 2));
}
