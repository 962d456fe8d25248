/** NAL units of one access unit to the bytes of one, with everything a decoder that starts here needs. */
import { annexBLength, joinAnnexB, takeApart } from './annex-b.ts';
import type { VideoCodec } from './codec.ts';
import { sameCodecConfig, type VideoConfig } from './codec-config.ts';
import { MEDIA_LIMITS } from './media-limits.ts';
import type { NalRules } from './nal-rules.ts';
import { ParameterSets } from './parameter-sets.ts';
import { rulesOf } from './rules-of.ts';

export interface Built {
  readonly kind: 'picture';
  readonly keyframe: boolean;
  readonly data: Uint8Array<ArrayBuffer>;
  readonly config?: VideoConfig;
  /** The config differs from the last keyframe's. */
  readonly changed: boolean;
  /** A keyframe that brought parameter sets of its own. */
  readonly ownSets: boolean;
}

/** `empty`: no slice in it (parameter sets alone: normal). `headless`: its first slice is missing. `unusable`: anything else. */
export type BuildOutcome = Built | { readonly kind: 'empty' | 'headless' | 'unusable' };

export class PictureBuilder {
  readonly #rules: NalRules;
  readonly #sets: ParameterSets;
  #config: VideoConfig | undefined;

  constructor(codec: VideoCodec, parameterSets: readonly Uint8Array[] = []) {
    this.#rules = rulesOf(codec);
    this.#sets = new ParameterSets(this.#rules, parameterSets);
  }

  /** Learns parameter sets, also from units that are otherwise lost. */
  learn(nals: readonly Uint8Array[]): void {
    this.#sets.see(nals);
  }

  build(raw: readonly Uint8Array[]): BuildOutcome {
    const rules = this.#rules;
    const nals = raw.flatMap(takeApart).filter((nal) => nal.length > rules.headerBytes && !rules.isFiller(nal));
    if (nals.length > MEDIA_LIMITS.accessUnitNals) return { kind: 'unusable' };
    this.learn(nals);
    const slice = nals.find(rules.isSlice);
    if (slice === undefined) return { kind: 'empty' };
    this.#sets.sawPicture();
    if (!rules.isFirstSlice(slice)) return { kind: 'headless' };
    return rules.isRandomAccess(nals) ? this.#keyframe(nals, slice) : this.#finish(nals, { ownSets: false });
  }

  #keyframe(nals: readonly Uint8Array[], slice: Uint8Array): BuildOutcome {
    const config = this.#sets.configFor(slice);
    if (config === undefined) return { kind: 'unusable' };
    const rest = nals.filter((nal) => !this.#rules.isParameterSet(nal));
    const ownSets = rest.length < nals.length;
    const outcome = this.#finish([...config.parameterSets, ...rest], { config, ownSets });
    if (outcome.kind === 'picture') this.#config = config;
    return outcome;
  }

  #finish(
    nals: readonly Uint8Array[],
    facts: { readonly config?: VideoConfig; readonly ownSets: boolean },
  ): BuildOutcome {
    if (annexBLength(nals) > MEDIA_LIMITS.accessUnitBytes) return { kind: 'unusable' };
    const data = joinAnnexB(nals);
    const { config, ownSets } = facts;
    if (config === undefined) return { kind: 'picture', keyframe: false, data, changed: false, ownSets };
    const changed = this.#config === undefined || !sameCodecConfig(this.#config, config);
    return { kind: 'picture', keyframe: true, data, config, changed, ownSets };
  }
}
