/**
 * The inside of a sealed frame (SEALING.md, "On the wire"):
 *
 *   captureTsUs u64 ‖ durationUs u32 ‖ padLen u32 ‖ [len u16 ‖ codec config when flag bit 1] ‖ access unit ‖ zero padding
 */
import { CodecError, FLAG, micros, Reader, STREAM, type Micros, type StreamId } from '@sealcam/protocol';

/** What is sealed. For stills, states and audio `keyframe` is true: each stands alone. */
export interface PlainUnit {
  /** The agent's Unix time at the first packet. */
  readonly captureUs: Micros;
  /** Microseconds, below 2^32; 0 where unknown. */
  readonly durationUs: number;
  readonly keyframe: boolean;
  /** The stream was interrupted before this unit: a camera that reconnected. */
  readonly discontinuity: boolean;
  /** Codec configuration in media's own form, at most 65,535 bytes; on keyframes only. */
  readonly config: Uint8Array | undefined;
  /** The access unit, at least 1 byte. */
  readonly unit: Uint8Array;
}

/**
 * State units are padded to one size, so that "private", "gone" and "live" look alike to the relay. Media is not padded:
 * sizes that hide motion would cost a multiple of the bandwidth, and SEALING.md promises nothing there.
 */
const STATE_BYTES = 96;
const HEAD_BYTES = 16;

export function paddingFor(stream: StreamId, unitBytes: number): number {
  return stream === STREAM.state ? Math.max(0, STATE_BYTES - unitBytes) : 0;
}

export function flagsOf(unit: PlainUnit): number {
  return (
    (unit.keyframe ? FLAG.keyframe : 0) |
    (unit.config === undefined ? 0 : FLAG.config) |
    (unit.discontinuity ? FLAG.discontinuity : 0)
  );
}

/** The plain text in parts, so that the access unit itself is not copied before it is sealed. */
export function plainParts(unit: PlainUnit, padding: number): readonly Uint8Array[] {
  const { config } = unit;
  const head = new Uint8Array(HEAD_BYTES + (config === undefined ? 0 : 2 + config.length));
  const view = new DataView(head.buffer);
  view.setUint32(0, Math.floor(unit.captureUs / 2 ** 32));
  view.setUint32(4, unit.captureUs % 2 ** 32);
  view.setUint32(8, unit.durationUs);
  view.setUint32(12, padding);
  if (config !== undefined) {
    view.setUint16(HEAD_BYTES, config.length);
    head.set(config, HEAD_BYTES + 2);
  }
  return padding === 0 ? [head, unit.unit] : [head, unit.unit, new Uint8Array(padding)];
}

/**
 * @param plain authenticated bytes; config and unit are views into it
 * @param flags authenticated as well
 * @throws {CodecError} for lengths that do not add up, an empty unit or padding that is not zero
 */
export function parsePlain(plain: Uint8Array, flags: number): PlainUnit {
  const reader = new Reader(plain);
  const captureUs = micros(reader.u64());
  const durationUs = reader.u32();
  const padding = reader.u32();
  const config = (flags & FLAG.config) === 0 ? undefined : reader.bytes16();
  if (padding >= reader.left) throw new CodecError('padding leaves no access unit');
  const unit = reader.bytes(reader.left - padding);
  for (const byte of reader.rest()) if (byte !== 0) throw new CodecError('padding is not zero');
  return {
    captureUs,
    durationUs,
    keyframe: (flags & FLAG.keyframe) !== 0,
    discontinuity: (flags & FLAG.discontinuity) !== 0,
    config,
    unit,
  };
}
