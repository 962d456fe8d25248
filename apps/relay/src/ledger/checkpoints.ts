/**
 * Signed checkpoints of the ledger's head, one JSON line each minute or 1,000 rows: what leaves the machine, so that a cut or
 * rewritten ledger cannot pass for the old one. Ed25519, by a key of this relay that signs nothing else.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SealcamError } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { EventLog } from '../log.ts';

const EVERY_ROWS = 1000;
const EVERY_MS = 60_000;

export interface Checkpoint {
  readonly seq: number;
  readonly hash: string;
  readonly atMs: number;
  /** base64 of the Ed25519 signature over the JSON array [label, seq, hash, atMs]. */
  readonly sig: string;
}

export class Checkpoints {
  readonly #file: string;
  readonly #key: KeyObject;
  readonly #clock: Clock;
  readonly #log: EventLog;
  #head: { readonly seq: number; readonly hash: string } | undefined;
  #signedSeq: number;
  readonly #stop: () => void;

  /** @param folder `<data>/relay`: `checkpoint.key` (0600), `checkpoint.pub` and `checkpoints.log` */
  constructor(folder: string, clock: Clock, log: EventLog) {
    this.#file = join(folder, 'checkpoints.log');
    this.#key = loadKey(folder);
    this.#clock = clock;
    this.#log = log;
    this.#signedSeq = this.read().at(-1)?.seq ?? 0;
    this.#stop = clock.every(EVERY_MS, () => this.#write());
  }

  advanced(head: { readonly seq: number; readonly hash: string }): void {
    this.#head = head;
    if (head.seq - this.#signedSeq >= EVERY_ROWS) this.#write();
  }

  /** All checkpoints in the file, oldest first; a half-written last line (power cut) is left out. */
  read(): Checkpoint[] {
    if (!existsSync(this.#file)) return [];
    return readFileSync(this.#file, 'utf8').split('\n').flatMap(parseLine);
  }

  isSigned(checkpoint: Checkpoint): boolean {
    return verify(null, signedBytes(checkpoint), createPublicKey(this.#key), Buffer.from(checkpoint.sig, 'base64'));
  }

  close(): void {
    this.#stop();
    this.#write();
  }

  #write(): void {
    if (this.#head === undefined || this.#head.seq === this.#signedSeq) return;
    const front = { seq: this.#head.seq, hash: this.#head.hash, atMs: this.#clock.wallMs() };
    const line = { ...front, sig: sign(null, signedBytes(front), this.#key).toString('base64') };
    try {
      appendFileSync(this.#file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
      this.#signedSeq = front.seq;
    } catch (error) {
      this.#log.fault('ledger.checkpoint', error, { seq: front.seq });
    }
  }
}

function signedBytes(checkpoint: Omit<Checkpoint, 'sig'>): Buffer {
  return Buffer.from(JSON.stringify(['sealcam/1 checkpoint', checkpoint.seq, checkpoint.hash, checkpoint.atMs]));
}

function parseLine(line: string): Checkpoint[] {
  try {
    const { seq, hash, atMs, sig } = JSON.parse(line) as Partial<Checkpoint>;
    if (typeof seq !== 'number' || typeof hash !== 'string' || typeof atMs !== 'number' || typeof sig !== 'string')
      return [];
    return [{ seq, hash, atMs, sig }];
  } catch {
    return [];
  }
}

function loadKey(folder: string): KeyObject {
  const file = join(folder, 'checkpoint.key');
  if (!existsSync(file)) makeKey(folder, file);
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
