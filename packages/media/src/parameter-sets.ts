/** The parameter sets a stream has shown so far, and the ones a keyframe needs in front of it. */
import type { VideoConfig } from './codec-config.ts';
import { MediaError } from './media-error.ts';
import { MEDIA_LIMITS } from './media-limits.ts';
import type { NalRules, SetIdentity } from './nal-rules.ts';

interface KeptSet extends SetIdentity {
  readonly nal: Uint8Array;
  /** From the SDP: good until the stream says otherwise. */
  readonly isInitial: boolean;
  /** How many pictures had been seen when it came. */
  readonly pictures: number;
}

/** Newest of each kind and id; bounded, the longest unseen goes first. */
export class ParameterSets {
  readonly #rules: NalRules;
  readonly #kept = new Map<string, KeptSet>();
  #pictures = 0;

  constructor(rules: NalRules, initial: readonly Uint8Array[] = []) {
    this.#rules = rules;
    for (const nal of initial) this.#keep(nal, true);
  }

  /** Remembers parameter sets; anything else, and one that cannot be read, changes nothing. Keeps copies. */
  see(nals: readonly Uint8Array[]): void {
    for (const nal of nals) this.#keep(nal, false);
  }

  /** What comes after it is another group of sets. */
  sawPicture(): void {
    this.#pictures += 1;
  }

  #keep(nal: Uint8Array, isInitial: boolean): void {
    if (nal.length > MEDIA_LIMITS.parameterSetBytes || !this.#rules.isParameterSet(nal)) return;
    const identity = unlessMalformed(() => this.#rules.identify(nal));
    if (identity === undefined) return;
    if (identity.kind === 'sps' && !isInitial) this.#forgetPictureSets(identity.id);
    const key = `${identity.kind}/${identity.id}`;
    this.#kept.delete(key);
    this.#kept.set(key, { ...identity, nal: Uint8Array.from(nal), isInitial, pictures: this.#pictures });
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > MEDIA_LIMITS.parameterSets && !oldest.done) this.#kept.delete(oldest.value);
  }

  /**
   * A camera sends a sequence's sets together, in any order. What it does not send again was never its own: a damaged packet
   * would otherwise put a PPS that does not exist in front of every later keyframe.
   */
  #forgetPictureSets(sps: number): void {
    for (const [key, set] of this.#kept) {
      const isOlder = set.pictures < this.#pictures;
      if (set.kind === 'pps' && set.parent === sps && !set.isInitial && isOlder) this.#kept.delete(key);
    }
  }

  /** What the picture of this slice needs: its SPS, every PPS of that SPS, and the VPS. Undefined while one is missing. */
  configFor(slice: Uint8Array): VideoConfig | undefined {
    return unlessMalformed(() => {
      const pps = this.#kept.get(`pps/${this.#rules.ppsOfSlice(slice)}`);
      const sps = pps && this.#kept.get(`sps/${pps.parent}`);
      if (sps === undefined) return undefined;
      const vps = this.#kept.get(`vps/${sps.parent}`);
      if (sps.parent >= 0 && vps === undefined) return undefined;
      const siblings = [...this.#kept.values()].filter((set) => set.kind === 'pps' && set.parent === sps.id);
      siblings.sort((a, b) => a.id - b.id);
      const sets = [...(vps ? [vps] : []), sps, ...siblings];
      const { codecString, width, height } = this.#rules.parseSps(sps.nal);
      const parameterSets = sets.map((set) => set.nal);
      return { ...{ codec: this.#rules.codec, codecString, width, height }, parameterSets };
    });
  }
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}
