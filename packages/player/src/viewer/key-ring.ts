/**
 * The keys of one subscription (home, camera, stream), and of nothing else: a frame is looked up only here, so a frame of
 * another camera finds no key (SEALING.md, "What a viewer does", rule 2). Retired key ids are remembered, not the keys.
 */
import type { Epoch, KeyId } from '@sealcam/protocol';
import type { OpenKeys } from '@sealcam/seal';

/** A frame of one's own that comes late after a rotation is no alarm for this long, and a replay is known for what it is. */
const REMEMBER_MS = 24 * 60 * 60_000;
/** Rotations that are remembered; the oldest goes first. */
const REMEMBERED = 1_024;

export class KeyRing {
  readonly #keys = new Map<KeyId, OpenKeys>();
  readonly #retired = new Map<KeyId, { readonly untilMs: number; readonly epoch: Epoch }>();

  find(kid: KeyId): OpenKeys | undefined {
    return this.#keys.get(kid);
  }

  /** Whether this key was ours not long ago. @param nowMs monotonic */
  wasOurs(kid: KeyId, nowMs: number): boolean {
    const retired = this.#retired.get(kid);
    return retired !== undefined && nowMs < retired.untilMs;
  }

  /** The epoch of a key that is ours or was not long ago. */
  epochOf(kid: KeyId): Epoch | undefined {
    return this.#keys.get(kid)?.context.epoch ?? this.#retired.get(kid)?.epoch;
  }

  get epochs(): readonly Epoch[] {
    return [...this.#keys.values()].map((keys) => keys.context.epoch);
  }

  add(keys: OpenKeys): void {
    this.#keys.set(keys.kid, keys);
  }

  /** Deletes the keys below `epoch`; all of them when it is `undefined`. @returns the key ids that went */
  retire(epoch: Epoch | undefined, nowMs: number): readonly KeyId[] {
    const gone: KeyId[] = [];
    for (const [kid, keys] of this.#keys) {
      if (epoch !== undefined && keys.context.epoch >= epoch) continue;
      this.#keys.delete(kid);
      this.#retired.set(kid, { untilMs: nowMs + REMEMBER_MS, epoch: keys.context.epoch });
      gone.push(kid);
    }
    for (const [kid, { untilMs }] of this.#retired) {
      if (untilMs <= nowMs || this.#retired.size > REMEMBERED) this.#retired.delete(kid);
    }
    return gone;
  }
}
