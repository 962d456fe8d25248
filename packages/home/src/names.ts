/** What a home calls its things: inside each device's wrap only, cut down to the cameras that device may see. */
import type { CameraId, DeviceId, Millis, Reader, Writer } from '@sealcam/protocol';
import type { RosterEntry } from './roster.ts';

export type VideoCodec = 'h264' | 'h265';
export type MemberKind = 'display' | 'phone' | 'browser' | 'agent';

export interface CameraName {
  readonly cameraId: CameraId;
  readonly name: string;
  readonly room: string;
  /** Place on the grid, ascending. */
  readonly order: number;
  readonly private: boolean;
  readonly hasSub: boolean;
  readonly hasAudio: boolean;
  readonly mainCodec: VideoCodec;
  readonly demo: boolean;
}

export interface MemberName {
  readonly deviceId: DeviceId;
  readonly name: string;
  readonly kind: MemberKind;
}

export interface HomeNames {
  readonly homeName: string;
  /** Strictly ascending by cameraId; show them by `order`. */
  readonly cameras: readonly CameraName[];
  /** Strictly ascending by deviceId. */
  readonly members: readonly MemberName[];
  /** When the recovery sheet was last used; 0 for never. Said on every screen for 7 days. */
  readonly recoveryUsedAtMs: Millis;
}

/** Names and rooms are at most this many characters. */
export const NAME_CHARS = 64;
/** @throws {CodecError} for a name that is too long or a list out of order */
export declare function writeNames(writer: Writer, names: HomeNames): void;
/** @throws {CodecError} */
export declare function readNames(reader: Reader): HomeNames;
/** The names that this member may know. */
export declare function namesFor(names: HomeNames, entry: RosterEntry): HomeNames;
