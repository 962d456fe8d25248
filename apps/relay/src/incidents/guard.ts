/**
 * The last look before fan-out: a unit goes to the viewings of a track only when its key id was announced for that very track.
 * It reads the bytes that are about to be sent, not what somebody says of them. One look a unit and track, none a viewer.
 */
import { MARK_BYTES, type HomeId, type DeviceId, type Track } from '@sealcam/protocol';
import type { Unit } from '../bus.ts';
import type { Metrics } from '../metrics.ts';
import type { AnnouncedKeys } from './announced-keys.ts';
import type { Crossing, DeclaredOf } from './incident.ts';

/** Where the key id lies in a binary message: after kind, home, camera, stream and epoch, the marks, and the SFrame config byte. */
const KID_AT = 1 + 16 + 16 + 2 + 8 + MARK_BYTES + 1;
const KID_BYTES = 8;

/** As much of a viewing as the guard needs, to say who was about to see it. */
export interface Watching {
  readonly question: { readonly homeId: HomeId; readonly deviceId: DeviceId };
  readonly declared: DeclaredOf;
}

export interface GuardParts {
  readonly keys: Pick<AnnouncedKeys, 'isOf' | 'ownerOf'>;
  readonly metrics: Metrics;
  /** A unit of another track was stopped here. */
  crossed(crossing: Crossing): void;
}

export class Guard {
  readonly #parts: GuardParts;

  constructor(parts: GuardParts) {
    this.#parts = parts;
  }

  of(track: Track): TrackGuard {
    const { homeId, cameraId, streamId } = track;
    return new TrackGuard({ homeId, cameraId, streamId }, this.#parts);
  }
}

/** The guard of one track. */
export class TrackGuard {
  readonly #track: Track;
  readonly #parts: GuardParts;
  /** The key id that passed last; it is the same one for an hour. */
  #passed = Buffer.alloc(0);

  constructor(track: Track, parts: GuardParts) {
    this.#track = track;
    this.#parts = parts;
  }

  /** @returns false when the unit must not be sent to these viewings; then it is counted, and noticed where exactly one home announced its key id */
  passes(unit: Unit, viewings: Iterable<Watching>): boolean {
    const { buffer, byteOffset, length } = unit.message;
    const kid = Buffer.from(
      buffer,
      byteOffset + Math.min(KID_AT, length),
      Math.max(0, Math.min(KID_BYTES, length - KID_AT)),
    );
    if (kid.length === KID_BYTES && kid.equals(this.#passed)) return true;
    const hex = kid.toString('hex');
    if (this.#parts.keys.isOf(this.#track, hex)) {
      this.#passed = Buffer.from(kid);
      return true;
    }
    const owner = this.#parts.keys.ownerOf(hex);
    this.#parts.metrics.drops.inc({ reason: 'foreign' });
    if (owner !== undefined) this.#crossed(owner, hex, unit.header.ctr, viewings);
    return false;
  }

  #crossed(owner: Track, kid: string, ctr: number, viewings: Iterable<Watching>): void {
    const viewers = [...viewings].map(({ question: { homeId, deviceId }, declared }) => {
      return { viewer: { homeId, deviceId }, declared };
    });
    this.#parts.crossed({ asked: this.#track, owner, kid, ctr, viewers });
  }
}
