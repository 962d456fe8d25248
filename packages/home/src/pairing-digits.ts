/**
 * Pairing by six digits: D commits before it sees A's nonce, so that nobody between them can search for a match.
 *
 *   (1) D→A commit  (2) A→D chain, sigPub_A, nonce_A  (3) D→A keys, nonce_D  (4) both compute the code; D shows it, the person types it into A
 *   then D→A press, A→D the roster with D in it
 */
import { equalBytes, SealcamError, utf8, type MailboxId } from '@sealcam/protocol';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
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
import { chainMessages, encodePairingMessage, PAIRING_NONCE_BYTES, type PairingMessage } from './pairing-messages.ts';
import { commitment, SAS_DIGITS, sasCode, sasTranscript } from './pairing-sas.ts';
import { PAIRING_MS, pairingFailed, pairingStep, unexpected } from './pairing.ts';
import type { AdminHome, OfferedHome, PairedDevice, PairingFailed, PairingJoined, PairingStep } from './pairing.ts';

interface DigitsDeviceSession extends DeviceSession {
  readonly nonce: Uint8Array;
  readonly digitCount: number;
}

/** D. `meeting` (shows the relay's four-digit number) → `digits` (shows the code, the home's name and OK) → `joining` → `joined`. */
export type DigitsDevice =
  | { readonly at: 'meeting'; readonly expiresMs: number; readonly session: DigitsDeviceSession }
  | {
      readonly at: 'digits';
      readonly digits: string;
      readonly home: OfferedHome;
      readonly expiresMs: number;
      readonly session: DigitsDeviceSession;
      readonly transcript: Uint8Array;
    }
  | {
      readonly at: 'joining';
      readonly digits: string;
      readonly home: OfferedHome;
      readonly expiresMs: number;
      readonly session: DigitsDeviceSession;
    }
  | PairingJoined
  | PairingFailed;

export interface ShowDigits {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  /** Random; registered at the relay with `open { digits: true }`. */
  readonly mailboxId: MailboxId;
  readonly kind: MemberKind;
  /** Proposed name. */
  readonly name: string;
  /** As typed or known; absent: not declared. */
  readonly model?: string;
  /** The partner whose display this is; absent: the home's own. */
  readonly route?: string;
  readonly nowMs: number;
  /** For tests alone, which measure a code short enough to be guessed now and then. */
  readonly unsafeDigits?: number;
}

/** `send` may be posted at once, the mailbox holds it. Call it anew, with a new mailbox, for each try: nonces are never used twice. */
export async function showDigits(input: ShowDigits): Promise<PairingStep<DigitsDevice>> {
  const { keys, hpke, mailboxId, kind, name } = input;
  const wish = wishOf(kind, name, input);
  const nonce = freshNonce();
  const own = { sigPub: keys.sigPub, hpkePub: hpke.hpkePub };
  return {
    state: {
      at: 'meeting',
      expiresMs: input.nowMs + PAIRING_MS,
      session: { keys, hpke, mailboxId, wish, rosters: [], nonce, digitCount: input.unsafeDigits ?? SAS_DIGITS },
    },
    send: [encodePairingMessage({ is: 'commit', commitment: await commitment(own, nonce) })],
  };
}

/** @param body one `mail` body. Never throws for what is in it: the state becomes `failed`. */
export async function digitsDeviceReceive(
  state: DigitsDevice,
  body: Uint8Array,
  nowMs: number,
): Promise<PairingStep<DigitsDevice>> {
  if (state.at === 'joined' || state.at === 'failed') return { state, send: [] };
  return await pairingStep<DigitsDevice>(state, body, nowMs, async (message) => {
    if (state.at === 'meeting' && message?.is === 'chain') {
      return { state: { ...state, session: withChain(state.session, message.rosters) }, send: [] };
    }
    if (state.at === 'meeting' && message?.is === 'answer') return await reveal(state, message);
    if (state.at === 'joining' && message?.is === 'welcome') {
      return { state: await joinHome(state.session, state.home, message.rosters), send: [] };
    }
    throw unexpected(message);
  });
}

/** The person pressed OK under the digits, after A said so. */
export async function digitsDevicePress(state: DigitsDevice, nowMs: number): Promise<PairingStep<DigitsDevice>> {
  if (state.at !== 'digits') return { state, send: [] };
  return await pairingStep<DigitsDevice>(state, undefined, nowMs, async () => {
    const { digits, home, expiresMs, session, transcript } = state;
    return { state: { at: 'joining', digits, home, expiresMs, session }, send: [await makePress(session, transcript)] };
  });
}

async function reveal(
  state: Extract<DigitsDevice, { at: 'meeting' }>,
  answer: Extract<PairingMessage, { is: 'answer' }>,
): Promise<PairingStep<DigitsDevice>> {
  const { session, expiresMs } = state;
  const home = await believeHome(session, answer);
  const device = publicOf(session);
  const transcript = await sasTranscript({
    mailboxId: session.mailboxId,
    commitment: await commitment(device, session.nonce),
    head: home.head,
    epoch: answer.epoch,
    adminSigPub: answer.sigPub,
    nonceA: answer.nonce,
    device,
    nonceD: session.nonce,
  });
  const digits = mustHaveCode(transcript, session.digitCount);
  const wish = await makeWish(session);
  return {
    state: { at: 'digits', digits, home, expiresMs, session, transcript },
    send: [encodePairingMessage({ is: 'reveal', ...device, nonce: session.nonce, wish })],
  };
}

/** Wrong codes so far, kept by A across reloads. */
export interface DigitTries {
  readonly wrong: number;
  /** 0 or the end of the lock, Unix milliseconds. */
  readonly lockedUntilMs: number;
}

export const NO_TRIES: DigitTries = { wrong: 0, lockedUntilMs: 0 };
const MOST_TRIES = 3;
export const LOCK_MS: number = 10 * 60_000;

/** Whether A must wait before it types another code. */
export function isLocked(tries: DigitTries, nowMs: number): boolean {
  return nowMs < tries.lockedUntilMs;
}

interface DigitsAdminSession extends AdminSession {
  readonly nonce: Uint8Array;
  readonly digitCount: number;
  /** D's, once it came: everything after is judged against it. */
  readonly commitment: Uint8Array | undefined;
}

/** What the person must have read off D's screen, and what it stands for. */
interface Expected {
  readonly digits: string;
  readonly transcript: Uint8Array;
}

/** A. `waiting` for D's keys → `typing` → `matched` (say "now press OK there"; `pressed`) → `done` after `digitsAdmit`. */
export type DigitsAdmin =
  | { readonly at: 'waiting'; readonly expiresMs: number; readonly session: DigitsAdminSession }
  | {
      readonly at: 'typing' | 'matched';
      readonly device: PairedDevice;
      readonly pressed: boolean;
      readonly expiresMs: number;
      readonly session: DigitsAdminSession;
      readonly expected: Expected;
    }
  | { readonly at: 'done'; readonly device: PairedDevice }
  | PairingFailed;

export interface TypeDigits {
  readonly keys: DeviceKeys;
  /** As the relay said at `joined`. */
  readonly mailboxId: MailboxId;
  readonly home: AdminHome;
  readonly tries: DigitTries;
  readonly nowMs: number;
  /** As in `ShowDigits`. */
  readonly unsafeDigits?: number;
}

/** `failed` with `pair.locked` while locked. */
export function joinDigits(input: TypeDigits): DigitsAdmin {
  if (isLocked(input.tries, input.nowMs)) return { at: 'failed', code: 'pair.locked' };
  const { keys, mailboxId, home } = input;
  const digitCount = input.unsafeDigits ?? SAS_DIGITS;
  return {
    at: 'waiting',
    expiresMs: input.nowMs + PAIRING_MS,
    session: { keys, mailboxId, home, nonce: freshNonce(), digitCount, commitment: undefined },
  };
}

/** @param body one `mail` body. Never throws for what is in it. */
export async function digitsAdminReceive(
  state: DigitsAdmin,
  body: Uint8Array,
  nowMs: number,
): Promise<PairingStep<DigitsAdmin>> {
  if (state.at === 'done' || state.at === 'failed') return { state, send: [] };
  return await pairingStep<DigitsAdmin>(state, body, nowMs, async (message) => {
    if (state.at === 'waiting' && message?.is === 'commit') return await answer(state, message.commitment);
    if (state.at === 'waiting' && message?.is === 'reveal') return await takeReveal(state, message);
    if ((state.at === 'typing' || state.at === 'matched') && message?.is === 'press') {
      await mustBePress(state.device, state.expected.transcript, message.signature);
      return { state: { ...state, pressed: true }, send: [] };
    }
    throw unexpected(message);
  });
}

async function answer(
  state: Extract<DigitsAdmin, { at: 'waiting' }>,
  committed: Uint8Array,
): Promise<PairingStep<DigitsAdmin>> {
  const { session } = state;
  // A second commitment would let whoever stands between choose after seeing the nonce.
  if (session.commitment !== undefined) throw new SealcamError('pair.refused', 'two commitments');
  const message = encodePairingMessage({ is: 'answer', ...(await homeWords(session)), nonce: session.nonce });
  return {
    state: { ...state, session: { ...session, commitment: committed } },
    send: [...chainMessages(session.home.rosters), message],
  };
}

async function takeReveal(
  state: Extract<DigitsAdmin, { at: 'waiting' }>,
  message: Extract<PairingMessage, { is: 'reveal' }>,
): Promise<PairingStep<DigitsAdmin>> {
  const { session, expiresMs } = state;
  const committed = session.commitment;
  if (committed === undefined || !equalBytes(committed, await commitment(message, message.nonce))) {
    throw new SealcamError('pair.refused', 'not what was committed to');
  }
  const device = await believeDevice(session.mailboxId, message, message.wish);
  mustBePaired(device);
  const transcript = await sasTranscript({
    mailboxId: session.mailboxId,
    commitment: committed,
    head: session.home.head,
    epoch: session.home.epoch,
    adminSigPub: session.keys.sigPub,
    nonceA: session.nonce,
    device,
    nonceD: message.nonce,
  });
  const expected: Expected = { digits: mustHaveCode(transcript, session.digitCount), transcript };
  return { state: { at: 'typing', device, pressed: false, expiresMs, session, expected }, send: [] };
}

/**
 * The person typed the code. Store `tries` before anything else; a mismatch burns this pairing and its nonces.
 * @param typed blanks and dashes in it are ignored
 */
export async function typeDigits(
  state: DigitsAdmin,
  typed: string,
  tries: DigitTries,
  nowMs: number,
): Promise<PairingStep<DigitsAdmin> & { readonly tries: DigitTries }> {
  if (state.at !== 'typing') return { state, send: [], tries };
  if (isLocked(tries, nowMs)) return { ...pairingFailed('pair.locked'), tries };
  const late = await pairingStep<DigitsAdmin>(state, undefined, nowMs, () => Promise.resolve({ state, send: [] }));
  if (late.state !== state) return { ...late, tries };
  if (equalBytes(utf8(typed.replaceAll(/[\s-]/gu, '')), utf8(state.expected.digits))) {
    return { state: { ...state, at: 'matched' }, send: [], tries: NO_TRIES };
  }
  const wrong = tries.wrong + 1;
  if (wrong < MOST_TRIES) return { ...pairingFailed('pair.mismatch'), tries: { wrong, lockedUntilMs: 0 } };
  return { ...pairingFailed('pair.locked'), tries: { wrong: 0, lockedUntilMs: nowMs + LOCK_MS } };
}

/** As `qrAdmit`, after `matched` and `pressed`. @throws {SealcamError} `internal` before both */
export async function digitsAdmit(
  state: DigitsAdmin,
  next: Uint8Array | readonly Uint8Array[],
  nowMs: number,
): Promise<PairingStep<DigitsAdmin>> {
  if (state.at === 'done' || state.at === 'failed') return { state, send: [] };
  if (state.at !== 'matched' || !state.pressed) throw new SealcamError('internal', 'let in before digits and press');
  return await letIn(state, next, nowMs);
}

function mustHaveCode(transcript: Uint8Array, digitCount: number): string {
  const code = sasCode(transcript, digitCount);
  if (code === undefined) throw new SealcamError('pair.refused', 'no code');
  return code;
}

function freshNonce(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(PAIRING_NONCE_BYTES));
}
