/** A's half of what both ways of pairing share: what it says of the home, what it believes of a device, and letting it in. */
import { concat, equalBytes, SealcamError, type MailboxId } from '@sealcam/protocol';
import type { DeviceKeys } from './device-keys.ts';
import { homeNameBytes, pressBytes, wishBytes } from './pairing-device.ts';
import { encodePairingMessage, type DevicePublic, type HomeWords, type SignedWish } from './pairing-messages.ts';
import { pairingStep } from './pairing.ts';
import type { AdminHome, PairedDevice, PairingFailed, PairingStep } from './pairing.ts';
import { sign } from './sign.ts';
import { deviceIdOf, isPublicKey, verifySignature } from './signature.ts';
import { extendHead, member } from './verify-roster.ts';

/** What A brings to any pairing; part of the states, never sent. */
export interface AdminSession {
  readonly keys: DeviceKeys;
  readonly mailboxId: MailboxId;
  readonly home: AdminHome;
}

/** @throws {SealcamError} `device.role` for a device that is no admin of its home */
export async function homeWords(session: AdminSession): Promise<HomeWords> {
  const { keys, home } = session;
  if (member(home.head, keys.deviceId)?.role !== 'admin') throw new SealcamError('device.role');
  const nameSignature = await sign(keys, homeNameBytes(session.mailboxId, home.homeName));
  return { sigPub: keys.sigPub, epoch: home.epoch, homeName: home.homeName, nameSignature };
}

/** D's keys are keys, and its name is its own word. Whether they are the person's device's is for the caller: the hash in the QR, or the digits. */
export async function believeDevice(mailbox: MailboxId, device: DevicePublic, wish: SignedWish): Promise<PairedDevice> {
  const ok =
    (await isPublicKey(device.hpkePub)) &&
    (await verifySignature(device.sigPub, wishBytes(mailbox, wish), wish.signature));
  if (!ok) throw new SealcamError('pair.refused', 'the keys of the device');
  const { sigPub, hpkePub } = device;
  const { kind, name, model, route } = wish;
  return { deviceId: await deviceIdOf(sigPub), sigPub, hpkePub, kind, name, model, route };
}

/** @throws {SealcamError} `pair.refused` */
export function mustBePaired(device: PairedDevice): void {
  if (device.kind === 'agent') throw new SealcamError('pair.refused', 'an agent is claimed, not paired');
}

/** The person at D pressed OK, says D's key. */
export async function mustBePress(device: PairedDevice, transcript: Uint8Array, signature: Uint8Array): Promise<void> {
  if (!(await verifySignature(device.sigPub, pressBytes(transcript), signature)))
    throw new SealcamError('pair.refused', 'the press');
}

/**
 * The `welcome` for D: the same checks that D will make, so that a mistake is found here and not on a display.
 * @param next rosters after `home.head`, the last one signed by A and with D in it
 */
export async function welcome(
  session: AdminSession,
  device: PairedDevice,
  next: Uint8Array | readonly Uint8Array[],
): Promise<Uint8Array<ArrayBuffer>> {
  const rosters = next instanceof Uint8Array ? [next] : next;
  const head = await extendHead(session.home.head, rosters);
  const entry = member(head, device.deviceId);
  const good = head.version > session.home.head.version && head.roster.signerId === session.keys.deviceId;
  if (!good || entry === undefined || !equalBytes(entry.sigPub, device.sigPub)) {
    throw new SealcamError('roster.invalid', 'the device is not in what was signed');
  }
  return encodePairingMessage({ is: 'welcome', rosters: rosters.map((roster) => concat(roster)) });
}

/** The last step of A, either way: hands D the roster with D in it. @param state after the press. @param next as in `welcome` */
export async function letIn(
  state: {
    readonly at: string;
    readonly expiresMs: number;
    readonly session: AdminSession;
    readonly device: PairedDevice;
  },
  next: Uint8Array | readonly Uint8Array[],
  nowMs: number,
): Promise<PairingStep<{ readonly at: 'done'; readonly device: PairedDevice } | PairingFailed>> {
  const { session, device } = state;
  return await pairingStep<{ readonly at: 'done'; readonly device: PairedDevice }>(
    state,
    undefined,
    nowMs,
    async () => ({
      state: { at: 'done', device },
      send: [await welcome(session, device, next)],
    }),
  );
}
