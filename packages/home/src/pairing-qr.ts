/**
 * Pairing by a QR code or a link: its fragment holds a hash of D's keys and a secret that only A's camera saw.
 *
 *   D→A  keys, Sign_D("sealcam/1 pop" ‖ mailboxId ‖ sigPub_D ‖ hpkePub_D)                      A checks the hash
 *   A→D  chain, Sign_A("sealcam/1 qr-a" ‖ T), HMAC(HKDF(s, "", "sealcam/1 qr", 32), "a2d" ‖ T)    D shows the home, waits for a press
 *   D→A  press, A→D  the roster with D in it
 *   T = mailboxId ‖ sigPub_D ‖ hpkePub_D ‖ homeId ‖ headVersion u64 ‖ headHash ‖ epoch ‖ sigPub_A
 */
import { concat, equalBytes, label, SealcamError, Writer, type Epoch, type MailboxId } from '@sealcam/protocol';
import { writeId } from './codec.ts';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import { sha256 } from './digest.ts';
import type { MemberKind } from './names.ts';
import { believeDevice, homeWords, letIn, mustBePaired, mustBePress, type AdminSession } from './pairing-admin.ts';
import {
  believeHome,
  joinHome,
  makePress,
  makeWish,
  publicOf,
  wishOf,
  withChain,
  type DeviceSession,
} from './pairing-device.ts';
import { PAIRING_SECRET_BYTES, type PairingLink } from './pairing-link.ts';
import { chainMessages, encodePairingMessage, type DevicePublic, type PairingMessage } from './pairing-messages.ts';
import { PAIRING_MS, pairingStep, unexpected } from './pairing.ts';
import type { AdminHome, OfferedHome, PairedDevice, PairingFailed, PairingJoined, PairingStep } from './pairing.ts';
import { sign } from './sign.ts';
import { verifySignature } from './signature.ts';
import { member, type Head } from './verify-roster.ts';

interface QrDeviceSession extends DeviceSession {
  readonly secret: Uint8Array;
}

/** D. `showing` the code → `offered` (show the home's name, wait for a press) → `joining` → `joined`. An agent goes straight to `joined`. */
export type QrDevice =
  | { readonly at: 'showing'; readonly expiresMs: number; readonly session: QrDeviceSession }
  | {
      readonly at: 'offered';
      readonly home: OfferedHome;
      readonly expiresMs: number;
      readonly session: QrDeviceSession;
      readonly transcript: Uint8Array;
    }
  | {
      readonly at: 'joining';
      readonly home: OfferedHome;
      readonly expiresMs: number;
      readonly session: QrDeviceSession;
    }
  | PairingJoined
  | PairingFailed;

export interface ShowQr {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  /** Random; registered at the relay with `open`. */
  readonly mailboxId: MailboxId;
  /** `agent` shows a claim link and is a member without a press; everything else waits for one. */
  readonly kind: MemberKind;
  /** Proposed name. */
  readonly name: string;
  /** As typed or known; absent: not declared. */
  readonly model?: string;
  /** The partner whose display this is; absent: the home's own. */
  readonly route?: string;
  readonly nowMs: number;
}

/** `link` goes into the fragment; `send` may be posted at once, the mailbox holds it. */
export async function showQr(input: ShowQr): Promise<PairingStep<QrDevice> & { readonly link: PairingLink }> {
  const { keys, hpke, mailboxId, kind, name } = input;
  const wish = wishOf(kind, name, input);
  const secret = crypto.getRandomValues(new Uint8Array(PAIRING_SECRET_BYTES));
  const session: QrDeviceSession = { keys, hpke, mailboxId, wish, secret, rosters: [] };
  const own = publicOf(session);
  const pop = await sign(keys, popBytes(mailboxId, own));
  return {
    state: { at: 'showing', expiresMs: input.nowMs + PAIRING_MS, session },
    send: [encodePairingMessage({ is: 'hello', ...own, pop, wish: await makeWish(session) })],
    link: { mailboxId, keysHash: await keysHash(own), secret },
  };
}

/** @param body one `mail` body. Never throws for what is in it: the state becomes `failed`. */
export async function qrDeviceReceive(
  state: QrDevice,
  body: Uint8Array,
  nowMs: number,
): Promise<PairingStep<QrDevice>> {
  if (state.at === 'joined' || state.at === 'failed') return { state, send: [] };
  return await pairingStep<QrDevice>(state, body, nowMs, async (message) => {
    if (state.at === 'showing' && message?.is === 'chain') {
      return { state: { ...state, session: withChain(state.session, message.rosters) }, send: [] };
    }
    if (state.at === 'showing' && message?.is === 'offer') return await takeOffer(state, message);
    if (state.at === 'joining' && message?.is === 'welcome') {
      return { state: await joinHome(state.session, state.home, message.rosters), send: [] };
    }
    throw unexpected(message);
  });
}

/** The person pressed OK under the home's name. */
export async function qrDevicePress(state: QrDevice, nowMs: number): Promise<PairingStep<QrDevice>> {
  if (state.at !== 'offered') return { state, send: [] };
  return await pairingStep<QrDevice>(state, undefined, nowMs, async () => {
    const { home, expiresMs, session, transcript } = state;
    return { state: { at: 'joining', home, expiresMs, session }, send: [await makePress(session, transcript)] };
  });
}

async function takeOffer(
  state: Extract<QrDevice, { at: 'showing' }>,
  offer: Extract<PairingMessage, { is: 'offer' }>,
): Promise<PairingStep<QrDevice>> {
  const { session, expiresMs } = state;
  const home = await believeHome(session, offer);
  const own = publicOf(session);
  const t = qrTranscript(session.mailboxId, own, home.head, offer);
  const key = await macKey(session.secret);
  // The MAC says that A saw the code; without it any admin of any home could answer for the one in front of the screen.
  const seen = await crypto.subtle.verify('HMAC', key, concat(offer.mac), macBytes(t));
  if (!seen || !(await verifySignature(offer.sigPub, offerBytes(t), offer.signature)))
    throw new SealcamError('pair.refused', 'the offer');
  const transcript = await sha256(t);
  const inside = member(home.head, session.keys.deviceId);
  if (session.wish.kind !== 'agent') {
    if (inside !== undefined) throw new SealcamError('pair.refused', 'a member before it said yes');
    return { state: { at: 'offered', home, expiresMs, session, transcript }, send: [] };
  }
  // An agent has no screen and no one to press: its claim link was read from its own console, and A made the roster with it inside.
  if (inside?.role !== 'agent' || home.head.roster.signerId !== home.adminId)
    throw new SealcamError('pair.refused', 'not made its agent');
  return { state: { at: 'joined', home }, send: [await makePress(session, transcript)] };
}

interface QrAdminSession extends AdminSession {
  readonly link: PairingLink;
}

/** A. Joined the mailbox: `waiting` → `offered` (choose cameras meanwhile; `pressed` when the person there said yes) → `done` after `qrAdmit`. */
export type QrAdmin =
  | { readonly at: 'waiting'; readonly expiresMs: number; readonly session: QrAdminSession }
  | {
      readonly at: 'offered';
      readonly device: PairedDevice;
      readonly pressed: boolean;
      readonly expiresMs: number;
      readonly session: QrAdminSession;
      readonly transcript: Uint8Array;
    }
  | { readonly at: 'done'; readonly device: PairedDevice }
  | PairingFailed;

export interface ScanQr {
  readonly keys: DeviceKeys;
  readonly link: PairingLink;
  readonly home: AdminHome;
  readonly nowMs: number;
}

/** The beginning of A's side, once it has joined the mailbox of the link. */
export function scanQr(input: ScanQr): QrAdmin {
  const { keys, link, home } = input;
  return {
    at: 'waiting',
    expiresMs: input.nowMs + PAIRING_MS,
    session: { keys, link, home, mailboxId: link.mailboxId },
  };
}

/** @param body one `mail` body. Never throws for what is in it. */
export async function qrAdminReceive(state: QrAdmin, body: Uint8Array, nowMs: number): Promise<PairingStep<QrAdmin>> {
  if (state.at === 'done' || state.at === 'failed') return { state, send: [] };
  return await pairingStep<QrAdmin>(state, body, nowMs, async (message) => {
    const { session, expiresMs } = state;
    if (state.at === 'waiting' && message?.is === 'hello') {
      const device = await takeHello(session.link, message);
      mustBePaired(device);
      const { send, transcript } = await makeOffer(session, device);
      return { state: { at: 'offered', device, pressed: false, expiresMs, session, transcript }, send };
    }
    if (state.at === 'offered' && message?.is === 'press') {
      await mustBePress(state.device, state.transcript, message.signature);
      return { state: { ...state, pressed: true }, send: [] };
    }
    throw unexpected(message);
  });
}

/**
 * After `pressed`, and after the relay took the next roster: hands it to D.
 * @param next signed rosters after `home.head` (one, or several when others changed the home meanwhile), the last by A and with D in it
 * @throws {SealcamError} `internal` before the press
 */
export async function qrAdmit(
  state: QrAdmin,
  next: Uint8Array | readonly Uint8Array[],
  nowMs: number,
): Promise<PairingStep<QrAdmin>> {
  if (state.at === 'done' || state.at === 'failed') return { state, send: [] };
  if (state.at !== 'offered' || !state.pressed) throw new SealcamError('internal', 'let in before the press');
  return await letIn(state, next, nowMs);
}

/** D's keys are those the QR code named, and D holds them. @throws {SealcamError} `pair.refused` */
export async function takeHello(
  link: PairingLink,
  hello: Extract<PairingMessage, { is: 'hello' }>,
): Promise<PairedDevice> {
  const named = equalBytes(await keysHash(hello), link.keysHash);
  const held = await verifySignature(hello.sigPub, popBytes(link.mailboxId, hello), hello.pop);
  if (!named || !held) throw new SealcamError('pair.refused', 'not the device that showed the code');
  return await believeDevice(link.mailboxId, hello, hello.wish);
}

/** The chain and A's word on it, for this device and no other. */
export async function makeOffer(
  session: QrAdminSession,
  device: DevicePublic,
): Promise<{ readonly send: readonly Uint8Array<ArrayBuffer>[]; readonly transcript: Uint8Array }> {
  const home = await homeWords(session);
  const t = qrTranscript(session.mailboxId, device, session.home.head, home);
  const signature = await sign(session.keys, offerBytes(t));
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', await macKey(session.link.secret), macBytes(t)));
  const offer = encodePairingMessage({ is: 'offer', ...home, signature, mac });
  return { send: [...chainMessages(session.home.rosters), offer], transcript: await sha256(t) };
}

function qrTranscript(
  mailbox: MailboxId,
  device: DevicePublic,
  head: Head,
  admin: { readonly epoch: Epoch; readonly sigPub: Uint8Array },
): Uint8Array {
  const writer = writeId(new Writer(), mailbox).bytes(device.sigPub).bytes(device.hpkePub);
  return writeId(writer, head.homeId).u64(head.version).bytes(head.hash).u64(admin.epoch).bytes(admin.sigPub).finish();
}

async function keysHash({ sigPub, hpkePub }: DevicePublic): Promise<Uint8Array> {
  return await sha256(sigPub, hpkePub);
}

function popBytes(mailbox: MailboxId, { sigPub, hpkePub }: DevicePublic): Uint8Array {
  return writeId(new Writer().label('sealcam/1 pop'), mailbox).bytes(sigPub).bytes(hpkePub).finish();
}

function offerBytes(t: Uint8Array): Uint8Array {
  return concat(label('sealcam/1 qr-a'), t);
}

function macBytes(t: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat(label('a2d'), t);
}

async function macKey(secret: Uint8Array): Promise<CryptoKey> {
  const ikm = await crypto.subtle.importKey('raw', concat(secret), 'HKDF', false, ['deriveKey']);
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: concat(label('sealcam/1 qr')) };
  return await crypto.subtle.deriveKey(hkdf, ikm, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, [
    'sign',
    'verify',
  ]);
}
