/** How one camera does, for the page of a person who looks there when something is off. Part of `replies.ts`. */
import { millis, type Millis, type Reader, type Writer } from '@sealcam/protocol';
import { readList, readText, words, writeList, writeText } from './codec.ts';

/** `asleep`: not read now, since nobody watches it. */
export type StreamState = 'opening' | 'waiting' | 'live' | 'gone' | 'asleep';

/** Counts are of the last day, or of `overMs` where that is shorter. */
export interface LookedStream {
  readonly which: 'main' | 'sub';
  readonly state: StreamState;
  readonly sinceMs: Millis;
  /** Error code when `gone`, what is awaited when `waiting`, else empty. */
  readonly code: string;
  /** `H.264 High 4.0`; empty before its first picture, and the numbers below are 0 then. */
  readonly video: string;
  readonly width: number;
  readonly height: number;
  /** `TCP`, `UDP`; empty where it never played. */
  readonly transport: string;
  readonly picturesPerMinute: number;
  readonly keyframeEveryMs: number;
  readonly kbitPerSecond: number;
  readonly overMs: number;
  readonly pictures: number;
  /** Pictures that were not whole. */
  readonly broken: number;
  /** Pictures that hang on one that is missing. */
  readonly skipped: number;
  readonly lostPackets: number;
  readonly strayBytes: number;
  readonly goneMs: number;
  /** How often its pictures went away, by error code; the newest first. */
  readonly gone: readonly { readonly code: string; readonly count: number }[];
}

export interface CameraLook {
  /** Host and port without credentials; empty for the demo. */
  readonly host: string;
  readonly streams: readonly LookedStream[];
  /** `AAC 16 kHz`; empty: none that Sealcam carries. */
  readonly sound: string;
  /** Whether it has places for both of its streams at once. */
  readonly places: 'unknown' | 'one' | 'both';
  /** What is odd, each with what to change. */
  readonly notes: readonly string[];
}

const U32_MAX = 0xffff_ffff;
const STREAMS = 2;
const REASONS = 8;
export const NOTES = 16;
export const NOTE_CHARS = 512;
const CHARS = { code: 64, format: 64, host: 300 } as const;
const WHICH = words<LookedStream['which']>({ main: 1, sub: 2 });
const STATE = words<StreamState>({ opening: 1, waiting: 2, live: 3, gone: 4, asleep: 5 });
const PLACES = words<CameraLook['places']>({ unknown: 0, one: 1, both: 2 });

export function writeCameraLook(writer: Writer, look: CameraLook): void {
  writeList(writeText(writer, look.host, CHARS.host), look.streams, STREAMS, writeStream);
  PLACES.write(writeText(writer, look.sound, CHARS.format), look.places);
  writeNotes(writer, look.notes);
}

export function readCameraLook(reader: Reader): CameraLook {
  return {
    host: readText(reader, CHARS.host),
    streams: readList(reader, STREAMS, readStream),
    sound: readText(reader, CHARS.format),
    places: PLACES.read(reader),
    notes: readNotes(reader),
  };
}

export function writeNotes(writer: Writer, notes: readonly string[]): void {
  writeList(writer, notes, NOTES, (w, note) => void writeText(w, note, NOTE_CHARS));
}

export function readNotes(reader: Reader): readonly string[] {
  return readList(reader, NOTES, (r) => readText(r, NOTE_CHARS));
}

function writeStream(writer: Writer, stream: LookedStream): void {
  STATE.write(WHICH.write(writer, stream.which), stream.state).u64(stream.sinceMs);
  writeText(writeText(writer, stream.code, CHARS.code), stream.video, CHARS.format)
    .u16(stream.width)
    .u16(stream.height);
  writeText(writer, stream.transport, CHARS.format);
  for (const count of countsOf(stream)) writer.u32(Math.min(count, U32_MAX));
  writeList(writer, stream.gone, REASONS, (w, { code, count }) => void writeText(w, code, CHARS.code).u32(count));
}

/** In the order of the wire. */
function countsOf(stream: LookedStream): readonly number[] {
  const { picturesPerMinute, keyframeEveryMs, kbitPerSecond, overMs } = stream;
  const { pictures, broken, skipped, lostPackets, strayBytes, goneMs } = stream;
  return [
    picturesPerMinute,
    keyframeEveryMs,
    kbitPerSecond,
    overMs,
    pictures,
    broken,
    skipped,
    lostPackets,
    strayBytes,
    goneMs,
  ];
}

function readStream(reader: Reader): LookedStream {
  return {
    which: WHICH.read(reader),
    state: STATE.read(reader),
    sinceMs: millis(reader.u64()),
    code: readText(reader, CHARS.code),
    video: readText(reader, CHARS.format),
    width: reader.u16(),
    height: reader.u16(),
    transport: readText(reader, CHARS.format),
    picturesPerMinute: reader.u32(),
    keyframeEveryMs: reader.u32(),
    kbitPerSecond: reader.u32(),
    overMs: reader.u32(),
    pictures: reader.u32(),
    broken: reader.u32(),
    skipped: reader.u32(),
    lostPackets: reader.u32(),
    strayBytes: reader.u32(),
    goneMs: reader.u32(),
    gone: readList(reader, REASONS, (r) => ({ code: readText(r, CHARS.code), count: r.u32() })),
  };
}
