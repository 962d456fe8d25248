/** D's half of what both ways of pairing share: what it says of itself, what it believes of a home, and the roster that lets it in. */
import {
  equalBytes,
  label,
  LIMITS,
  NO_MODEL,
  normalModel,
  SEALED_ROUTE,
  SealcamError,
  Writer,
  type MailboxId,
} from '@sealcam/protocol';
import { writeId } from './codec.ts';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import type { Declared, MemberKind } from './names.ts';
import {
  encodePairingMessage,
  writeWish,
  type DevicePublic,
  type HomeWords,
  type SignedWish,
  type Wish,
} from './pairing-messages.ts';
import type { OfferedHome, PairingJoined } from './pairing.ts';
import { sign } from './sign.ts';
import { deviceIdOf, verifySignature } from './signature.ts';
import { extendHead, member, verifyChain } from './verify-roster.ts';

/** What D brings to any pairing; part of the states, never sent. */
export interface DeviceSession {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  readonly mailboxId: MailboxId;
  readonly wish: Wish;
  /** The chain as far as it came. */
  readonly rosters: readonly Uint8Array[];
}

/** What D says of itself before anything is signed. */
export function publicOf({ keys, hpke }: DeviceSession): DevicePublic {
  return { sigPub: keys.sigPub, hpkePub: hpke.hpkePub };
}

/** A chain longer than this does not fit a pairing: 4 MB of rosters. */
const CHAIN_ROSTERS = 8 * LIMITS.rosterChainLength;
const CHAIN_BYTES = 32 * LIMITS.rosterBytes;

/** @throws {SealcamError} `pair.refused` above the bounds: the sender is not known yet */
export function withChain<S extends DeviceSession>(session: S, rosters: readonly Uint8Array[]): S {
  const all = [...session.rosters, ...rosters];
  const bytes = all.reduce((sum, roster) => sum + roster.length, 0);
  if (all.length > CHAIN_ROSTERS || bytes > CHAIN_BYTES)
    throw new SealcamError('pair.refused', 'the chain is too long');
  return { ...session, rosters: all };
}

/** The bytes under D's signature on what it says of itself: the relay carries them and must not change them. */
export function wishBytes(mailbox: MailboxId, wish: Wish): Uint8Array {
  return writeWish(writeId(new Writer().label('sealcam/1 pair-d'), mailbox), wish).finish();
}

/** @param said the model as somebody typed it or the device knows it; nothing for none. The route is the home's own unless a partner's is named */
export function wishOf(kind: MemberKind, name: string, said: Partial<Declared>): Wish {
  return { kind, name, model: normalModel(said.model ?? NO_MODEL), route: said.route ?? SEALED_ROUTE };
}

/** The bytes under A's signature on the home's name, which is what the person at D says yes to. */
export function homeNameBytes(mailbox: MailboxId, homeName: string): Uint8Array {
  return writeId(new Writer().label('sealcam/1 pair-a'), mailbox).text16(homeName).finish();
}

/** The bytes under D's signature on the person's yes. @param transcript hash of all that both sides agreed on before */
export function pressBytes(transcript: Uint8Array): Uint8Array {
  return new Writer().bytes(label('sealcam/1 press')).bytes(transcript).finish();
}

/** What D says of itself, signed. */
export async function makeWish({ keys, mailboxId, wish }: DeviceSession): Promise<SignedWish> {
  return { ...wish, signature: await sign(keys, wishBytes(mailboxId, wish)) };
}

/** The `press` message. */
export async function makePress(session: DeviceSession, transcript: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return encodePairingMessage({ is: 'press', signature: await sign(session.keys, pressBytes(transcript)) });
}

/**
 * The chain is one home's, A is an admin at its end, and the home's name is A's word.
 * Whether A is the person's own device is for the caller: the MAC under the QR's secret, or the digits.
 */
export async function believeHome(session: DeviceSession, words: HomeWords): Promise<OfferedHome> {
  const head = await verifyChain(session.rosters);
  const adminId = await deviceIdOf(words.sigPub);
  if (member(head, adminId)?.role !== 'admin') throw new SealcamError('pair.refused', 'no admin of that home');
  const named = await verifySignature(
    words.sigPub,
    homeNameBytes(session.mailboxId, words.homeName),
    words.nameSignature,
  );
  if (!named) throw new SealcamError('pair.refused', 'the name of the home');
  return { homeId: head.homeId, homeName: words.homeName, adminId, epoch: words.epoch, head, rosters: session.rosters };
}

/** D joins only a roster that extends the offered head, is signed by A and holds D's own key. */
export async function joinHome(
  session: DeviceSession,
  home: OfferedHome,
  next: readonly Uint8Array[],
): Promise<PairingJoined> {
  const head = await extendHead(home.head, next);
  const own = member(head, session.keys.deviceId);
  const byAdmin = head.version > home.head.version && head.roster.signerId === home.adminId;
  if (!byAdmin || own === undefined || !equalBytes(own.sigPub, session.keys.sigPub))
    throw new SealcamError('pair.refused', 'not let in');
  const added = next.slice(-(head.version - home.head.version));
  return { at: 'joined', home: { ...home, head, rosters: [...home.rosters, ...added] } };
}
