/** Frames whose key is not there yet: kept in arrival order, at most 500 ms and 2 MB, for a bulletin that is being opened. */
import { LIMITS, type Epoch, type KeyId, type SealedHeader } from '@sealcam/protocol';

/** One sealed frame, copied out of the socket's buffer, with its header parsed. */
export interface Arrival {
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly header: SealedHeader;
  /** As the relay labeled it: a hint only. */
  readonly labelEpoch: Epoch;
}

interface Held extends Arrival {
  readonly untilMs: number;
}

export class HeldFrames {
  #frames: Held[] = [];
  #bytes = 0;

  get size(): number {
    return this.#frames.length;
  }

  /** @returns false where there is no room: the frame is dropped. @param nowMs monotonic */
  hold(arrival: Arrival, nowMs: number): boolean {
    if (this.#bytes + arrival.frame.length > LIMITS.unknownKeyHoldBytes) return false;
    this.#bytes += arrival.frame.length;
    this.#frames.push({ ...arrival, untilMs: nowMs + LIMITS.unknownKeyHoldMs });
    return true;
  }

  /** Takes out, in arrival order, the frames that have a key now. */
  release(isKnown: (kid: KeyId) => boolean): readonly Arrival[] {
    return this.#takeWhere((held) => isKnown(held.header.kid));
  }

  /** Takes out the frames that waited too long. */
  expired(nowMs: number): readonly Arrival[] {
    return this.#takeWhere((held) => held.untilMs <= nowMs);
  }

  #takeWhere(matches: (held: Held) => boolean): readonly Arrival[] {
    const taken = this.#frames.filter(matches);
    if (taken.length === 0) return taken;
    this.#frames = this.#frames.filter((held) => !matches(held));
    this.#bytes = this.#frames.reduce((sum, held) => sum + held.frame.length, 0);
    return taken;
  }
}
