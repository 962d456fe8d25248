/** What the agent answers to a command: steps while it works, one final reply. Binary, as `commands.ts`. */
import { cameraId, CodecError, fromHex, isErrorCode, LIMITS, millis, Reader, toHex, Writer } from '@sealcam/protocol';
import type { CameraId, ErrorCode, Millis } from '@sealcam/protocol';
import { readCameraLook, readNotes, writeCameraLook, writeNotes, type CameraLook } from './camera-look.ts';
import type { CameraStateName } from './camera-state.ts';
import { STATE } from './camera-state.ts';
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
import { VIDEO_CODEC, type VideoCodec } from './names.ts';

/** Steps of a try, in order: reached the address, it speaks RTSP, signed in, found a stream, got a picture. */
export type TryStepName = 'reached' | 'rtsp' | 'signedIn' | 'streamFound' | 'picture';

export interface StatusCamera {
  readonly cameraId: CameraId;
  readonly state: CameraStateName;
  readonly sinceMs: Millis;
  /** Error code when `gone`, else empty. */
  readonly code: string;
  /** Host and port without credentials; empty for the demo. */
  readonly host: string;
}

export type Reply =
  | { readonly is: 'step'; readonly step: TryStepName; readonly words: string }
  /** A long command is under way: what it waits for, a camera or a person. At least every 5 s where nothing else is told. */
  | { readonly is: 'waiting'; readonly words: string }
  | { readonly is: 'ok' }
  | { readonly is: 'failed'; readonly code: ErrorCode; readonly words: string }
  /** A try came out well; `camera.add` saves it by `tryId` within ten minutes. */
  | {
      readonly is: 'still';
      /** 32 hex digits. */
      readonly tryId: string;
      readonly codec: VideoCodec;
      readonly width: number;
      readonly height: number;
      readonly hasSub: boolean;
      readonly hasAudio: boolean;
      /** What of it a person should know, each with what to change. */
      readonly notes: readonly string[];
      /** Codec config as the sealed frames carry it; may be empty where the access unit holds it. */
      readonly config: Uint8Array;
      /** One keyframe, Annex B. */
      readonly accessUnit: Uint8Array;
    }
  | { readonly is: 'added'; readonly cameraId: CameraId }
  | {
      readonly is: 'status';
      readonly version: string;
      readonly startedMs: Millis;
      readonly recoveryWaiting: boolean;
      readonly cameras: readonly StatusCamera[];
    }
  | ({ readonly is: 'look' } & CameraLook);

type Kind = Reply['is'];
type Of<K extends Kind> = Extract<Reply, { readonly is: K }>;

interface Codec<K extends Kind> {
  readonly code: number;
  readonly final: boolean;
  readonly write: (writer: Writer, reply: Of<K>) => void;
  readonly read: (reader: Reader) => Omit<Of<K>, 'is'>;
}

const CHARS = { words: 512, code: 64, host: 300, version: 64 } as const;
const STEP = words<TryStepName>({ reached: 1, rtsp: 2, signedIn: 3, streamFound: 4, picture: 5 });
const TRY_ID_BYTES = 16;

/** One row a reply: its code on the wire, whether it ends the command, its fields in order. */
const CODECS: { readonly [K in Kind]: Codec<K> } = {
  step: {
    code: 1,
    final: false,
    write: (w, reply) => void writeText(STEP.write(w, reply.step), reply.words, CHARS.words),
    read: (r) => ({ step: STEP.read(r), words: readText(r, CHARS.words) }),
  },
  waiting: {
    code: 2,
    final: false,
    write: (w, reply) => void writeText(w, reply.words, CHARS.words),
    read: (r) => ({ words: readText(r, CHARS.words) }),
  },
  ok: { code: 3, final: true, write: () => undefined, read: () => ({}) },
  failed: {
    code: 4,
    final: true,
    write: (w, reply) => void writeText(writeText(w, reply.code, CHARS.code), reply.words, CHARS.words),
    read: (r) => ({ code: readErrorCode(r), words: readText(r, CHARS.words) }),
  },
  still: { code: 5, final: true, write: writeStill, read: readStill },
  added: {
    code: 6,
    final: true,
    write: (w, reply) => void writeId(w, reply.cameraId),
    read: (r) => ({ cameraId: readId(r, cameraId) }),
  },
  status: {
    code: 7,
    final: true,
    write: (w, reply) => {
      writeText(w, reply.version, CHARS.version)
        .u64(reply.startedMs)
        .u8(reply.recoveryWaiting ? 1 : 0);
      writeList(w, reply.cameras, LIMITS.camerasPerHome, writeStatusCamera);
    },
    read: (r) => ({
      version: readText(r, CHARS.version),
      startedMs: millis(r.u64()),
      recoveryWaiting: readFlag(r),
      cameras: readList(r, LIMITS.camerasPerHome, readStatusCamera),
    }),
  },
  look: { code: 8, final: true, write: writeCameraLook, read: readCameraLook },
};

/** Whether no further reply to the same command follows: all but `step` and `waiting`. */
export function isFinal(reply: Reply): boolean {
  return CODECS[reply.is].final;
}

/** `code u8 ‖ final u8 ‖ fields`. */
export function encodeReply(reply: Reply): Uint8Array<ArrayBuffer> {
  // The row is found by the reply's own kind, which the type of an indexed table cannot express.
  const codec = CODECS[reply.is] as unknown as Codec<Kind>;
  const writer = new Writer().u8(codec.code).u8(codec.final ? 1 : 0);
  codec.write(writer, reply);
  return writer.finish();
}

const BY_CODE = new Map(Object.entries(CODECS).map(([kind, codec]) => [codec.code, kind as Kind]));

/** @throws {CodecError} */
export function decodeReply(bytes: Uint8Array): Reply {
  const reader = new Reader(bytes);
  const kind = BY_CODE.get(reader.u8());
  if (kind === undefined) throw new CodecError('unknown reply');
  const codec = CODECS[kind];
  if (readFlag(reader) !== codec.final) throw new CodecError('a reply that does not know whether it is the last');
  const fields = codec.read(reader);
  reader.end();
  return { is: kind, ...fields } as Reply;
}

function readErrorCode(reader: Reader): ErrorCode {
  const code = readText(reader, CHARS.code);
  // A newer agent may know more codes; its words are shown all the same.
  return isErrorCode(code) ? code : 'command.refused';
}

function writeStill(writer: Writer, still: Of<'still'>): void {
  VIDEO_CODEC.write(writeExactly(writer, fromHex(still.tryId), TRY_ID_BYTES), still.codec);
  writer
    .u16(still.width)
    .u16(still.height)
    .u8(still.hasSub ? 1 : 0)
    .u8(still.hasAudio ? 1 : 0);
  writeNotes(writer, still.notes);
  writer.bytes16(still.config).u32(still.accessUnit.length).bytes(still.accessUnit);
}

function readStill(reader: Reader): Omit<Of<'still'>, 'is'> {
  return {
    tryId: toHex(reader.bytes(TRY_ID_BYTES)),
    codec: VIDEO_CODEC.read(reader),
    width: reader.u16(),
    height: reader.u16(),
    hasSub: readFlag(reader),
    hasAudio: readFlag(reader),
    notes: readNotes(reader),
    config: Uint8Array.from(reader.bytes16()),
    accessUnit: readAccessUnit(reader),
  };
}

function readAccessUnit(reader: Reader): Uint8Array {
  const length = reader.u32();
  if (length > LIMITS.accessUnitBytes) throw new CodecError('access unit too large');
  return readCopy(reader, length);
}

function writeStatusCamera(writer: Writer, camera: StatusCamera): void {
  STATE.write(writeId(writer, camera.cameraId), camera.state).u64(camera.sinceMs);
  writeText(writeText(writer, camera.code, CHARS.code), camera.host, CHARS.host);
}

function readStatusCamera(reader: Reader): StatusCamera {
  return {
    cameraId: readId(reader, cameraId),
    state: STATE.read(reader),
    sinceMs: millis(reader.u64()),
    code: readText(reader, CHARS.code),
    host: readText(reader, CHARS.host),
  };
}
