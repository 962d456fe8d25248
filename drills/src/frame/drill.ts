/** What a drill is and what it tells: one replay of an incident, with its twin. The frame runs it, `main.ts` prints it. */

/** The record that `npm run drill -- --json` prints for each drill. Fields and names are the issue's; times in ms. */
export interface DrillRecord {
  readonly name: string;
  readonly seed: number;
  /** Trials against Sealcam under the broken middle. */
  readonly trials: number;
  /** Units of another home that a viewer could decrypt. Must be 0. */
  readonly openedForeign: number;
  /** Units of another home that reached the decoder's input. Must be 0. */
  readonly shownForeign: number;
  /** The twin showed a stranger, and with the named function put right it showed none. */
  readonly twinCaught: boolean;
  /** First foreign arrival at a display → the relay's incident. Null where nothing foreign can arrive by the drill's nature. */
  readonly detectionMs: Quantiles | null;
  /** The suspension → the last picture byte on that link. */
  readonly cutMs: Quantiles | null;
  /** Foreign pictures by the relay's own books, and by the truth. Must be equal. */
  readonly exposureCounted: number;
  readonly exposureTrue: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

export interface DrillResult extends DrillRecord {
  /** Why it failed, in words; empty when it passed. */
  readonly failures: readonly string[];
  /** Said beside the record on the terminal: how many trials over real sockets, what the twin showed. */
  readonly notes: readonly string[];
  /** For the report page: what `report` of the drill made of it, a complete HTML document. */
  readonly page?: string;
}

export interface DrillContext {
  readonly seed: number;
  /** The size for CI. */
  readonly quick: boolean;
  /** Shown on standard error while the drill runs. */
  readonly progress: (words: string) => void;
}

export interface Drill {
  /** As in `sealcam drill NAME`: lower case, hyphens. */
  readonly name: string;
  /** The row of the replay catalogue and the incident: `T6 · Xiaomi 2020, hypothesis 1`. */
  readonly replays: string;
  /** One sentence for a person: what went wrong then. */
  readonly story: string;
  /** The one function of the middle that holds the mistake. */
  readonly mistake: string;
  run(context: DrillContext): Promise<DrillResult>;
}

/** Nearest rank; undefined for no values. */
export function quantiles(values: readonly number[]): Quantiles | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
