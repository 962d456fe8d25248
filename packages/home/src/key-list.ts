/**
 * The key ids of one epoch, announced in its bulletin before any viewer can derive them: the relay takes a unit only under a key id
 * that its own home announced. The manifest signs the hash; the list itself goes to the relay alone, for a guest must not learn of
 * cameras that it may not see.
 *
 *   n u16 ‖ n × { cameraId 16, streamId u16, KID 8 }, strictly ascending by camera and stream, no KID twice
 */
import {
  cameraId,
  CodecError,
  equalBytes,
  keyId,
  LIMITS,
  Reader,
  SealcamError,
  streamId,
  Writer,
} from '@sealcam/protocol';
import type { CameraId, KeyId, StreamId } from '@sealcam/protocol';
import { mustAscend, readId, readList, writeId, writeList } from './codec.ts';
import { sha256 } from './digest.ts';
import type { Manifest } from './manifest.ts';

/** One stream's key id in the epoch of its bulletin. */
export interface AnnouncedKey {
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  readonly kid: KeyId;
}

const STREAMS_OF_CAMERA = 5;
/** Of one entry of the list. */
export const ANNOUNCED_KEY_BYTES: number = 16 + 2 + 8;
/** Key ids of one bulletin. */
export const MOST_ANNOUNCED_KEYS: number = LIMITS.camerasPerHome * STREAMS_OF_CAMERA;

const trackOrder = (key: AnnouncedKey): string => `${key.cameraId}${key.streamId}`;

/** @throws {CodecError} for tracks out of order, or a key id twice */
export function encodeKeyList(keys: readonly AnnouncedKey[]): Uint8Array<ArrayBuffer> {
  checkKeys(keys);
  return writeList(new Writer(), keys, MOST_ANNOUNCED_KEYS, (writer, key) => {
    writeId(writeId(writer, key.cameraId).u16(key.streamId), key.kid);
  }).finish();
}

/** @throws {CodecError} */
export function decodeKeyList(bytes: Uint8Array): readonly AnnouncedKey[] {
  const reader = new Reader(bytes);
  const keys = readList(reader, MOST_ANNOUNCED_KEYS, (r) => ({
    cameraId: readId(r, cameraId),
    streamId: streamId(r.u16()),
    kid: readId(r, keyId, 8),
  }));
  reader.end();
  checkKeys(keys);
  return keys;
}

/** In the order that `encodeKeyList` wants. */
export function sortKeys(keys: readonly AnnouncedKey[]): readonly AnnouncedKey[] {
  return keys.toSorted((a, b) => (trackOrder(a) < trackOrder(b) ? -1 : 1));
}

/**
 * The list that belongs to a manifest, whose signature was checked already.
 * @throws {SealcamError} `bulletin.invalid` for another list than the agent signed, `codec.malformed`
 */
export async function verifyKeyList(manifest: Manifest, bytes: Uint8Array): Promise<readonly AnnouncedKey[]> {
  const copy = Uint8Array.from(bytes);
  if (!equalBytes(await sha256(copy), manifest.keysHash))
    throw new SealcamError('bulletin.invalid', 'another key list than the agent signed');
  return decodeKeyList(copy);
}

function checkKeys(keys: readonly AnnouncedKey[]): void {
  mustAscend(keys, trackOrder);
  if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) throw new CodecError('a key id twice');
  // A key id is eight bytes in an SFrame header, so its top bit is set: no other could ever carry a unit.
  if (keys.some(({ kid }) => kid < '8')) throw new CodecError('a key id without its top bit');
}
