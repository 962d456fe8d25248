/**
 * Step 8 of the path: a sealed frame becomes an access unit, or a refusal. The bytes must be the caller's own copy.
 * The additional data is rebuilt from the context the keys were derived for, so a frame of anything else cannot open.
 */
import { CodecError, FLAG, parseSealedHeader, STREAM, type SealedHeader, type StreamId } from '@sealcam/protocol';
import { additionalData, contextBytes, type SealContext } from './context.ts';
import { frameNonce, type OpenKeys } from './keys.ts';
import { parsePlain, type PlainUnit } from './plain.ts';

/** An access unit that was sealed for this viewer and this context. `config` and `unit` are views into one fresh buffer. */
export interface Opened extends PlainUnit {
  readonly outcome: 'opened';
  readonly context: SealContext;
  readonly ctr: number;
  readonly gopCtr: number;
}

/** `malformed`: the shape is wrong. `broken`: the tag did not verify, or what was inside did not add up; no more is told. */
export type OpenRefusal = 'malformed' | 'broken';

export type OpenOutcome = Opened | { readonly outcome: 'refused'; readonly reason: OpenRefusal };

/** Rule 1, without a key: version, flags, lengths, minimal header, and marks that a frame of this stream can have. */
export function readHeader(frame: Uint8Array, stream: StreamId): SealedHeader | undefined {
  try {
    const header = parseSealedHeader(frame);
    return marksFit(header, stream) ? header : undefined;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function marksFit({ flags, gopCtr, ctr }: SealedHeader, stream: StreamId): boolean {
  if ((flags & FLAG.keyframe) !== 0) return gopCtr === ctr;
  const video = stream === STREAM.main || stream === STREAM.sub;
  return video && gopCtr < ctr && (flags & FLAG.config) === 0;
}

/**
 * @param frame a copy that nobody else writes to
 * @param header of exactly these bytes, by `readHeader`
 * @param keys found under `header.kid` in the map of the one subscription the frame came for
 * @returns never throws for anything a peer sent
 */
export async function openFrame(
  frame: Uint8Array<ArrayBuffer>,
  header: SealedHeader,
  keys: OpenKeys,
  subtle: SubtleCrypto,
): Promise<OpenOutcome> {
  if (header.kid !== keys.kid) return { outcome: 'refused', reason: 'broken' };
  const additional = additionalData(header.sframeHeader, contextBytes(keys.context), header);
  try {
    const plain = await subtle.decrypt(
      { name: 'AES-GCM', iv: frameNonce(keys.salt, header.ctr), additionalData: additional, tagLength: 128 },
      keys.key,
      frame.subarray(header.bodyAt),
    );
    const unit = parsePlain(new Uint8Array(plain), header.flags);
    return { outcome: 'opened', context: keys.context, ctr: header.ctr, gopCtr: header.gopCtr, ...unit };
  } catch {
    // One answer for every failure: which check failed would be an oracle.
    return { outcome: 'refused', reason: 'broken' };
  }
}
