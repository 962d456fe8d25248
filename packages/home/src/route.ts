/** A route: a household's consent for a picture to leave the sealed path. In the roster format; no partner is built yet. */
import { cameraId, LIMITS, millis, type CameraId, type Millis, type Reader, type Writer } from '@sealcam/protocol';
import { mustAscend, readCopy, readId, readList, words, writeExactly, writeId, writeList } from './codec.ts';
import { HASH_BYTES } from './digest.ts';

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

/** Routes of one home. */
export const ROUTES_PER_HOME = 64;

const KIND = words<RouteKind>({ google: 1, alexa: 2, homekit: 3, matter: 4, whep: 5 });

/** @throws {CodecError} for cameras out of order or fields of a wrong length */
export function writeRoute(writer: Writer, route: Route): void {
  mustAscend(route.cameras, (id) => id);
  writeExactly(writer, route.routeId, 16);
  KIND.write(writer, route.kind);
  writeExactly(writer, route.linkId, 16);
  writeExactly(writer, route.linkKeyHash, HASH_BYTES);
  writeList(writer, route.cameras, LIMITS.camerasPerHome, writeId).u64(route.notAfterMs);
}

/** @throws {CodecError} */
export function readRoute(reader: Reader): Route {
  const route: Route = {
    routeId: readCopy(reader, 16),
    kind: KIND.read(reader),
    linkId: readCopy(reader, 16),
    linkKeyHash: readCopy(reader, HASH_BYTES),
    cameras: readList(reader, LIMITS.camerasPerHome, (r) => readId(r, cameraId)),
    notAfterMs: millis(reader.u64()),
  };
  mustAscend(route.cameras, (id) => id);
  return route;
}
