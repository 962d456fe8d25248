/**
 * What a sealed frame is bound to (SEALING.md, "Frame keys" and "On the wire"). Both sides compute it: the agent from what it
 * seals, the viewer from **what it asked for** and from its own wrap, never from what arrived.
 */
import {
  idBytes,
  SEALED_VERSION,
  Writer,
  type Epoch,
  type SealedHeader,
  type SessionId,
  type Track,
} from '@sealcam/protocol';

/** RFC 9605 suite 5, AES_256_GCM_SHA512_128: the only one, there is no negotiation. */
export const SUITE = 5;

/** One camera's one stream, in one home, in one epoch, of one session of the agent's pipeline. */
export interface SealContext extends Track {
  readonly epoch: Epoch;
  readonly sessionId: SessionId;
}

/** `homeId 16 ‖ cameraId 16 ‖ streamId u16 ‖ epoch u64 ‖ sessionId 8`, 50 bytes. */
export function contextBytes(context: SealContext): Uint8Array<ArrayBuffer> {
  return new Writer()
    .bytes(idBytes(context.homeId))
    .bytes(idBytes(context.cameraId))
    .u16(context.streamId)
    .u64(context.epoch)
    .bytes(idBytes(context.sessionId))
    .finish();
}

/** Of `SealedHeader` what is authenticated beside the SFrame header itself. */
export type Marks = Pick<SealedHeader, 'flags' | 'gopCtr'>;

/**
 * AAD = SFrame header ‖ metadata;
 * metadata = `ver ‖ suite u8 ‖ flags u16 ‖ ctx 50 ‖ gopCtr u64`.
 * @param ctx `contextBytes` of the one context this frame may be of
 */
export function additionalData(sframeHeader: Uint8Array, ctx: Uint8Array, marks: Marks): Uint8Array<ArrayBuffer> {
  const at = sframeHeader.length;
  const out = new Uint8Array(at + 4 + ctx.length + 8);
  const view = new DataView(out.buffer);
  out.set(sframeHeader);
  view.setUint8(at, SEALED_VERSION);
  view.setUint8(at + 1, SUITE);
  view.setUint16(at + 2, marks.flags);
  out.set(ctx, at + 4);
  view.setUint32(out.length - 8, Math.floor(marks.gopCtr / 2 ** 32));
  view.setUint32(out.length - 4, marks.gopCtr % 2 ** 32);
  return out;
}
