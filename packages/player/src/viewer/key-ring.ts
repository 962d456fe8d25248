/**
 * The keys of one subscription (home, camera, stream), and of nothing else: a frame is looked up only here, so a frame of
 * another camera finds no key (SEALING.md, "What a viewer does", rule 2). Retired key ids are remembered, not the keys.
 */
import type { Epoch, KeyId } from '@sealcam/protocol';
import type { OpenKeys } from '@sealcam/seal';

/** A frame of one's own that comes late after a rotation is no alarm for this long. */
const REMEMBER_MS = 10 * 60_000;

export class KeyRing {
  readonly #keys = new Map<KeyId, OpenKeys>();
  readonly #retired = new Map<KeyId, number>();

  find(kid: KeyId): OpenKeys | undefined {
    return this.#keys.get(kid);
  }

  /** Whether this key was ours not long ago. @param nowMs monotonic */
  wasOurs(kid: KeyId, nowMs: number): boolean {
    const until = this.#retired.get(kid);
    return until !== undefined && nowMs < until;
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
      this.#retired.set(kid, nowMs + REMEMBER_MS);
      gone.push(kid);
    }
    for (const [kid, until] of this.#retired) if (until <= nowMs) this.#retired.delete(kid);
    return gone;
  }
}
