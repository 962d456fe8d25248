/**
 * Commands and replies under way: HPKE to the recipient of (body ‖ signature over info ‖ body), so that the relay sees neither a
 * camera's password nor what was asked.
 *
 *   command = seq u64 ‖ enc ‖ ct                 info = "sealcam/1 cmd" ‖ homeId ‖ deviceId ‖ seq
 *   reply   = seq u64 ‖ keySeq u64 ‖ enc ‖ ct    info = "sealcam/1 reply" ‖ homeId ‖ deviceId ‖ seq
 */
import { concat, Reader, SealcamError, Writer } from '@sealcam/protocol';
import type { DeviceId, HomeId } from '@sealcam/protocol';
import { writeId } from './codec.ts';
import { decodeCommand, encodeCommand, rolesFor, type Command } from './commands.ts';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import { hpkeOpen, hpkeSeal } from './hpke.ts';
import type { HpkeKey } from './hpke-key.ts';
import { isCurrent } from './may-view.ts';
import { decodeReply, encodeReply, isFinal, type Reply } from './replies.ts';
import type { RosterEntry } from './roster.ts';
import { sign } from './sign.ts';
import { splitSigned, verifySignature } from './signature.ts';
import { agentOf, member, type Head } from './verify-roster.ts';

export interface CommandToSeal {
  readonly head: Head;
  readonly keys: DeviceKeys;
  /** From the newest bulletin's manifest. */
  readonly agentHpkePub: Uint8Array;
  /** Above every earlier one of this device, kept across restarts: `max(last + 1, Unix milliseconds)`. */
  readonly seq: number;
  readonly command: Command;
}

/** On the device. */
export async function sealCommand(input: CommandToSeal): Promise<Uint8Array<ArrayBuffer>> {
  const { head, keys, seq } = input;
  const info = infoBytes('sealcam/1 cmd', head.homeId, keys.deviceId, seq);
  const sealed = await hpkeSeal(input.agentHpkePub, info, await signedBody(keys, info, encodeCommand(input.command)));
  return new Writer().u64(seq).bytes(sealed).finish();
}

export interface CommandToOpen {
  readonly head: Head;
  readonly hpke: HpkeKeys;
  /** As the relay says; believed only because the signature and the info hold it. */
  readonly deviceId: DeviceId;
  /** 0 when none was seen yet. */
  readonly lastSeq: number;
  readonly nowMs: number;
  readonly sealed: Uint8Array;
}

export interface OpenedCommand {
  readonly command: Command;
  /** Persist it as the device's `lastSeq` before the command is carried out. */
  readonly seq: number;
  readonly entry: RosterEntry;
}

/**
 * On the agent.
 * @throws {SealcamError} `device.unknown`, `device.expired`, `command.replayed`, `device.role`, `command.invalid` (does not decode), `command.refused` (does not open or verify)
 */
export async function openCommand(input: CommandToOpen): Promise<OpenedCommand> {
  const { head, deviceId } = input;
  const entry = member(head, deviceId);
  if (entry === undefined) throw new SealcamError('device.unknown');
  if (!isCurrent(entry, input.nowMs)) throw new SealcamError('device.expired');
  const { seq, sealed } = decoded(() => {
    const reader = new Reader(input.sealed);
    return { seq: reader.u64(), sealed: reader.rest() };
  });
  if (seq <= input.lastSeq) throw new SealcamError('command.replayed');
  const info = infoBytes('sealcam/1 cmd', head.homeId, deviceId, seq);
  const body = await verifiedBody(entry.sigPub, info, await hpkeOpen(input.hpke, info, sealed));
  const command = decoded(() => decodeCommand(body));
  if (!rolesFor(command).includes(entry.role)) throw new SealcamError('device.role');
  return { command, seq, entry };
}

export interface ReplyToSeal {
  readonly head: Head;
  readonly keys: DeviceKeys;
  /** The device's highest verified key. */
  readonly to: HpkeKey;
  /** Above every earlier reply to that device; `max(last + 1, Unix milliseconds)` will do. */
  readonly seq: number;
  /** The command's seq. */
  readonly re: number;
  readonly reply: Reply;
}

/** On the agent. */
export async function sealReply(input: ReplyToSeal): Promise<Uint8Array<ArrayBuffer>> {
  const { head, keys, to, seq } = input;
  const info = infoBytes('sealcam/1 reply', head.homeId, to.deviceId, seq);
  const sealed = await hpkeSeal(to.hpkePub, info, await signedBody(keys, info, encodeReply(input.re, input.reply)));
  return new Writer().u64(seq).u64(to.keySeq).bytes(sealed).finish();
}

export interface ReplyToOpen {
  readonly head: Head;
  readonly deviceId: DeviceId;
  readonly hpke: readonly HpkeKeys[];
  readonly lastSeq: number;
  readonly sealed: Uint8Array;
}

export interface OpenedReply {
  readonly seq: number;
  /** The command it answers. */
  readonly re: number;
  readonly final: boolean;
  readonly reply: Reply;
}

/** On the device. @throws {SealcamError} `command.replayed`, `command.invalid`, `command.refused` */
export async function openReply(input: ReplyToOpen): Promise<OpenedReply> {
  const { head } = input;
  const { seq, keySeq, sealed } = decoded(() => {
    const reader = new Reader(input.sealed);
    return { seq: reader.u64(), keySeq: reader.u64(), sealed: reader.rest() };
  });
  if (seq <= input.lastSeq) throw new SealcamError('command.replayed');
  const keys = input.hpke.find((each) => each.keySeq === keySeq);
  const info = infoBytes('sealcam/1 reply', head.homeId, input.deviceId, seq);
  const plain = keys === undefined ? undefined : await hpkeOpen(keys, info, sealed);
  const body = await verifiedBody(agentOf(head).sigPub, info, plain);
  const { re, reply } = decoded(() => decodeReply(body));
  return { seq, re, final: isFinal(reply), reply };
}

function infoBytes(words: string, home: HomeId, device: DeviceId, seq: number): Uint8Array {
  return writeId(writeId(new Writer().label(words), home), device)
    .u64(seq)
    .finish();
}

async function signedBody(keys: DeviceKeys, info: Uint8Array, body: Uint8Array): Promise<Uint8Array> {
  return concat(body, await sign(keys, concat(info, body)));
}

async function verifiedBody(sigPub: Uint8Array, info: Uint8Array, plain: Uint8Array | undefined): Promise<Uint8Array> {
  if (plain === undefined) throw new SealcamError('command.refused', 'does not open');
  const { body, signature } = decoded(() => splitSigned(plain));
  if (!(await verifySignature(sigPub, concat(info, body), signature)))
    throw new SealcamError('command.refused', 'signature');
  return body;
}

/** Whatever does not decode is one error to the asker. */
function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw new SealcamError('command.invalid', undefined, { cause: error });
  }
}
