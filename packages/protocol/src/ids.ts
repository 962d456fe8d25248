/**
 * Who and what: ids as lower-case hex of fixed length, each its own type, so that a camera cannot be passed for a home and
 * a key for anything private cannot be built from half an identity (ARCHITECTURE.md, rule 2).
 */
import { CodecError, fromHex, toHex } from './bytes.ts';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** 32 hex digits: the first 16 bytes of the genesis roster's hash. */
export type HomeId = Id<'home'>;
/** 32 hex digits: SHA-256("sealcam/1 dev" ‖ sigPub), first 16 bytes. */
export type DeviceId = Id<'device'>;
/** 32 hex digits, random, made by the agent. */
export type CameraId = Id<'camera'>;
/** 16 hex digits, random, one an agent process and camera pipeline. */
export type SessionId = Id<'session'>;
/** 32 hex digits, random, made by the side that shows the code. */
export type MailboxId = Id<'mailbox'>;
/** 16 hex digits: the SFrame key id, top bit set. */
export type KeyId = Id<'key'>;

type Number_<Name extends string> = number & { readonly [brand]: Name };
/** Rises by at least 1 a bulletin and is at least Unix milliseconds. */
export type Epoch = Number_<'epoch'>;
export type Millis = Number_<'millis'>;
export type Micros = Number_<'micros'>;

function id<Name extends string>(name: Name, length: number): (hex: string) => Id<Name> {
  return (hex) => {
    if (hex.length !== 2 * length || !/^[0-9a-f]+$/.test(hex)) throw new CodecError(`not a ${name} id`);
    return hex as Id<Name>;
  };
}

/** Each maker refuses, with `CodecError`, whatever is not exactly the right number of lower-case hex digits. */
export const homeId: (hex: string) => HomeId = id('home', 16);
export const deviceId: (hex: string) => DeviceId = id('device', 16);
export const cameraId: (hex: string) => CameraId = id('camera', 16);
export const sessionId: (hex: string) => SessionId = id('session', 8);
export const mailboxId: (hex: string) => MailboxId = id('mailbox', 16);
export const keyId: (hex: string) => KeyId = id('key', 8);

export function epoch(value: number): Epoch {
  if (!Number.isSafeInteger(value) || value < 0) throw new CodecError('not an epoch');
  return value as Epoch;
}

export function millis(value: number): Millis {
  return value as Millis;
}

export function micros(value: number): Micros {
  return value as Micros;
}

export function idBytes(hex: HomeId | DeviceId | CameraId | SessionId | MailboxId | KeyId): Uint8Array<ArrayBuffer> {
  return fromHex(hex);
}

export function idFromBytes<T extends HomeId | DeviceId | CameraId | SessionId | MailboxId | KeyId>(
  make: (hex: string) => T,
  bytes: Uint8Array,
): T {
  return make(toHex(bytes));
}

/** The streams of a camera. Stills and states are whole in one sealed unit and may be cached, sealed, by the relay. */
export const STREAM = { main: 0, sub: 1, audio: 2, still: 3, state: 4 } as const;
export type StreamId = (typeof STREAM)[keyof typeof STREAM];

export function streamId(value: number): StreamId {
  if (value !== 0 && value !== 1 && value !== 2 && value !== 3 && value !== 4) throw new CodecError('not a stream');
  return value;
}

/** Streams whose latest unit the relay keeps, sealed, until the epoch moves on. */
export function isCachedStream(stream: StreamId): boolean {
  return stream === STREAM.still || stream === STREAM.state;
}

/** One camera's one stream in one home: the least identity anything live may be keyed by. */
export interface Track {
  readonly homeId: HomeId;
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
}

declare const trackKeyBrand: unique symbol;
/** A map key that cannot be built without home, camera and stream. */
export type TrackKey = string & { readonly [trackKeyBrand]: true };

export function trackKey(track: Track): TrackKey {
  return `${homeId(track.homeId)}/${cameraId(track.cameraId)}/${streamId(track.streamId)}` as TrackKey;
}
