/** What a home calls its things: inside each device's wrap only, cut down to the cameras that device may see. */
import { cameraId, CodecError, deviceId, LIMITS, millis } from '@sealcam/protocol';
import type { CameraId, DeviceId, Millis, Reader, Writer } from '@sealcam/protocol';
import { mustAscend, readId, readList, readText, words, writeId, writeList, writeText } from './codec.ts';
import { isGranted } from './may-view.ts';
import type { RosterEntry } from './roster.ts';

export type VideoCodec = 'h264' | 'h265';
export type MemberKind = 'display' | 'phone' | 'browser' | 'agent';

export interface CameraName {
  readonly cameraId: CameraId;
  readonly name: string;
  readonly room: string;
  /** Place on the grid, ascending; 0 to 65535. */
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

/** Names and rooms are at most this many characters (UTF-16 units, as `String.length` counts). */
export const NAME_CHARS = 64;

export const MEMBER_KIND = words<MemberKind>({ display: 1, phone: 2, browser: 3, agent: 4 });
export const VIDEO_CODEC = words<VideoCodec>({ h264: 1, h265: 2 });
const FLAG = { private: 1, hasSub: 2, hasAudio: 4, demo: 8 } as const;
const KNOWN_FLAGS = FLAG.private | FLAG.hasSub | FLAG.hasAudio | FLAG.demo;

/** `homeName text16 ‖ n u16 ‖ cameras ‖ m u16 ‖ members ‖ recoveryUsedAtMs u64`. @throws {CodecError} for a name that is too long or a list out of order */
export function writeNames(writer: Writer, names: HomeNames): void {
  checkOrder(names);
  writeText(writer, names.homeName, NAME_CHARS);
  writeList(writer, names.cameras, LIMITS.camerasPerHome, writeCamera);
  writeList(writer, names.members, LIMITS.devicesPerHome, (w, name) => {
    MEMBER_KIND.write(writeText(writeId(w, name.deviceId), name.name, NAME_CHARS), name.kind);
  });
  writer.u64(names.recoveryUsedAtMs);
}

/** @throws {CodecError} */
export function readNames(reader: Reader): HomeNames {
  const names: HomeNames = {
    homeName: readText(reader, NAME_CHARS),
    cameras: readList(reader, LIMITS.camerasPerHome, readCamera),
    members: readList(reader, LIMITS.devicesPerHome, (r) => ({
      deviceId: readId(r, deviceId),
      name: readText(r, NAME_CHARS),
      kind: MEMBER_KIND.read(r),
    })),
    recoveryUsedAtMs: millis(reader.u64()),
  };
  checkOrder(names);
  return names;
}

/** The names that this member may know: a guest does not learn of a camera it may not see. */
export function namesFor(names: HomeNames, entry: RosterEntry): HomeNames {
  return { ...names, cameras: names.cameras.filter((camera) => isGranted(entry, camera.cameraId)) };
}

function checkOrder(names: HomeNames): void {
  mustAscend(names.cameras, (camera) => camera.cameraId);
  mustAscend(names.members, (name) => name.deviceId);
}

function writeCamera(writer: Writer, camera: CameraName): void {
  writeText(writeText(writeId(writer, camera.cameraId), camera.name, NAME_CHARS), camera.room, NAME_CHARS);
  const flags =
    (camera.private ? FLAG.private : 0) |
    (camera.hasSub ? FLAG.hasSub : 0) |
    (camera.hasAudio ? FLAG.hasAudio : 0) |
    (camera.demo ? FLAG.demo : 0);
  VIDEO_CODEC.write(writer.u16(camera.order).u8(flags), camera.mainCodec);
}

function readCamera(reader: Reader): CameraName {
  const id = readId(reader, cameraId);
  const name = readText(reader, NAME_CHARS);
  const room = readText(reader, NAME_CHARS);
  const order = reader.u16();
  const flags = reader.u8();
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new CodecError('unknown flag of a camera');
  return {
    cameraId: id,
    name,
    room,
    order,
    private: (flags & FLAG.private) !== 0,
    hasSub: (flags & FLAG.hasSub) !== 0,
    hasAudio: (flags & FLAG.hasAudio) !== 0,
    mainCodec: VIDEO_CODEC.read(reader),
    demo: (flags & FLAG.demo) !== 0,
  };
}
