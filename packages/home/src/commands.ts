/** What a device may ask its agent to do, and which role that takes. A binary codec: nothing that is signed is JSON. */
import {
  cameraId,
  CodecError,
  deviceId,
  fromHex,
  LIMITS,
  model,
  MODEL_CHARS,
  Reader,
  route,
  ROUTE_CHARS,
  toHex,
  Writer,
} from '@sealcam/protocol';
import type { CameraId, DeviceId } from '@sealcam/protocol';
import {
  readCopy,
  readFlag,
  readId,
  readList,
  readText,
  words,
  writeExactly,
  writeId,
  writeList,
  writeText,
} from './codec.ts';
import { MEMBER_KIND, NAME_CHARS, type Declared, type MemberKind } from './names.ts';
import type { Role } from './roster.ts';

export type Transport = 'auto' | 'tcp' | 'udp';

export type Command =
  /** Streams `step` replies, then `still` or `failed`. */
  | {
      readonly do: 'camera.try';
      readonly url: string;
      readonly user: string;
      readonly password: string;
      readonly transport: Transport;
      /** URL of its smaller stream, not empty; absent: found by the pattern of `url` where a brand has one. */
      readonly sub?: string;
    }
  /** `port` 0: the brand's own. `channel`: the camera's number on a recorder, from 1. */
  | {
      readonly do: 'camera.tryBrand';
      readonly brand: string;
      readonly host: string;
      readonly port: number;
      readonly channel: number;
      readonly user: string;
      readonly password: string;
    }
  /** Saves what a try found; answered by `added`. `tryId`: 32 hex digits. */
  | {
      readonly do: 'camera.add';
      readonly tryId: string;
      readonly name: string;
      readonly room: string;
      readonly model?: string;
    }
  /** `model`, here and above: as `normalModel` has it, not empty; absent: not declared, or as it was. */
  | {
      readonly do: 'camera.update';
      readonly cameraId: CameraId;
      readonly name: string;
      readonly room: string;
      readonly model?: string;
    }
  /** The whole grid in its new order. */
  | { readonly do: 'camera.order'; readonly cameraIds: readonly CameraId[] }
  | { readonly do: 'camera.privacy'; readonly cameraId: CameraId; readonly on: boolean }
  | { readonly do: 'camera.remove'; readonly cameraId: CameraId }
  /** Try again now instead of after the back-off. */
  | { readonly do: 'camera.reconnect'; readonly cameraId: CameraId }
  | { readonly do: 'home.rename'; readonly name: string }
  /**
   * `declared`: what the device said when it was paired. It may come before the roster that lets the device in, so that the home
   * knows it before the first picture; once it is a member, what it declared stays.
   */
  | {
      readonly do: 'member.rename';
      readonly deviceId: DeviceId;
      readonly name: string;
      readonly kind: MemberKind;
      readonly declared?: Declared;
    }
  /** Answered by `status`. */
  | { readonly do: 'agent.status' }
  /** How one camera does; answered by `look`. */
  | { readonly do: 'camera.look'; readonly cameraId: CameraId }
  /** Any member may hand on a longer valid chain. */
  | { readonly do: 'roster.offer'; readonly rosters: readonly Uint8Array[] }
  /** A next roster signed with the recovery sheet; `waiting` until somebody confirms at the agent, then `ok`. */
  | { readonly do: 'recovery.propose'; readonly roster: Uint8Array };

type Kind = Command['do'];
type Of<K extends Kind> = Extract<Command, { readonly do: K }>;

interface Codec<K extends Kind> {
  readonly code: number;
  readonly roles: readonly Role[];
  readonly write: (writer: Writer, command: Of<K>) => void;
  readonly read: (reader: Reader) => Omit<Of<K>, 'do'>;
}

/** Bounds of what a person types, in characters. */
const CHARS = { url: 2048, credential: 256, brand: 64, host: 256 } as const;
const TRY_ID_BYTES = 16;
const ADMIN: readonly Role[] = ['admin'];
const TRANSPORT = words<Transport>({ auto: 0, tcp: 1, udp: 2 });

function mustBeSaid(text: string): string {
  if (text === '') throw new CodecError('an empty text that should be left out');
  return text;
}

const onCamera = {
  write: (writer: Writer, command: { readonly cameraId: CameraId }) => void writeId(writer, command.cameraId),
  read: (reader: Reader) => ({ cameraId: readId(reader, cameraId) }),
};

/** One row a command: its code on the wire, who may ask, its fields in order. */
const CODECS: { readonly [K in Kind]: Codec<K> } = {
  'camera.try': {
    code: 1,
    roles: ADMIN,
    write: (w, c) => {
      writeCredentials(writeText(w, c.url, CHARS.url), c);
      TRANSPORT.write(w, c.transport);
      if (c.sub !== undefined) writeText(w, mustBeSaid(c.sub), CHARS.url);
    },
    read: (r) => ({
      url: readText(r, CHARS.url),
      ...readCredentials(r),
      transport: TRANSPORT.read(r),
      // Last, and left out where there is none: so each command has one encoding.
      ...(r.left === 0 ? {} : { sub: mustBeSaid(readText(r, CHARS.url)) }),
    }),
  },
  'camera.tryBrand': {
    code: 2,
    roles: ADMIN,
    write: (w, c) => {
      writeText(writeText(w, c.brand, CHARS.brand), c.host, CHARS.host)
        .u16(c.port)
        .u16(c.channel);
      writeCredentials(w, c);
    },
    read: (r) => ({
      brand: readText(r, CHARS.brand),
      host: readText(r, CHARS.host),
      port: r.u16(),
      channel: r.u16(),
      ...readCredentials(r),
    }),
  },
  'camera.add': {
    code: 3,
    roles: ADMIN,
    write: (w, c) => void writeNamed(writeExactly(w, fromHex(c.tryId), TRY_ID_BYTES), c),
    read: (r) => ({ tryId: toHex(r.bytes(TRY_ID_BYTES)), ...readNamed(r) }),
  },
  'camera.update': {
    code: 4,
    roles: ADMIN,
    write: (w, c) => void writeNamed(writeId(w, c.cameraId), c),
    read: (r) => ({ cameraId: readId(r, cameraId), ...readNamed(r) }),
  },
  'camera.order': {
    code: 5,
    roles: ADMIN,
    write: (w, c) => void writeList(w, c.cameraIds, LIMITS.camerasPerHome, writeId),
    read: (r) => ({ cameraIds: readList(r, LIMITS.camerasPerHome, (each) => readId(each, cameraId)) }),
  },
  'camera.privacy': {
    code: 6,
    roles: ADMIN,
    write: (w, c) => void writeId(w, c.cameraId).u8(c.on ? 1 : 0),
    read: (r) => ({ cameraId: readId(r, cameraId), on: readFlag(r) }),
  },
  'camera.remove': { code: 7, roles: ADMIN, ...onCamera },
  'camera.reconnect': { code: 8, roles: ADMIN, ...onCamera },
  'home.rename': {
    code: 9,
    roles: ADMIN,
    write: (w, c) => void writeText(w, c.name, NAME_CHARS),
    read: (r) => ({ name: readText(r, NAME_CHARS) }),
  },
  'member.rename': {
    code: 10,
    roles: ADMIN,
    write: (w, c) => {
      MEMBER_KIND.write(writeText(writeId(w, c.deviceId), c.name, NAME_CHARS), c.kind);
      if (c.declared !== undefined)
        writeText(writeText(w, model(c.declared.model), MODEL_CHARS), route(c.declared.route), ROUTE_CHARS);
    },
    read: (r) => ({
      ...{ deviceId: readId(r, deviceId), name: readText(r, NAME_CHARS), kind: MEMBER_KIND.read(r) },
      ...(r.left === 0
        ? {}
        : { declared: { model: model(readText(r, MODEL_CHARS)), route: route(readText(r, ROUTE_CHARS)) } }),
    }),
  },
  'agent.status': { code: 11, roles: ADMIN, write: () => undefined, read: () => ({}) },
  'roster.offer': {
    code: 12,
    roles: ['admin', 'viewer', 'recovery'],
    write: (w, c) => void writeList(w, c.rosters, LIMITS.rosterChainLength, writeRosterBytes),
    read: (r) => ({ rosters: readList(r, LIMITS.rosterChainLength, readRosterBytes) }),
  },
  'recovery.propose': {
    code: 13,
    roles: ['recovery'],
    write: (w, c) => writeRosterBytes(w, c.roster),
    read: (r) => ({ roster: readRosterBytes(r) }),
  },
  'camera.look': { code: 14, roles: ADMIN, ...onCamera },
};

/** Roles that may ask for it; the agent checks them against its head. */
export function rolesFor(command: Command): readonly Role[] {
  return CODECS[command.do].roles;
}

/** `code u8 ‖ fields`. @throws {CodecError} for a field that is too long */
export function encodeCommand(command: Command): Uint8Array<ArrayBuffer> {
  // The row is found by the command's own kind, which the type of an indexed table cannot express.
  const codec = CODECS[command.do] as unknown as Codec<Kind>;
  const writer = new Writer().u8(codec.code);
  codec.write(writer, command);
  return writer.finish();
}

const BY_CODE = new Map(Object.entries(CODECS).map(([kind, codec]) => [codec.code, kind as Kind]));

/** @throws {CodecError} */
export function decodeCommand(bytes: Uint8Array): Command {
  const reader = new Reader(bytes);
  const kind = BY_CODE.get(reader.u8());
  if (kind === undefined) throw new CodecError('unknown command');
  const fields = CODECS[kind].read(reader);
  reader.end();
  return { do: kind, ...fields } as Command;
}

function writeCredentials(
  writer: Writer,
  { user, password }: { readonly user: string; readonly password: string },
): void {
  writeText(writeText(writer, user, CHARS.credential), password, CHARS.credential);
}

function readCredentials(reader: Reader): { readonly user: string; readonly password: string } {
  return { user: readText(reader, CHARS.credential), password: readText(reader, CHARS.credential) };
}

interface Named {
  readonly name: string;
  readonly room: string;
  readonly model?: string;
}

/** The model last, and left out where there is none. */
function writeNamed(writer: Writer, { name, room, model: said }: Named): Writer {
  writeText(writeText(writer, name, NAME_CHARS), room, NAME_CHARS);
  return said === undefined ? writer : writeText(writer, model(mustBeSaid(said)), MODEL_CHARS);
}

function readNamed(reader: Reader): Named {
  const named = { name: readText(reader, NAME_CHARS), room: readText(reader, NAME_CHARS) };
  return reader.left === 0 ? named : { ...named, model: model(mustBeSaid(readText(reader, MODEL_CHARS))) };
}

/** A signed roster with a u32 length: it may be larger than 64 KB. */
export function writeRosterBytes(writer: Writer, roster: Uint8Array): void {
  writer.u32(roster.length).bytes(roster);
}

/** @throws {CodecError} above `LIMITS.rosterBytes` */
export function readRosterBytes(reader: Reader): Uint8Array<ArrayBuffer> {
  const length = reader.u32();
  if (length > LIMITS.rosterBytes) throw new CodecError('roster too large');
  return readCopy(reader, length);
}
