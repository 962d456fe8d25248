/** That the ledger reached a row once: kept where a restore of the ledger does not reach, and compared with it at each start. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface Witness {
  readonly seq: number;
  /** Of that row, hex. */
  readonly hash: string;
  /** When it was the last one, Unix ms. */
  readonly atMs: number;
}

const FORMAT = 1;

/** @returns undefined when it is none */
export function checkedWitness(value: unknown): Witness | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { seq, hash, atMs } = value as Partial<Witness>;
  const isWhole =
    Number.isSafeInteger(seq) && Number.isSafeInteger(atMs) && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash);
  return isWhole ? ({ seq, hash, atMs } as Witness) : undefined;
}

/** What `sealcam restore` left in `<data>/relay`. */
export function readWitness(folder: string): Witness | undefined {
  const file = witnessFile(folder);
  if (!existsSync(file)) return undefined;
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as { v?: unknown };
    return value.v === FORMAT ? checkedWitness(value) : undefined;
  } catch {
    return undefined;
  }
}

export function writeWitness(folder: string, { seq, hash, atMs }: Witness): void {
  const file = witnessFile(folder);
  const fd = openSync(`${file}.new`, 'w', 0o600);
  writeSync(fd, JSON.stringify({ v: FORMAT, seq, hash, atMs }));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(`${file}.new`, file);
}

function witnessFile(folder: string): string {
  return join(folder, 'witness.json');
}
