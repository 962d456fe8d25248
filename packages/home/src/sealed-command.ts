/**
 * Commands and replies under way: HPKE to the recipient of (body ‖ signature over info ‖ body), so that the relay sees neither a
 * camera's password nor what was asked. Both hang on a ticket: 16 bytes that this run of the agent gave to this device, once.
 *
 *   command = ticket 16 ‖ epoch u64 ‖ enc ‖ ct           info = "sealcam/2 cmd" ‖ homeId ‖ deviceId ‖ ticket ‖ epoch u64
 *   reply   = ticket 16 ‖ n u32 ‖ keySeq u64 ‖ enc ‖ ct  info = "sealcam/2 reply" ‖ homeId ‖ deviceId ‖ ticket ‖ n u32
 *
 * `epoch` and `keySeq` say to which key it is sealed; `n` counts the replies to one command from 0.
 */
import { concat, epoch, Reader, SealcamError, Writer } from '@sealcam/protocol';
import type { DeviceId, Epoch, HomeId } from '@sealcam/protocol';
import { readCopy, writeExactly, writeId } from './codec.ts';
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

/** A ticket's length. */
export const TICKET_BYTES = 16;

export interface CommandToSeal {
  readonly head: Head;
  readonly keys: DeviceKeys;
  /** The newest bulletin's: its epoch, and the agent's key in it. */
  readonly to: { readonly epoch: Epoch; readonly agentHpkePub: Uint8Array };
  /** As the agent gave it to this device; used for this command alone. */
  readonly ticket: Uint8Array;
  readonly command: Command;
}

/** On the device. */
export async function sealCommand(input: CommandToSeal): Promise<Uint8Array<ArrayBuffer>> {
  const { head, keys, to, ticket } = input;
  const info = commandInfo(head.homeId, keys.deviceId, ticket, to.epoch);
  const sealed = await hpkeSeal(to.agentHpkePub, info, await signedBody(keys, info, encodeCommand(input.command)));
  return writeExactly(new Writer(), ticket, TICKET_BYTES).u64(to.epoch).bytes(sealed).finish();
}

/** A command as it came: what can be read of it without a key. */
export interface SealedCommand {
  readonly ticket: Uint8Array;
  /** Of the bulletin to whose key it is sealed. */
  readonly epoch: Epoch;
  readonly sealed: Uint8Array;
}

/** @throws {SealcamError} `command.invalid` */
export function decodeSealedCommand(bytes: Uint8Array): SealedCommand {
  return decoded(() => {
    const reader = new Reader(bytes);
    return { ticket: readCopy(reader, TICKET_BYTES), epoch: epoch(reader.u64()), sealed: reader.rest() };
  });
}

export interface CommandToOpen {
  readonly head: Head;
  /** The agent's key of the command's epoch. */
  readonly hpke: HpkeKeys;
  /** As the relay says; believed only because the signature and the info hold it. */
  readonly deviceId: DeviceId;
  readonly nowMs: number;
  /** Its ticket was this device's, is used up by now, and is young enough: the caller's to know. */
  readonly sealed: SealedCommand;
}

export interface OpenedCommand {
  readonly command: Command;
  readonly entry: RosterEntry;
}

/**
 * On the agent.
 * @throws {SealcamError} `device.unknown`, `device.expired`, `device.role`, `command.invalid` (does not decode), `command.refused` (does not open or verify)
 */
export async function openCommand(input: CommandToOpen): Promise<OpenedCommand> {
  const { head, deviceId, sealed } = input;
  const entry = member(head, deviceId);
  if (entry === undefined) throw new SealcamError('device.unknown');
  if (!isCurrent(entry, input.nowMs)) throw new SealcamError('device.expired');
  const info = commandInfo(head.homeId, deviceId, sealed.ticket, sealed.epoch);
  const body = await verifiedBody(entry.sigPub, info, await hpkeOpen(input.hpke, info, sealed.sealed));
  const command = decoded(() => decodeCommand(body));
  if (!rolesFor(command).includes(entry.role)) throw new SealcamError('device.role');
  return { command, entry };
}

export interface ReplyToSeal {
  readonly head: Head;
  readonly keys: DeviceKeys;
  /** The device's highest verified key. */
  readonly to: HpkeKey;
  /** The command's. */
  readonly ticket: Uint8Array;
  /** 0 for the first reply to that command, then one more each time; each used once. */
  readonly n: number;
  readonly reply: Reply;
}

/** On the agent. */
export async function sealReply(input: ReplyToSeal): Promise<Uint8Array<ArrayBuffer>> {
  const { head, keys, to, ticket, n } = input;
  const info = replyInfo(head.homeId, to.deviceId, ticket, n);
  const sealed = await hpkeSeal(to.hpkePub, info, await signedBody(keys, info, encodeReply(input.reply)));
  return writeExactly(new Writer(), ticket, TICKET_BYTES).u32(n).u64(to.keySeq).bytes(sealed).finish();
}

/** A reply as it came: what can be read of it without a key. */
export interface SealedReply {
  readonly ticket: Uint8Array;
  readonly n: number;
  readonly keySeq: number;
  readonly sealed: Uint8Array;
}

/** @throws {SealcamError} `command.invalid` */
export function decodeSealedReply(bytes: Uint8Array): SealedReply {
  return decoded(() => {
    const reader = new Reader(bytes);
    const ticket = readCopy(reader, TICKET_BYTES);
    return { ticket, n: reader.u32(), keySeq: reader.u64(), sealed: reader.rest() };
  });
}

export interface ReplyToOpen {
  readonly head: Head;
  readonly deviceId: DeviceId;
  readonly hpke: readonly HpkeKeys[];
  /** The `n` that is due: none below it is read. */
  readonly due: number;
  /** Its ticket is that of a command of this device that waits for replies: the caller's to know. */
  readonly sealed: SealedReply;
}

export interface OpenedReply {
  readonly n: number;
  readonly final: boolean;
  readonly reply: Reply;
}

/** On the device. @throws {SealcamError} `command.replayed`, `command.invalid`, `command.refused` */
export async function openReply(input: ReplyToOpen): Promise<OpenedReply> {
  const { head, deviceId, sealed: reply } = input;
  if (reply.n < input.due) throw new SealcamError('command.replayed');
  const keys = input.hpke.find((each) => each.keySeq === reply.keySeq);
  const info = replyInfo(head.homeId, deviceId, reply.ticket, reply.n);
  const plain = keys === undefined ? undefined : await hpkeOpen(keys, info, reply.sealed);
  const body = await verifiedBody(agentOf(head).sigPub, info, plain);
  const opened = decoded(() => decodeReply(body));
  return { n: reply.n, final: isFinal(opened), reply: opened };
}

function commandInfo(home: HomeId, device: DeviceId, ticket: Uint8Array, at: Epoch): Uint8Array {
  return bound('sealcam/2 cmd', home, device, ticket).u64(at).finish();
}

function replyInfo(home: HomeId, device: DeviceId, ticket: Uint8Array, n: number): Uint8Array {
  return bound('sealcam/2 reply', home, device, ticket).u32(n).finish();
}

function bound(words: string, home: HomeId, device: DeviceId, ticket: Uint8Array): Writer {
  return writeExactly(writeId(writeId(new Writer().label(words), home), device), ticket, TICKET_BYTES);
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
