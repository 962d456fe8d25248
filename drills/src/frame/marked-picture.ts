/** The smallest thing that passes for a picture: a few coded slices, each with the mark of its owner in front. No two are alike. */
import { createHash } from 'node:crypto';
import { joinAnnexB, readWatermark, splitAnnexB, writeWatermark } from '@sealcam/media';
import type { Owner } from './truth.ts';

const NAL = { delta: 0x41, key: 0x65 } as const;
/** A picture in strips, as cameras send them: what is spliced of two pictures has two owners. */
const SLICES = 3;

/** H.264, Annex B, about 350 bytes. */
export function markedPicture(owner: Owner, keyframe: boolean): Uint8Array<ArrayBuffer> {
  const slices = Array.from({ length: SLICES }, (_, strip) => {
    // Never zero, so that no start code is in it.
    const { homeId, cameraId, counter } = owner;
    const bytes = createHash('sha256').update(`${homeId}/${cameraId}/${counter}/${strip}`).digest();
    const slice = Uint8Array.of(keyframe ? NAL.key : NAL.delta, ...bytes.map((byte) => byte | 1));
    return writeWatermark({ codec: 'h264', data: joinAnnexB([slice]) }, owner);
  });
  return new Uint8Array(Buffer.concat(slices));
}

/** Whose pictures are in what a decoder is given: one in each strip that is whole enough to have a mark. */
export function ownersOf(data: Uint8Array): readonly Owner[] {
  return splitAnnexB(data).flatMap((nal) => readWatermark({ codec: 'h264', data: joinAnnexB([nal]) }) ?? []);
}
