/** A measured figure, and whether it holds its bar. */

/** The limit a value is held to; `holds` is computed from it, never said. */
export type Bar = { readonly most: number } | { readonly least: number };

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Absent for a figure that only stands beside another. */
  readonly bar?: Bar;
  readonly trials: number;
}

/** What one run of a figure gives: its rows, and all raw samples by row name for the file beside the table. */
export interface Measured {
  readonly figures: readonly Figure[];
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

export interface BenchOptions {
  /** The size for a quick look: fewer trials, the same way of measuring. */
  readonly quick: boolean;
  /** Progress, one line; to standard error. */
  readonly progress: (line: string) => void;
}

export interface Bench {
  readonly name: string;
  readonly about: string;
  run(options: BenchOptions): Promise<Measured>;
}

export function holds(figure: Figure): boolean {
  if (figure.bar === undefined) return true;
  if (!Number.isFinite(figure.value)) return false;
  return 'most' in figure.bar ? figure.value <= figure.bar.most : figure.value >= figure.bar.least;
}

/** @param samples at least one @param share 0 to 1; nearest rank */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** What `--json` puts on standard output, alone. */
export function toJson(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, bar, trials } = figure;
    return { name, value, unit, bar: bar ?? null, holds: holds(figure), trials };
  });
  return `${JSON.stringify({ figures: rows }, null, 2)}\n`;
}
