/** A route: a household's consent for a picture to leave the sealed path. In the roster format; no partner is built yet. */
import type { CameraId, Millis, Reader, Writer } from '@sealcam/protocol';

export type RouteKind = 'google' | 'alexa' | 'homekit' | 'matter' | 'whep';

export interface Route {
  /** 16 bytes. */
  readonly routeId: Uint8Array;
  readonly kind: RouteKind;
  /** 16 bytes: this link at this partner, and no other. */
  readonly linkId: Uint8Array;
  /** 32 bytes: SHA-256 of the link's key. */
  readonly linkKeyHash: Uint8Array;
  /** Strictly ascending. */
  readonly cameras: readonly CameraId[];
  /** Unix milliseconds, exclusive; 0 for none. */
  readonly notAfterMs: Millis;
}

export declare function writeRoute(writer: Writer, route: Route): void;
/** @throws {CodecError} */
export declare function readRoute(reader: Reader): Route;
