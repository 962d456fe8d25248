/**
 * Binary messages: one sealed unit and whose it is.
 *
 *   kind u8 ‖ homeId 16 ‖ cameraId 16 ‖ streamId u16 ‖ epoch u64 ‖ [joinId u32 when kind is replay] ‖ sealed
 *
 * `media` goes agent → relay → viewers; the relay passes the same buffer to each viewer. `replay` is a unit of the kept GOP,
 * sent again for one join; the relay strips it to `media` and gives it to the joiners only. The label is a hint for routing:
 * a viewer looks keys up under what it asked for, so a wrong label opens nothing.
 */
import { concat, CodecError, Reader, Writer } from './bytes.ts';
import { cameraId, epoch, homeId, idBytes, idFromBytes, streamId, type Epoch, type Track } from './ids.ts';
import { LIMITS } from './limits.ts';

const KIND = { media: 1, replay: 2 } as const;
const HEAD_BYTES = 1 + 16 + 16 + 2 + 8;

export interface Envelope extends Track {
  readonly epoch: Epoch;
  /** Set for a unit of the kept GOP that is sent for one join only. */
  readonly joinId: number | undefined;
  /** A view into the message. */
  readonly sealed: Uint8Array;
}

export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return concat(encodeEnvelopeHead(envelope), envelope.sealed);
}

/** All that stands before `sealed`: the same for every live unit of one track and epoch. */
export function encodeEnvelopeHead(envelope: Omit<Envelope, 'sealed'>): Uint8Array<ArrayBuffer> {
  const writer = new Writer()
    .u8(envelope.joinId === undefined ? KIND.media : KIND.replay)
    .bytes(idBytes(envelope.homeId))
    .bytes(idBytes(envelope.cameraId))
    .u16(envelope.streamId)
    .u64(envelope.epoch);
  if (envelope.joinId !== undefined) writer.u32(envelope.joinId);
  return writer.finish();
}

/** @throws {CodecError} for an unknown kind, a short head or a message above `LIMITS.binaryMessageBytes` */
export function decodeEnvelope(message: Uint8Array): Envelope {
  if (message.length > LIMITS.binaryMessageBytes) throw new CodecError('binary message too large');
  const reader = new Reader(message);
  const kind = reader.u8();
  if (kind !== KIND.media && kind !== KIND.replay) throw new CodecError('unknown kind of message');
  return {
    homeId: idFromBytes(homeId, reader.bytes(16)),
    cameraId: idFromBytes(cameraId, reader.bytes(16)),
    streamId: streamId(reader.u16()),
    epoch: epoch(reader.u64()),
    joinId: kind === KIND.replay ? reader.u32() : undefined,
    sealed: reader.rest(),
  };
}

/** A replayed unit as the joiners get it: the same bytes with the join number taken out. */
export function stripReplay(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = concat(message.subarray(0, HEAD_BYTES), message.subarray(HEAD_BYTES + 4));
  out[0] = KIND.media;
  return out;
}
