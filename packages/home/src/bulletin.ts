/**
 * The bulletin: new epoch secrets for exactly the members of the head. Built by the agent (`buildBulletin`), taken or refused by a
 * viewer (`acceptBulletin`). One wrap a device, HPKE, opened with no other key:
 *
 *   wrap = enc ‖ ct of ( names ‖ n u16 ‖ n × { cameraId, sessionId, secret 32 } )
 *   info = "sealcam/1 wrap" ‖ homeId ‖ rosterHash ‖ epoch ‖ deviceId ‖ keySeq
 */
import { cameraId, equalBytes, LIMITS, Reader, SealcamError, sessionId, Writer } from '@sealcam/protocol';
import type { CameraId, DeviceId, Epoch, ErrorCode, Millis, SessionId } from '@sealcam/protocol';
import { compareKeys, mustAscend, readCopy, readId, readList, writeExactly, writeId, writeList } from './codec.ts';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import { HASH_BYTES, sha256 } from './digest.ts';
import { hpkeOpen, hpkeSeal } from './hpke.ts';
import type { HpkeKey } from './hpke-key.ts';
import { encodeKeyList, sortKeys, type AnnouncedKey } from './key-list.ts';
import { decodeManifest, encodeManifest, hasExactRecipients, isSignedByAgent, manifestHash } from './manifest.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import { isGranted, recipientsAt } from './may-view.ts';
import { namesFor, readNames, writeNames, type HomeNames } from './names.ts';
import type { RosterEntry } from './roster.ts';
import { signed } from './sign.ts';
import { agentOf, member, type Head } from './verify-roster.ts';

const SECRET_BYTES = 32;

/** One camera's key material of one epoch. */
export interface CameraSecret {
  readonly cameraId: CameraId;
  readonly sessionId: SessionId;
  /** 32 random bytes. In RAM only. */
  readonly secret: Uint8Array;
}

export interface BulletinInput {
  readonly head: Head;
  readonly keys: DeviceKeys;
  readonly agentHpkePub: Uint8Array;
  readonly epoch: Epoch;
  readonly issuedAtMs: Millis;
  /** All cameras of the home; each device is given those it may see. */
  readonly cameras: readonly CameraSecret[];
  /** The key id of every stream that may be sealed under these secrets, in any order. */
  readonly announced: readonly AnnouncedKey[];
  readonly names: HomeNames;
  /** The highest verified key of each device. */
  readonly hpkeKeys: ReadonlyMap<DeviceId, HpkeKey>;
}

export interface Bulletin {
  /** manifest ‖ signature. */
  readonly manifest: Uint8Array<ArrayBuffer>;
  /** The key list that `manifest` signs the hash of. For the relay alone. */
  readonly keys: Uint8Array<ArrayBuffer>;
  readonly wraps: readonly { readonly deviceId: DeviceId; readonly wrap: Uint8Array<ArrayBuffer> }[];
  /** Members that gave no key yet: they see nothing until they do and a next bulletin is made. */
  readonly withoutKey: readonly DeviceId[];
}

/**
 * @throws {SealcamError} `internal` when `keys` are not the agent's of this head, `codec.malformed` for a secret that is not 32 bytes,
 *   a stream or a key id that is announced twice
 */
export async function buildBulletin(input: BulletinInput): Promise<Bulletin> {
  const { head, keys } = input;
  if (agentOf(head).deviceId !== keys.deviceId) throw new SealcamError('internal', 'only the agent makes bulletins');
  const recipients = recipientsAt(head, input.issuedAtMs);
  const made = await Promise.all(recipients.map((device) => wrapFor(input, device)));
  const list = encodeKeyList(sortKeys(input.announced));
  const body = encodeManifest({
    homeId: head.homeId,
    rosterVersion: head.version,
    rosterHash: head.hash,
    epoch: input.epoch,
    issuedAtMs: input.issuedAtMs,
    agentHpkePub: input.agentHpkePub,
    keysHash: await sha256(list),
    entries: made.map(({ entry }) => entry),
  });
  return {
    manifest: await signed(keys, body),
    keys: list,
    wraps: made.flatMap(({ entry, wrap }) => (wrap === undefined ? [] : [{ deviceId: entry.deviceId, wrap }])),
    withoutKey: made.flatMap(({ entry, wrap }) => (wrap === undefined ? [entry.deviceId] : [])),
  };
}

async function wrapFor(
  input: BulletinInput,
  device: DeviceId,
): Promise<{ readonly entry: ManifestEntry; readonly wrap: Uint8Array<ArrayBuffer> | undefined }> {
  const key = input.hpkeKeys.get(device);
  const entry = member(input.head, device);
  if (key === undefined || entry === undefined) {
    return { entry: { deviceId: device, keySeq: 0, wrapHash: new Uint8Array(HASH_BYTES) }, wrap: undefined };
  }
  const info = wrapInfo(input.head, input.epoch, device, key.keySeq);
  const wrap = await hpkeSeal(key.hpkePub, info, encodeWrap(input, entry));
  return { entry: { deviceId: device, keySeq: key.keySeq, wrapHash: await sha256(wrap) }, wrap };
}

function wrapInfo(head: Head, epoch: Epoch, device: DeviceId, keySeq: number): Uint8Array {
  const writer = writeId(new Writer().label('sealcam/1 wrap'), head.homeId).bytes(head.hash).u64(epoch);
  return writeId(writer, device).u64(keySeq).finish();
}

function encodeWrap(input: BulletinInput, entry: RosterEntry): Uint8Array {
  const writer = new Writer();
  writeNames(writer, namesFor(input.names, entry));
  const cameras = input.cameras
    .filter((camera) => isGranted(entry, camera.cameraId))
    .toSorted((a, b) => compareKeys(a.cameraId, b.cameraId));
  mustAscend(cameras, (camera) => camera.cameraId);
  return writeList(writer, cameras, LIMITS.camerasPerHome, (w, camera) => {
    writeExactly(writeId(writeId(w, camera.cameraId), camera.sessionId), camera.secret, SECRET_BYTES);
  }).finish();
}

function decodeWrap(plain: Uint8Array): Pick<OpenedWrap, 'names' | 'cameras'> {
  const reader = new Reader(plain);
  const names = readNames(reader);
  const cameras = readList(reader, LIMITS.camerasPerHome, (r) => ({
    cameraId: readId(r, cameraId),
    sessionId: readId(r, sessionId, 8),
    secret: readCopy(r, SECRET_BYTES),
  }));
  reader.end();
  mustAscend(cameras, (camera) => camera.cameraId);
  return { names, cameras };
}

/** What a device stores of the last bulletin it accepted, before it uses the keys. */
export interface BulletinMark {
  readonly rosterVersion: number;
  readonly epoch: Epoch;
  /** 32 bytes. */
  readonly manifestHash: Uint8Array;
}

/** Keys of one wrap, opened. A camera that is absent has its keys deleted. */
export interface OpenedWrap {
  readonly names: HomeNames;
  readonly cameras: readonly CameraSecret[];
  /** Which of the handed HPKE keys opened it; older ones can go. */
  readonly keySeq: number;
}

export type BulletinOutcome =
  /** Store `mark` first. Without `wrap` the agent had no key of ours: send one (`signHpkeKey`) and wait for the next. */
  | {
      readonly at: 'accepted';
      readonly mark: BulletinMark;
      readonly manifest: Manifest;
      readonly wrap: OpenedWrap | undefined;
    }
  /** Made under a later roster than our head: fetch the chain and offer it again. */
  | { readonly at: 'ahead'; readonly rosterVersion: number }
  /** Made before the agent knew our head; a newer one follows. Normal for a moment after each change. */
  | { readonly at: 'behind'; readonly rosterVersion: number }
  /** The agent's own, and below what was accepted here: late, replayed, or the best that the relay has. Which of them, the caller can find out. */
  | { readonly at: 'older'; readonly rosterVersion: number }
  /** `alarm`: the agent signed a second truth. Without it: not this home's, not for us, or damaged; nothing changes. */
  | { readonly at: 'refused'; readonly code: ErrorCode; readonly alarm: boolean; readonly detail: string };

export interface BulletinOffer {
  readonly head: Head;
  readonly deviceId: DeviceId;
  /** Keys that may still be in use: today's and, until the first wrap under it, yesterday's. */
  readonly hpke: readonly HpkeKeys[];
  readonly mark: BulletinMark | undefined;
  /** manifest ‖ signature. */
  readonly manifest: Uint8Array;
  readonly wrap: Uint8Array | undefined;
}

/** Every condition of SEALING.md. Bytes of a peer never throw here: they are refused. */
export async function acceptBulletin(offer: BulletinOffer): Promise<BulletinOutcome> {
  try {
    return await judge({ ...offer, manifest: Uint8Array.from(offer.manifest) });
  } catch (error) {
    if (error instanceof SealcamError && error.code === 'codec.malformed')
      return refuse('codec.malformed', error.message);
    throw error;
  }
}

async function judge(offer: BulletinOffer): Promise<BulletinOutcome> {
  const { head, mark } = offer;
  const manifest = decodeManifest(offer.manifest);
  const { rosterVersion, epoch } = manifest;
  if (manifest.homeId !== head.homeId) return refuse('bulletin.invalid', 'of another home');
  if (rosterVersion > head.version) return { at: 'ahead', rosterVersion };
  const authentic = await isSignedByAgent(head, offer.manifest);
  // A bulletin of an earlier roster may be by an agent that was replaced since: that is stale, not a proof of anything.
  if (!authentic)
    return rosterVersion < head.version
      ? { at: 'behind', rosterVersion }
      : refuse('bulletin.invalid', 'not signed by the agent');
  if (mark !== undefined && (epoch < mark.epoch || rosterVersion < mark.rosterVersion))
    return { at: 'older', rosterVersion };
  const hash = await manifestHash(offer.manifest);
  if (mark !== undefined && epoch === mark.epoch && !equalBytes(hash, mark.manifestHash))
    return alarm('roster.forked', 'two bulletins of one epoch');
  if (rosterVersion < head.version) return { at: 'behind', rosterVersion };
  if (!equalBytes(manifest.rosterHash, head.hash)) return alarm('roster.elsewhere', 'the agent follows another roster');
  if (!hasExactRecipients(head, manifest)) return alarm('bulletin.invalid', 'not exactly the members');
  return await openOwn(offer, manifest, { rosterVersion, epoch, manifestHash: hash });
}

/** The manifest is good; what is left is this device's own wrap. */
async function openOwn(offer: BulletinOffer, manifest: Manifest, mark: BulletinMark): Promise<BulletinOutcome> {
  const { head, deviceId } = offer;
  const own = manifest.entries.find((entry) => entry.deviceId === deviceId);
  // The recovery sheet opens no picture; it learns from the manifest which key its one command is sealed to.
  if (own === undefined && member(head, deviceId)?.role === 'recovery')
    return { at: 'accepted', mark, manifest, wrap: undefined };
  if (own === undefined) return refuse(whyNotFor(member(head, deviceId)), 'not for this device');
  const keys = offer.hpke.find((each) => each.keySeq === own.keySeq);
  if (keys === undefined) return { at: 'accepted', mark, manifest, wrap: undefined };
  if (offer.wrap === undefined || !equalBytes(await sha256(offer.wrap), own.wrapHash))
    return refuse('bulletin.invalid', 'another wrap than the agent made');
  const plain = await hpkeOpen(keys, wrapInfo(head, manifest.epoch, deviceId, own.keySeq), offer.wrap);
  if (plain === undefined) return refuse('bulletin.invalid', 'the wrap does not open');
  return { at: 'accepted', mark, manifest, wrap: { ...decodeWrap(plain), keySeq: own.keySeq } };
}

function whyNotFor(entry: RosterEntry | undefined): ErrorCode {
  if (entry === undefined) return 'device.unknown';
  return entry.role === 'viewer' ? 'device.expired' : 'device.role';
}

function refuse(code: ErrorCode, detail: string): BulletinOutcome {
  return { at: 'refused', code, alarm: false, detail };
}

function alarm(code: ErrorCode, detail: string): BulletinOutcome {
  return { at: 'refused', code, alarm: true, detail };
}
