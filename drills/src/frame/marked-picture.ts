/** The smallest thing that passes for a picture: one coded slice, with the mark of its owner in front. Different for each owner. */
import { createHash } from 'node:crypto';
import { joinAnnexB, readWatermark, writeWatermark } from '@sealcam/media';
import type { Owner } from './truth.ts';

const NAL = { delta: 0x41, key: 0x65 } as const;
/** Bytes of a slice: enough that truncating and splicing it makes a difference. */
const SLICE_BLOCKS = 6;

/** H.264, Annex B, about 300 bytes. */
export function markedPicture(owner: Owner, keyframe: boolean): Uint8Array<ArrayBuffer> {
  const blocks = Array.from({ length: SLICE_BLOCKS }, (_, block) =>
    // Never zero, so that no start code is in it.
    createHash('sha256')
      .update(`${owner.homeId}/${owner.cameraId}/${owner.counter}/${block}`)
      .digest()
      .map((byte) => byte | 1),
  );
  const slice = Uint8Array.of(keyframe ? NAL.key : NAL.delta, ...Buffer.concat(blocks));
  return writeWatermark({ codec: 'h264', data: joinAnnexB([slice]) }, owner);
}

/** Whose picture a decoder is given; undefined where nobody's mark is in it. */
export function ownerOf(data: Uint8Array): Owner | undefined {
  return readWatermark({ codec: 'h264', data });
}
