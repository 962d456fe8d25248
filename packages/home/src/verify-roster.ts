/** Which rosters are believed: the genesis names the home, each next one is signed by an admin of the one before. */
import { CodecError, equalBytes, homeId, idFromBytes, SealcamError } from '@sealcam/protocol';
import type { DeviceId, HomeId } from '@sealcam/protocol';
import { sha256 } from './digest.ts';
import { decodeSignedRoster, encodeRoster, GENESIS_VERSION } from './roster.ts';
import type { Role, Roster, RosterEntry, SignedRoster } from './roster.ts';
import { deviceIdOf, isPublicKey, verifySignature } from './signature.ts';

/** The verified end of a roster chain. Made only by the functions of this file. */
export interface Head {
  readonly homeId: HomeId;
  readonly version: number;
  /** 32 bytes: SHA-256 of all but the signature. */
  readonly hash: Uint8Array;
  readonly roster: Roster;
  /** Body ‖ signature, to store and to hand on. */
  readonly bytes: Uint8Array;
  /** What its signer was in the roster before; `recovery` needs a confirmation at the agent and is said on every screen for 7 days. */
  readonly signerRole: Role;
  /** Who might have signed another roster of this version: admins and the recovery sheet of the one before. Empty for the first roster. */
  readonly signers: readonly RosterEntry[];
}

/** @throws {SealcamError} `roster.invalid` or `codec.malformed` */
export async function verifyGenesis(bytes: Uint8Array): Promise<Head> {
  const { roster, body, signature } = decodeSignedRoster(bytes);
  if (roster.version !== GENESIS_VERSION) throw invalid('not a first roster');
  checkMembers(roster);
  const signer = roster.entries.find((entry) => entry.deviceId === roster.signerId);
  if (signer?.role !== 'admin') throw invalid('not signed by an admin');
  await checkKeys(roster, []);
  if (!(await verifySignature(signer.sigPub, body, signature))) throw invalid('signature');
  const hash = await sha256(body);
  return {
    homeId: idFromBytes(homeId, hash.subarray(0, 16)),
    version: roster.version,
    hash,
    roster,
    bytes: Uint8Array.from(bytes),
    signerRole: signer.role,
    signers: [],
  };
}

/**
 * Judged in this order: home, version, signature, ancestor. What no admin of ours signed is not ours, whatever it says of its ancestor.
 * @throws {SealcamError} `roster.stale` when this version is there already (two admins at once: the second one loses),
 * `roster.forked` when an admin of ours signed it and it follows another roster, `roster.invalid` for everything else that is wrong with it
 */
export async function verifyNext(head: Head, bytes: Uint8Array): Promise<Head> {
  const next = decodeSignedRoster(bytes);
  const { roster, body } = next;
  checkPlace(head, roster);
  const signerRole = await checkSigner(signersOf(head), next);
  if (!equalBytes(roster.prevHash, head.hash)) throw new SealcamError('roster.forked', 'it follows another roster');
  checkMembers(roster);
  if (signerRole === 'recovery') checkRecovery(head.roster, roster);
  await checkKeys(roster, head.roster.entries);
  return {
    homeId: head.homeId,
    version: roster.version,
    hash: await sha256(body),
    roster,
    bytes: Uint8Array.from(bytes),
    signerRole,
    signers: signersOf(head),
  };
}

/** From the genesis on. @param expected the home that was asked for; another one is `roster.forked` */
export async function verifyChain(rosters: readonly Uint8Array[], expected?: HomeId): Promise<Head> {
  const [genesis, ...later] = rosters;
  if (genesis === undefined) throw new CodecError('an empty chain');
  let head = await verifyGenesis(genesis);
  if (expected !== undefined && head.homeId !== expected)
    throw new SealcamError('roster.forked', 'the chain of another home');
  for (const bytes of later) head = await verifyNext(head, bytes);
  return head;
}

/**
 * What a device does with rosters that it is handed while it holds a head: same or longer is fine. Home and signature come before the
 * hash: only a second roster of the head's version that somebody signed who could have signed ours is a fork.
 * @param rosters ascending and without gaps, beginning at any version up to `head.version + 1`; versions below the head are skipped
 * @returns the new head; the very same object when nothing is new
 * @throws {SealcamError} `roster.forked` for a second list of this home's admins; `roster.rollback` when all of them end below the head
 * (nothing is said of who signed them: compare them with the chain); `roster.invalid` and `codec.malformed` for what is not this home's
 */
export async function extendHead(head: Head, rosters: readonly Uint8Array[]): Promise<Head> {
  let end = head;
  let highest = 0;
  for (const bytes of rosters) {
    const { roster } = decodeSignedRoster(bytes);
    highest = Math.max(highest, roster.version);
    if (roster.version > head.version) end = await verifyNext(end, bytes);
    else if (roster.version === head.version) await checkSame(head, bytes);
    else if (roster.homeId !== undefined && roster.homeId !== head.homeId) throw invalid('another home');
  }
  if (rosters.length > 0 && highest < head.version)
    throw new SealcamError('roster.rollback', `${highest} after ${head.version}`);
  return end;
}

/** The head's own version once more. */
async function checkSame(head: Head, bytes: Uint8Array): Promise<void> {
  const other = decodeSignedRoster(bytes);
  // Another first roster is another home: its id is its hash.
  if (other.roster.homeId !== head.roster.homeId) throw invalid('another home');
  if (equalBytes(await sha256(other.body), head.hash)) return;
  await checkSigner(head.signers, other);
  throw new SealcamError('roster.forked', `two rosters of version ${head.version}`);
}

/** What the next roster names as its ancestor, and the household code is made of. Without any check. @throws {CodecError} */
export async function rosterHash(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return await sha256(decodeSignedRoster(bytes).body);
}

/** A member of the roster, or undefined. */
export function member(head: Head, device: DeviceId): RosterEntry | undefined {
  return head.roster.entries.find((entry) => entry.deviceId === device);
}

/** The home's one agent. */
export function agentOf(head: Head): RosterEntry {
  const agent = head.roster.entries.find((entry) => entry.role === 'agent');
  if (agent === undefined) throw invalid('no agent');
  return agent;
}

/** The next time at which a guest's time ends or a route expires, above `nowMs`; undefined when none does. The agent rotates then. */
export function nextExpiryMs(head: Head, nowMs: number): number | undefined {
  const ends = [...head.roster.entries, ...head.roster.routes]
    .map((item) => item.notAfterMs)
    .filter((end) => end > nowMs);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** One agent and at least one admin; used on what is built, too. @throws {SealcamError} `roster.invalid` */
export function checkMembers(roster: Roster): void {
  const count = (role: Role) => roster.entries.filter((entry) => entry.role === role).length;
  if (count('agent') !== 1) throw invalid('not exactly one agent');
  if (count('admin') === 0) throw invalid('no admin');
}

function checkPlace(head: Head, roster: Roster): void {
  if (roster.version === GENESIS_VERSION) throw new SealcamError('roster.stale', 'a first roster');
  if (roster.homeId !== head.homeId) throw invalid('another home');
  if (roster.version <= head.version)
    throw new SealcamError('roster.stale', `version ${roster.version} at ${head.version}`);
  if (roster.version !== head.version + 1) throw invalid('a gap in the chain');
}

function signersOf(head: Head): readonly RosterEntry[] {
  return head.roster.entries.filter(({ role }) => role === 'admin' || role === 'recovery');
}

async function checkSigner(signers: readonly RosterEntry[], { roster, body, signature }: SignedRoster): Promise<Role> {
  const signer = signers.find(({ deviceId }) => deviceId === roster.signerId);
  if (signer === undefined) throw invalid('not signed by an admin');
  if (!(await verifySignature(signer.sigPub, body, signature))) throw invalid('signature');
  return signer.role;
}

/** Each id is the hash of its key, so that ids in strict order are unique keys. What was there before was checked before. */
async function checkKeys(roster: Roster, before: readonly RosterEntry[]): Promise<void> {
  const known = new Map(before.map((entry) => [entry.deviceId, entry.sigPub]));
  for (const { deviceId, sigPub } of roster.entries) {
    const old = known.get(deviceId);
    if (old !== undefined && equalBytes(old, sigPub)) continue;
    if ((await deviceIdOf(sigPub)) !== deviceId || !(await isPublicKey(sigPub)))
      throw invalid('a device id that is not of its key');
  }
}

/**
 * The paper sheet may change only entries that are admin in n or n+1: it can bring an admin back, and no more. All other entries and
 * all routes must be the same bytes, for which both rosters are encoded without their admins and compared.
 */
function checkRecovery(before: Roster, after: Roster): void {
  const admins = new Set(
    [...before.entries, ...after.entries].filter((entry) => entry.role === 'admin').map((entry) => entry.deviceId),
  );
  const rest = (roster: Roster) =>
    encodeRoster({
      ...after,
      entries: roster.entries.filter((entry) => !admins.has(entry.deviceId)),
      routes: roster.routes,
    });
  if (!equalBytes(rest(before), rest(after))) throw invalid('recovery may change admins only');
}

function invalid(detail: string): SealcamError {
  return new SealcamError('roster.invalid', detail);
}
