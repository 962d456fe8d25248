/**
 * Commands and replies under way: HPKE to the recipient of (body ‖ signature over info ‖ body), so that the relay sees neither a
 * camera's password nor what was asked. On the wire: command = seq u64 ‖ enc ‖ ct, reply = seq u64 ‖ keySeq u64 ‖ enc ‖ ct.
 */
import type { DeviceId } from '@sealcam/protocol';
import type { Command } from './commands.ts';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import type { HpkeKey } from './hpke-key.ts';
import type { Reply } from './replies.ts';
import type { RosterEntry } from './roster.ts';
import type { Head } from './verify-roster.ts';

/** @param input.seq above every earlier one of this device, kept across restarts: `max(last + 1, Unix milliseconds)` */
export declare function sealCommand(input: {
  readonly head: Head;
  readonly keys: DeviceKeys;
  /** From the newest bulletin's manifest. */
  readonly agentHpkePub: Uint8Array;
  readonly seq: number;
  readonly command: Command;
}): Promise<Uint8Array<ArrayBuffer>>;

export interface OpenedCommand {
  readonly command: Command;
  /** Persist it as the device's `lastSeq` before the command is carried out. */
  readonly seq: number;
  readonly entry: RosterEntry;
}

/**
 * On the agent.
 * @param input.deviceId as the relay says; believed only because the signature and the info hold it
 * @throws {SealcamError} `device.unknown`, `device.expired`, `command.replayed`, `device.role`, `command.invalid` (does not decode), `command.refused` (does not open or verify)
 */
export declare function openCommand(input: {
  readonly head: Head;
  readonly hpke: HpkeKeys;
  readonly deviceId: DeviceId;
  /** 0 when none was seen yet. */
  readonly lastSeq: number;
  readonly nowMs: number;
  readonly sealed: Uint8Array;
}): Promise<OpenedCommand>;

/** @param input.seq above every earlier reply to that device; `max(last + 1, Unix milliseconds)` will do */
export declare function sealReply(input: {
  readonly head: Head;
  readonly keys: DeviceKeys;
  readonly to: HpkeKey;
  readonly seq: number;
  /** The command's seq. */
  readonly re: number;
  readonly reply: Reply;
}): Promise<Uint8Array<ArrayBuffer>>;

export interface OpenedReply {
  readonly seq: number;
  /** The command it answers. */
  readonly re: number;
  readonly final: boolean;
  readonly reply: Reply;
}

/** On the device. @throws {SealcamError} `command.replayed`, `command.invalid`, `command.refused` */
export declare function openReply(input: {
  readonly head: Head;
  readonly deviceId: DeviceId;
  readonly hpke: readonly HpkeKeys[];
  readonly lastSeq: number;
  readonly sealed: Uint8Array;
}): Promise<OpenedReply>;
