/**
 * Signed checkpoints of the ledger's head, one JSON line each minute or 1,000 rows: what leaves the machine, so that a cut or
 * rewritten ledger cannot pass for the old one. Ed25519, by a key of this relay that signs nothing else. Each line has its number and
 * the hash of the one before, so that a line that is missing or out of its place is found as well (`checkCheckpoints`).
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SealcamError } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { EventLog } from '../log.ts';

const EVERY_ROWS = 1000;
const EVERY_MS = 60_000;

export interface Checkpoint {
  /** Its place in the file from 1 on; 0 in a line of before there were places. */
  readonly n: number;
  readonly seq: number;
  readonly hash: string;
  readonly atMs: number;
  /** SHA-256, hex, of the signature of the line before; '' in the first. */
  readonly prev: string;
  /** base64 of the Ed25519 signature over the JSON array [label, n, seq, hash, atMs, prev]. */
  readonly sig: string;
}

/** What a walk along the ledger is compared with; plain data, as it goes to a thread. */
export interface CheckpointsToCheck {
  /** The text of `checkpoints.log`. */
  readonly text: string;
  /** PEM. */
  readonly publicKey: string;
  /** The text of a copy that was kept elsewhere: each line of it must still be in the file. */
  readonly against?: string;
  /** What a running relay knows to be durable. */
  readonly head?: { readonly seq: number; readonly hash: string };
}

export type CheckedCheckpoints =
  | { readonly whole: true; readonly checkpoints: readonly Checkpoint[] }
  | {
      readonly whole: false;
      /** The place in the file, from 1 on. */
      readonly checkpoint: number;
      /** The last row that a checkpoint before it vouches for. */
      readonly seq: number;
      readonly reason: 'checkpoint-changed' | 'checkpoint-removed' | 'checkpoint-reordered';
    };

export class Checkpoints {
  readonly #file: string;
  readonly #key: KeyObject;
  readonly #clock: Clock;
  readonly #log: EventLog;
  #head: { readonly seq: number; readonly hash: string } | undefined;
  #last: Pick<Checkpoint, 'n' | 'seq' | 'sig'>;
  /** Ends a line that a power cut left half written, so that it does not swallow the next. */
  #front: '' | '\n';
  readonly #stop: () => void;

  /** @param folder `<data>/relay`: `checkpoint.key` (0600), `checkpoint.pub` and `checkpoints.log` */
  constructor(folder: string, clock: Clock, log: EventLog) {
    this.#file = checkpointsFile(folder);
    this.#key = loadKey(folder);
    this.#clock = clock;
    this.#log = log;
    const text = readText(this.#file);
    this.#last = parseCheckpoints(text).at(-1) ?? { n: 0, seq: 0, sig: '' };
    this.#front = text === '' || text.endsWith('\n') ? '' : '\n';
    this.#stop = clock.every(EVERY_MS, () => this.#write());
  }

  advanced(head: { readonly seq: number; readonly hash: string }): void {
    this.#head = head;
    if (head.seq - this.#last.seq >= EVERY_ROWS) this.#write();
  }

  toCheck(): CheckpointsToCheck {
    const publicKey = createPublicKey(this.#key).export({ type: 'spki', format: 'pem' }).toString();
    return { text: readText(this.#file), publicKey };
  }

  /** For what this relay seals to itself. */
  get secret(): Uint8Array {
    return this.#key.export({ type: 'pkcs8', format: 'der' });
  }

  /** The furthest row that a line of the file says was there. */
  get furthest(): Checkpoint | undefined {
    return parseCheckpoints(readText(this.#file)).reduce<Checkpoint | undefined>(
      (most, line) => (line.seq > (most?.seq ?? 0) ? line : most),
      undefined,
    );
  }

  close(): void {
    this.#stop();
    this.#write();
  }

  #write(): void {
    if (this.#head === undefined || this.#head.seq === this.#last.seq) return;
    const { seq, hash } = this.#head;
    const front = { n: this.#last.n + 1, seq, hash, atMs: this.#clock.wallMs(), prev: linkTo(this.#last.sig) };
    const line = { ...front, sig: sign(null, signedBytes(front), this.#key).toString('base64') };
    try {
      appendFileSync(this.#file, `${this.#front}${JSON.stringify(line)}\n`, { mode: 0o600 });
      this.#front = '';
      this.#last = line;
    } catch (error) {
      this.#log.fault('ledger.checkpoint', error, { seq });
    }
  }
}

/** As `Checkpoints.toCheck`, of a data folder on which nothing runs. @throws {SealcamError} `store.corrupt` without a key */
export function checkpointsOf(folder: string): CheckpointsToCheck {
  const publicKey = createPublicKey(readKey(join(folder, 'checkpoint.key')));
  return {
    text: readText(checkpointsFile(folder)),
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** All checkpoints of a text, as they stand; a half-written line (power cut) is left out. */
export function parseCheckpoints(text: string): Checkpoint[] {
  return text.split('\n').flatMap(parseLine);
}

/** Signatures, places, and that none is missing: the first that does not hold. */
export function checkCheckpoints({ text, publicKey, against }: CheckpointsToCheck): CheckedCheckpoints {
  const key = createPublicKey(publicKey);
  const checkpoints = parseCheckpoints(text);
  const kept = against === undefined ? [] : parseCheckpoints(against);
  let last = { n: 0, seq: 0, sig: '' };
  for (const [index, line] of checkpoints.entries()) {
    const fault = faultOf(line, last, checkpoints, key);
    if (fault !== undefined) {
      const checkpoint = fault === 'removed' ? last.n + 1 : index + 1;
      return { whole: false, checkpoint, seq: last.seq, reason: `checkpoint-${fault}` };
    }
    last = line;
  }
  const lines = new Set(checkpoints.map((line) => line.sig));
  const lost = kept.find((line) => !lines.has(line.sig));
  if (lost !== undefined) return { whole: false, checkpoint: lost.n, seq: last.seq, reason: 'checkpoint-removed' };
  return { whole: true, checkpoints };
}

function faultOf(
  line: Checkpoint,
  last: Pick<Checkpoint, 'n' | 'sig'>,
  all: readonly Checkpoint[],
  key: KeyObject,
): 'changed' | 'removed' | 'reordered' | undefined {
  if (!verify(null, signedBytes(line), key, Buffer.from(line.sig, 'base64'))) return 'changed';
  // Lines of before there were places come first, and only first.
  if (line.n === 0 && last.n === 0) return undefined;
  if (line.n <= last.n) return 'reordered';
  if (line.n > last.n + 1) return all.some((other) => other.n === last.n + 1) ? 'reordered' : 'removed';
  return line.prev === linkTo(last.sig) ? undefined : 'changed';
}

function linkTo(sig: string): string {
  return sig === '' ? '' : createHash('sha256').update(sig).digest('hex');
}

function signedBytes({ n, seq, hash, atMs, prev }: Omit<Checkpoint, 'sig'>): Buffer {
  const place = n === 0 ? [seq, hash, atMs] : [n, seq, hash, atMs, prev];
  return Buffer.from(JSON.stringify(['sealcam/1 checkpoint', ...place]));
}

function parseLine(line: string): Checkpoint[] {
  try {
    const { n = 0, seq, hash, atMs, prev = '', sig } = JSON.parse(line) as Partial<Checkpoint>;
    if (typeof n !== 'number' || typeof seq !== 'number' || typeof atMs !== 'number') return [];
    if (typeof hash !== 'string' || typeof prev !== 'string' || typeof sig !== 'string') return [];
    return [{ n, seq, hash, atMs, prev, sig }];
  } catch {
    return [];
  }
}

function checkpointsFile(folder: string): string {
  return join(folder, 'checkpoints.log');
}

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function loadKey(folder: string): KeyObject {
  const file = join(folder, 'checkpoint.key');
  if (!existsSync(file)) makeKey(folder, file);
  return readKey(file);
}

function readKey(file: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(file));
  } catch (error) {
    throw new SealcamError('store.corrupt', 'checkpoint key', { cause: error });
  }
}

function makeKey(folder: string, file: string): void {
  const pair = generateKeyPairSync('ed25519');
  writeDurably(join(folder, 'checkpoint.pub'), pair.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  writeDurably(file, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

function writeDurably(file: string, text: string): void {
  const fd = openSync(file, 'w', 0o600);
  writeSync(fd, text);
  fsyncSync(fd);
  closeSync(fd);
}
