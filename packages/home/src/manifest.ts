/**
 * The signed front of a bulletin: which roster and epoch, the hash of the key ids that it announces (`key-list.ts`), and the hash of
 * every device's wrap. The relay verifies it; only viewers open wraps.
 *
 *   "sealcam/2 bulletin" ‖ homeId ‖ rosterVersion u64 ‖ rosterHash ‖ epoch ‖ issuedAtMs u64 ‖ agentHpkePub
 *     ‖ SHA-256(key list) ‖ n u16 ‖ n × { deviceId, keySeq u64, SHA-256(enc ‖ ct) } ‖ sig(agent)
 */
import {
  CodecError,
  deviceId,
  epoch,
  equalBytes,
  homeId,
  LIMITS,
  millis,
  Reader,
  SealcamError,
  Writer,
} from '@sealcam/protocol';
import type { DeviceId, Epoch, HomeId, Millis } from '@sealcam/protocol';
import { mustAscend, readCopy, readId, readList, writeExactly, writeId, writeList } from './codec.ts';
import { HASH_BYTES, sha256 } from './digest.ts';
import { recipientsAt } from './may-view.ts';
import { PUBLIC_KEY_BYTES, splitSigned, verifySignature } from './signature.ts';
import { agentOf, type Head } from './verify-roster.ts';

/** keySeq 0 and a zero hash: a member that never gave the agent a key. It is named, so that the list stays exact, and gets no wrap. */
export interface ManifestEntry {
  readonly deviceId: DeviceId;
  readonly keySeq: number;
  readonly wrapHash: Uint8Array;
}

export interface Manifest {
  readonly homeId: HomeId;
  readonly rosterVersion: number;
  readonly rosterHash: Uint8Array;
  readonly epoch: Epoch;
  readonly issuedAtMs: Millis;
  /** What commands are sealed to, 65 bytes. */
  readonly agentHpkePub: Uint8Array;
  /** SHA-256 of the key list that the relay gets beside it, 32 bytes. */
  readonly keysHash: Uint8Array;
  /** Strictly ascending by deviceId. */
  readonly entries: readonly ManifestEntry[];
}

const LABEL = 'sealcam/2 bulletin';

/** All but the signature. @throws {CodecError} */
export function encodeManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  checkEntries(manifest.entries);
  const writer = writeId(new Writer().label(LABEL), manifest.homeId).u64(manifest.rosterVersion);
  writeExactly(writer, manifest.rosterHash, HASH_BYTES).u64(manifest.epoch).u64(manifest.issuedAtMs);
  writeExactly(writer, manifest.agentHpkePub, PUBLIC_KEY_BYTES);
  writeExactly(writer, manifest.keysHash, HASH_BYTES);
  return writeList(writer, manifest.entries, LIMITS.devicesPerHome, (w, entry) => {
    writeExactly(writeId(w, entry.deviceId).u64(entry.keySeq), entry.wrapHash, HASH_BYTES);
  }).finish();
}

/** Without any check of the signature. @param bytes manifest ‖ signature. @throws {CodecError} */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const reader = new Reader(splitSigned(bytes).body);
  reader.label(LABEL);
  const manifest: Manifest = {
    homeId: readId(reader, homeId),
    rosterVersion: reader.u64(),
    rosterHash: readCopy(reader, HASH_BYTES),
    epoch: epoch(reader.u64()),
    issuedAtMs: millis(reader.u64()),
    agentHpkePub: readCopy(reader, PUBLIC_KEY_BYTES),
    keysHash: readCopy(reader, HASH_BYTES),
    entries: readList(reader, LIMITS.devicesPerHome, (r) => ({
      deviceId: readId(r, deviceId),
      keySeq: r.u64(),
      wrapHash: readCopy(r, HASH_BYTES),
    })),
  };
  reader.end();
  checkEntries(manifest.entries);
  return manifest;
}

/**
 * Home, roster version and hash, the agent's signature, and the exact recipients: all that can be checked without a key.
 * @throws {SealcamError} `codec.malformed`, `roster.stale` for another roster version than the head's, `roster.forked` for another
 * roster of the same version, `bulletin.invalid` for the rest
 */
export async function verifyManifest(head: Head, bytes: Uint8Array): Promise<Manifest> {
  const copy = Uint8Array.from(bytes);
  const manifest = decodeManifest(copy);
  if (manifest.homeId !== head.homeId) throw new SealcamError('bulletin.invalid', 'another home');
  if (manifest.rosterVersion !== head.version)
    throw new SealcamError('roster.stale', `roster ${manifest.rosterVersion} at ${head.version}`);
  if (!(await isSignedByAgent(head, copy))) throw new SealcamError('bulletin.invalid', 'not signed by the agent');
  if (!equalBytes(manifest.rosterHash, head.hash))
    throw new SealcamError('roster.forked', 'the agent follows another roster');
  if (!hasExactRecipients(head, manifest)) throw new SealcamError('bulletin.invalid', 'not exactly the members');
  return manifest;
}

/** Whether the head's agent signed it. @param bytes manifest ‖ signature */
export async function isSignedByAgent(head: Head, bytes: Uint8Array): Promise<boolean> {
  const { body, signature } = splitSigned(bytes);
  return await verifySignature(agentOf(head).sigPub, body, signature);
}

/** One recipient too many is a ghost viewer; one too few is a removal that no admin signed. */
export function hasExactRecipients(head: Head, manifest: Manifest): boolean {
  const wanted = recipientsAt(head, manifest.issuedAtMs);
  return (
    wanted.length === manifest.entries.length && wanted.every((device, i) => manifest.entries[i]?.deviceId === device)
  );
}

/** SHA-256 of a manifest without its signature: the identity of a bulletin. @param bytes manifest ‖ signature */
export async function manifestHash(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return await sha256(splitSigned(bytes).body);
}

function checkEntries(entries: readonly ManifestEntry[]): void {
  mustAscend(entries, (entry) => entry.deviceId);
  for (const { keySeq, wrapHash } of entries) {
    if ((keySeq === 0) !== wrapHash.every((byte) => byte === 0)) throw new CodecError('a wrap without a key');
  }
}
