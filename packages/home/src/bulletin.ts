/**
 * The bulletin: new epoch secrets for exactly the members of the head. Built by the agent (`buildBulletin`), taken or refused by a
 * viewer (`acceptBulletin`). One wrap a device, HPKE, opened with no other key.
 */
import type { CameraId, DeviceId, Epoch, ErrorCode, Millis, SessionId } from '@sealcam/protocol';
import type { DeviceKeys, HpkeKeys } from './device-keys.ts';
import type { HpkeKey } from './hpke-key.ts';
import type { Manifest } from './manifest.ts';
import type { HomeNames } from './names.ts';
import type { Head } from './verify-roster.ts';

/** One camera's key material of one epoch. */
export interface CameraSecret {
  readonly cameraId: CameraId;
  readonly sessionId: SessionId;
  /** 32 random bytes. In RAM only. */
  readonly secret: Uint8Array;
}

export interface BulletinInput {
  readonly head: Head;
  readonly keys: DeviceKeys;
  readonly agentHpkePub: Uint8Array;
  readonly epoch: Epoch;
  readonly issuedAtMs: Millis;
  /** All cameras of the home; each device is given those it may see. */
  readonly cameras: readonly CameraSecret[];
  readonly names: HomeNames;
  /** The highest verified key of each device. */
  readonly hpkeKeys: ReadonlyMap<DeviceId, HpkeKey>;
}

export interface Bulletin {
  /** manifest ‖ signature. */
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly wraps: readonly { readonly deviceId: DeviceId; readonly wrap: Uint8Array<ArrayBuffer> }[];
  /** Members that gave no key yet: they see nothing until they do and a next bulletin is made. */
  readonly withoutKey: readonly DeviceId[];
}

/** @throws {SealcamError} `internal` when `keys` are not the agent's of this head */
export declare function buildBulletin(input: BulletinInput): Promise<Bulletin>;

/** What a device stores of the last bulletin it accepted, before it uses the keys. */
export interface BulletinMark {
  readonly rosterVersion: number;
  readonly epoch: Epoch;
  /** 32 bytes. */
  readonly manifestHash: Uint8Array;
}

/** Keys of one wrap, opened. A camera that is absent has its keys deleted. */
export interface OpenedWrap {
  readonly names: HomeNames;
  readonly cameras: readonly CameraSecret[];
  /** Which of the handed HPKE keys opened it; older ones can go. */
  readonly keySeq: number;
}

export type BulletinOutcome =
  /** Store `mark` first. Without `wrap` the agent had no key of ours: send one (`signHpkeKey`) and wait for the next. */
  | { readonly at: 'accepted'; readonly mark: BulletinMark; readonly manifest: Manifest; readonly wrap: OpenedWrap | undefined }
  /** Made under a later roster than our head: fetch the chain and offer it again. */
  | { readonly at: 'ahead'; readonly rosterVersion: number }
  /** Made before the agent knew our head; a newer one follows. Normal for a moment after each change. */
  | { readonly at: 'behind'; readonly rosterVersion: number }
  /** `alarm`: somebody served an older or a second truth. Nothing is shown until an admin has looked. */
  | { readonly at: 'refused'; readonly code: ErrorCode; readonly alarm: boolean; readonly detail: string };

export interface BulletinOffer {
  readonly head: Head;
  readonly deviceId: DeviceId;
  /** Keys that may still be in use: today's and, until the first wrap under it, yesterday's. */
  readonly hpke: readonly HpkeKeys[];
  readonly mark: BulletinMark | undefined;
  /** manifest ‖ signature. */
  readonly manifest: Uint8Array;
  readonly wrap: Uint8Array | undefined;
}

/** Every condition of SEALING.md. Bytes of a peer never throw here: they are refused. */
export declare function acceptBulletin(offer: BulletinOffer): Promise<BulletinOutcome>;
