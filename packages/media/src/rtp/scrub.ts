/**
 * A packet without its picture: as long as it was, with every header, so that another program meets the same habit of a camera, and nobody sees
 * what it saw. Parameter sets stay whole; of a slice its first bytes stay (type, number, the parameter set it uses), of sound nothing.
 */
import type { TrackDescription } from '../track.ts';
import { rulesOf } from '../rules-of.ts';
import { NalDepacketizer } from './depacketize-nal.ts';
import { parseRtpPacket } from './packet.ts';

/** Of a slice: header, first fields. */
const SLICE_BYTES = 8;
/** Of a supplemental message: its kinds and a recovery point. */
const MESSAGE_BYTES = 12;
/** Of AAC: how many frames, and how long. */
const AU_HEADER_BYTES = 4;

/** @returns a copy; bytes that no RTP of this track are, all zero */
export function scrubPacket(packet: Uint8Array, track: TrackDescription): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(packet.length);
  const parsed = parseRtpPacket(packet);
  if (parsed === undefined || parsed.payloadType !== track.payloadType) return out;
  const from = parsed.payload.byteOffset - packet.byteOffset;
  out.set(packet.subarray(0, from));
  // Padding says in its last byte how long it is.
  const to = from + parsed.payload.length;
  out.set(packet.subarray(to), to);
  if (track.media === 'video') scrubVideo(parsed.payload, out.subarray(from, to), track.codec);
  else if (track.codec === 'aac') out.set(parsed.payload.subarray(0, AU_HEADER_BYTES), from);
  return out;
}

function scrubVideo(payload: Uint8Array, out: Uint8Array, codec: 'h264' | 'h265'): void {
  const { kind, headerBytes } = NalDepacketizer.shapeOf(codec, payload);
  if (kind === 'aggregate') return scrubAggregate(payload, out, codec, headerBytes);
  if (kind === 'single') return scrubNals(payload, out, codec);
  // A fragment: its own header, and what its first piece says of the slice.
  out.set(payload.subarray(0, headerBytes + 1));
  const rest = headerBytes + 1;
  const begins = ((payload[headerBytes] ?? 0) & 0x80) !== 0;
  const nal = new NalDepacketizer(codec).beginning(payload);
  if (begins && nal !== undefined) {
    const kept = Math.max(0, keptOf(nal, codec, payload.length) - headerBytes);
    // A set with a picture behind a start code: `nal` is too short to show it.
    out.set(payload.subarray(rest, rest + Math.min(kept, endOfSet(payload.subarray(rest), kept))), rest);
  }
  keepStartCodes(payload, out, rest, codec);
}

function scrubAggregate(payload: Uint8Array, out: Uint8Array, codec: 'h264' | 'h265', headerBytes: number): void {
  out.set(payload.subarray(0, headerBytes));
  for (let at = headerBytes; at + 2 < payload.length;) {
    const length = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
    out.set(payload.subarray(at, at + 2), at);
    const end = Math.min(payload.length, at + 2 + length);
    scrubNals(payload.subarray(at + 2, end), out.subarray(at + 2, end), codec);
    at = end;
    if (length === 0) break;
  }
}

function scrubNals(nal: Uint8Array, out: Uint8Array, codec: 'h264' | 'h265'): void {
  out.set(nal.subarray(0, keptOf(nal, codec, nal.length)));
  keepStartCodes(nal, out, 0, codec);
}

/** Some cameras put several NAL units with start codes between them into one. */
function keepStartCodes(payload: Uint8Array, out: Uint8Array, from: number, codec: 'h264' | 'h265'): void {
  for (let at = from; at + 3 < payload.length; at += 1) {
    if (payload[at] !== 0 || payload[at + 1] !== 0 || payload[at + 2] !== 1) continue;
    const nal = payload.subarray(at + 3);
    out.set(payload.subarray(at, at + 3 + keptOf(nal, codec, nal.length)), at);
  }
}

/** How many bytes of a NAL unit are no picture. */
function keptOf(nal: Uint8Array, codec: 'h264' | 'h265', length: number): number {
  const rules = rulesOf(codec);
  if (rules.isParameterSet(nal)) return endOfSet(nal, length);
  return Math.min(length, rules.isSlice(nal) ? SLICE_BYTES : MESSAGE_BYTES);
}

/** Up to the next start code: what is behind it is judged by itself. */
function endOfSet(nal: Uint8Array, length: number): number {
  for (let at = 0; at + 2 < nal.length; at += 1) if (nal[at] === 0 && nal[at + 1] === 0 && nal[at + 2] === 1) return at;
  return length;
}
