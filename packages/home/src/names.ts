/** What a home calls its things: inside each device's wrap only, cut down to the cameras that device may see. */
import {
  cameraId,
  CodecError,
  deviceId,
  LIMITS,
  millis,
  model,
  MODEL_CHARS,
  NO_MODEL,
  route,
  ROUTE_CHARS,
  SEALED_ROUTE,
} from '@sealcam/protocol';
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
  /** As declared, in the form of `normalModel`; '' where nobody said. */
  readonly model: string;
}

/** What a device said of itself when it was paired. Never changed while it is a member. */
export interface Declared {
  /** In the form of `normalModel`; '' where it did not say. */
  readonly model: string;
  /** 'sealed', or the name of the partner whose display it is. */
  readonly route: string;
}

export interface MemberName extends Declared {
  readonly deviceId: DeviceId;
  readonly name: string;
  readonly kind: MemberKind;
}

export const NOTHING_DECLARED: Declared = { model: NO_MODEL, route: SEALED_ROUTE };

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
const FLAG = { private: 1, hasSub: 2, hasAudio: 4, demo: 8, model: 16 } as const;
const KNOWN_FLAGS = FLAG.private | FLAG.hasSub | FLAG.hasAudio | FLAG.demo | FLAG.model;

/** `homeName text16 ‖ n u16 ‖ cameras ‖ m u16 ‖ members ‖ recoveryUsedAtMs u64`. @throws {CodecError} for a name that is too long or a list out of order */
export function writeNames(writer: Writer, names: HomeNames): void {
  checkOrder(names);
  writeText(writer, names.homeName, NAME_CHARS);
  writeList(writer, names.cameras, LIMITS.camerasPerHome, writeCamera);
  writeList(writer, names.members, LIMITS.devicesPerHome, (w, name) => {
    writeDeclared(writeKind(writeText(writeId(w, name.deviceId), name.name, NAME_CHARS), name), name);
  });
  writer.u64(names.recoveryUsedAtMs);
}

/** @throws {CodecError} */
export function readNames(reader: Reader): HomeNames {
  const names: HomeNames = {
    homeName: readText(reader, NAME_CHARS),
    cameras: readList(reader, LIMITS.camerasPerHome, readCamera),
    members: readList(reader, LIMITS.devicesPerHome, readMember),
    recoveryUsedAtMs: millis(reader.u64()),
  };
  checkOrder(names);
  return names;
}

/** The names that this member may know: a guest does not learn of a camera it may not see. */
export function namesFor(names: HomeNames, entry: RosterEntry): HomeNames {
  return { ...names, cameras: names.cameras.filter((camera) => isGranted(entry, camera.cameraId)) };
}

/** Who said something of itself has a kind of its own on the wire, and the words follow: formats from before have neither. */
const KIND = words<MemberKind | `${MemberKind}+`>({
  ...{ display: 1, phone: 2, browser: 3, agent: 4 },
  ...{ 'display+': 0x81, 'phone+': 0x82, 'browser+': 0x83, 'agent+': 0x84 },
});

export function writeKind(writer: Writer, said: { readonly kind: MemberKind } & Declared): Writer {
  return KIND.write(writer, saysNothing(said) ? said.kind : `${said.kind}+`);
}

/** @returns `more`: its words follow, for `readDeclared`. @throws {CodecError} */
export function readKind(reader: Reader): { readonly kind: MemberKind; readonly more: boolean } {
  const word = KIND.read(reader);
  const more = word.endsWith('+');
  return { kind: (more ? word.slice(0, -1) : word) as MemberKind, more };
}

/** `model text16 ‖ route text16`, or nothing. @throws {CodecError} for a model or a route that is not in its one form */
export function writeDeclared(writer: Writer, said: Declared): Writer {
  if (saysNothing(said)) return writer;
  return writeText(writeText(writer, model(said.model), MODEL_CHARS), route(said.route), ROUTE_CHARS);
}

/** @param more as `readKind` says. @throws {CodecError} for words that say nothing: there is one encoding of that */
export function readDeclared(reader: Reader, more: boolean): Declared {
  if (!more) return NOTHING_DECLARED;
  const said = { model: model(readText(reader, MODEL_CHARS)), route: route(readText(reader, ROUTE_CHARS)) };
  if (saysNothing(said)) throw new CodecError('declared nothing at length');
  return said;
}

function saysNothing(said: Declared): boolean {
  return said.model === NO_MODEL && said.route === SEALED_ROUTE;
}

function checkOrder(names: HomeNames): void {
  mustAscend(names.cameras, (camera) => camera.cameraId);
  mustAscend(names.members, (name) => name.deviceId);
}

function readMember(reader: Reader): MemberName {
  const id = readId(reader, deviceId);
  const name = readText(reader, NAME_CHARS);
  const { kind, more } = readKind(reader);
  return { deviceId: id, name, kind, ...readDeclared(reader, more) };
}

function writeCamera(writer: Writer, camera: CameraName): void {
  writeText(writeText(writeId(writer, camera.cameraId), camera.name, NAME_CHARS), camera.room, NAME_CHARS);
  const flags =
    (camera.private ? FLAG.private : 0) |
    (camera.hasSub ? FLAG.hasSub : 0) |
    (camera.hasAudio ? FLAG.hasAudio : 0) |
    (camera.demo ? FLAG.demo : 0) |
    (camera.model === NO_MODEL ? 0 : FLAG.model);
  VIDEO_CODEC.write(writer.u16(camera.order).u8(flags), camera.mainCodec);
  if (camera.model !== NO_MODEL) writeText(writer, model(camera.model), MODEL_CHARS);
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
    model: (flags & FLAG.model) === 0 ? NO_MODEL : saidModel(readText(reader, MODEL_CHARS)),
  };
}

function saidModel(text: string): string {
  if (text === NO_MODEL) throw new CodecError('an empty model that should be left out');
  return model(text);
}
