/**
 * What both ways of pairing share. D is the device (or agent) that shows a code, A an admin's device. The machines take a state and
 * the other side's bytes and return `{ state, send }`; `send` goes through the relay's mailbox as `post` bodies, in order.
 * They hold no socket and no clock: time is handed in.
 */
import { SealcamError, type DeviceId, type Epoch, type ErrorCode, type HomeId } from '@sealcam/protocol';
import type { Declared, MemberKind } from './names.ts';
import { decodePairingMessage, encodePairingMessage, type PairingMessage } from './pairing-messages.ts';
import type { Head } from './verify-roster.ts';

/** A state and what to post to the other side now. */
export interface PairingStep<State> {
  readonly state: State;
  readonly send: readonly Uint8Array<ArrayBuffer>[];
}

/** Nothing was paired; a new code must be shown. */
export interface PairingFailed {
  readonly at: 'failed';
  readonly code: ErrorCode;
}

/** What A knows of the device that wants in; verified. Name, model and route are D's own word. */
export interface PairedDevice extends Declared {
  readonly deviceId: DeviceId;
  readonly sigPub: Uint8Array;
  readonly hpkePub: Uint8Array;
  readonly kind: MemberKind;
  readonly name: string;
}

/** What D knows of the home that wants it. */
export interface OfferedHome {
  readonly homeId: HomeId;
  readonly homeName: string;
  /** The admin's device. */
  readonly adminId: DeviceId;
  /** The admin's highest epoch: D refuses anything below. */
  readonly epoch: Epoch;
  readonly head: Head;
  /** The chain up to `head`, signed rosters from the genesis on. */
  readonly rosters: readonly Uint8Array[];
}

/** D belongs to the home: store `home.head`, connect. */
export interface PairingJoined {
  readonly at: 'joined';
  readonly home: OfferedHome;
}

/** What A brings into a pairing with its existing home. */
export interface AdminHome {
  readonly head: Head;
  /** The whole chain from the genesis on. */
  readonly rosters: readonly Uint8Array[];
  readonly homeName: string;
  readonly epoch: Epoch;
}

/** Both sides give up after this long. */
export const PAIRING_MS: number = 5 * 60_000;

/** To post when a person cancels: the other side fails with this code instead of waiting. */
export function pairingCancelled(): Uint8Array<ArrayBuffer> {
  return encodePairingMessage({ is: 'failed', code: 'pair.left' });
}

interface Running {
  readonly at: string;
  readonly expiresMs: number;
}

/**
 * One step of any of the machines: too late, told to stop, or whatever `next` makes of the message. What does not verify ends the
 * pairing on both sides; there is no second chance with the same code, nonces or secret.
 */
export async function pairingStep<State>(
  state: Running,
  body: Uint8Array | undefined,
  nowMs: number,
  next: (message: PairingMessage | undefined) => Promise<PairingStep<State>>,
): Promise<PairingStep<State | PairingFailed>> {
  try {
    if (nowMs >= state.expiresMs) throw new SealcamError('pair.expired');
    const message = body === undefined ? undefined : decodePairingMessage(body);
    if (message?.is === 'failed') return { state: { at: 'failed', code: pairingCode(message.code) }, send: [] };
    return await next(message);
  } catch (error) {
    if (!(error instanceof SealcamError) || error.code === 'internal') throw error;
    return pairingFailed(error.code);
  }
}

/** The end, told to the other side too. */
export function pairingFailed(code: ErrorCode): PairingStep<PairingFailed> {
  const told = pairingCode(code);
  return { state: { at: 'failed', code: told }, send: [encodePairingMessage({ is: 'failed', code: told })] };
}

/** To a person "the list of members is not valid" means nothing in the middle of a pairing. */
function pairingCode(code: ErrorCode): ErrorCode {
  return code.startsWith('pair.') ? code : 'pair.refused';
}

/** A message of another kind than this moment allows. */
export function unexpected(message: PairingMessage | undefined): SealcamError {
  return new SealcamError('pair.refused', `${message?.is ?? 'nothing'} at the wrong moment`);
}
