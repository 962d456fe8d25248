/**
 * The roster: who may see what, signed by an admin and chained by hash. Type, encoder, decoder; trust is in `verify-roster.ts`.
 *
 *   "sealcam/1 roster" ‖ homeId ‖ version u64 ‖ prevHash 32 ‖ n u16 ‖ n × { deviceId, sigPub, role u8, grants, notAfter u64 }
 *     ‖ m u16 ‖ m × route ‖ signerId ‖ sig
 *   grants = 0 (all) or 1 ‖ n u16 ‖ cameraIds
 */
import { cameraId, CodecError, deviceId, homeId, idBytes, LIMITS, millis, Reader, Writer } from '@sealcam/protocol';
import type { CameraId, DeviceId, HomeId, Millis } from '@sealcam/protocol';
import { mustAscend, readCopy, readId, readList, words, writeExactly, writeId, writeList } from './codec.ts';
import { HASH_BYTES } from './digest.ts';
import { readRoute, ROUTES_PER_HOME, writeRoute, type Route } from './route.ts';
import { PUBLIC_KEY_BYTES, splitSigned } from './signature.ts';

export type Role = 'recovery' | 'admin' | 'viewer' | 'agent';

/** All cameras, those of the future too; or these, strictly ascending, perhaps none. */
export type Grants = 'all' | readonly CameraId[];

export interface RosterEntry {
  readonly deviceId: DeviceId;
  /** 65 bytes. */
  readonly sigPub: Uint8Array;
  readonly role: Role;
  /** Of agent and recovery: always `all`. */
  readonly grants: Grants;
  /** End of a guest's time, Unix milliseconds, exclusive; 0 for none. Viewers only: whoever may sign must not depend on a clock. */
  readonly notAfterMs: Millis;
}

/** Entries strictly ascending by deviceId, routes by routeId. */
export interface Roster {
  /** Undefined in the genesis roster alone: the home's id is that roster's hash. */
  readonly homeId: HomeId | undefined;
  readonly version: number;
  /** 32 bytes; zero in the genesis roster. */
  readonly prevHash: Uint8Array;
  readonly entries: readonly RosterEntry[];
  readonly routes: readonly Route[];
  readonly signerId: DeviceId;
}

/** A roster as sent: the signed bytes and their signature, not yet believed. */
export interface SignedRoster {
  readonly roster: Roster;
  /** All but the signature; what is hashed and signed. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

export const GENESIS_VERSION = 1;

const LABEL = 'sealcam/1 roster';
const ROLE = words<Role>({ recovery: 1, admin: 2, viewer: 3, agent: 4 });
const ALL = 0;
const SOME = 1;

/** All but the signature. @throws {CodecError} for what has no encoding: unsorted or doubled entries, too many, unknown roles */
export function encodeRoster(roster: Roster): Uint8Array<ArrayBuffer> {
  checkShape(roster);
  const writer = new Writer().label(LABEL);
  writer.bytes(roster.homeId === undefined ? new Uint8Array(16) : idBytes(roster.homeId));
  writeExactly(writer.u64(roster.version), roster.prevHash, HASH_BYTES);
  writeList(writer, roster.entries, LIMITS.devicesPerHome, writeEntry);
  writeList(writer, roster.routes, ROUTES_PER_HOME, writeRoute);
  const bytes = writeId(writer, roster.signerId).finish();
  if (bytes.length > LIMITS.rosterBytes) throw new CodecError('roster too large');
  return bytes;
}

/** @param bytes body ‖ signature 64. @throws {CodecError} */
export function decodeSignedRoster(bytes: Uint8Array): SignedRoster {
  if (bytes.length > LIMITS.rosterBytes) throw new CodecError('roster too large');
  const { body, signature } = splitSigned(Uint8Array.from(bytes));
  const reader = new Reader(body);
  reader.label(LABEL);
  const home = readId(reader, homeId);
  const version = reader.u64();
  const roster: Roster = {
    homeId: /^0+$/.test(home) ? undefined : home,
    version,
    prevHash: readCopy(reader, HASH_BYTES),
    entries: readList(reader, LIMITS.devicesPerHome, readEntry),
    routes: readList(reader, ROUTES_PER_HOME, readRoute),
    signerId: readId(reader, deviceId),
  };
  reader.end();
  checkShape(roster);
  return { roster, body, signature };
}

function checkShape(roster: Roster): void {
  const genesis = roster.version === GENESIS_VERSION;
  if (roster.version < GENESIS_VERSION) throw new CodecError('versions begin at 1');
  if (genesis !== (roster.homeId === undefined)) throw new CodecError('only the first roster is without a home');
  if (genesis && roster.prevHash.some((byte) => byte !== 0)) throw new CodecError('the first roster follows none');
  mustAscend(roster.entries, (entry) => entry.deviceId);
  mustAscend(roster.routes, (route) => route.routeId);
  for (const entry of roster.entries) {
    if (entry.role !== 'viewer' && entry.notAfterMs !== 0) throw new CodecError('only a viewer may be a guest');
    if (entry.grants !== 'all') {
      mustAscend(entry.grants, (camera) => camera);
      if (entry.role === 'agent' || entry.role === 'recovery') throw new CodecError('grants on what views nothing');
    }
  }
}

function writeEntry(writer: Writer, entry: RosterEntry): void {
  writeExactly(writeId(writer, entry.deviceId), entry.sigPub, PUBLIC_KEY_BYTES);
  ROLE.write(writer, entry.role);
  if (entry.grants === 'all') writer.u8(ALL);
  else writeList(writer.u8(SOME), entry.grants, LIMITS.camerasPerHome, writeId);
  writer.u64(entry.notAfterMs);
}

function readEntry(reader: Reader): RosterEntry {
  return {
    deviceId: readId(reader, deviceId),
    sigPub: readCopy(reader, PUBLIC_KEY_BYTES),
    role: ROLE.read(reader),
    grants: readGrants(reader),
    notAfterMs: millis(reader.u64()),
  };
}

function readGrants(reader: Reader): Grants {
  const kind = reader.u8();
  if (kind === ALL) return 'all';
  if (kind !== SOME) throw new CodecError('unknown kind of grants');
  return readList(reader, LIMITS.camerasPerHome, (r) => readId(r, cameraId));
}
