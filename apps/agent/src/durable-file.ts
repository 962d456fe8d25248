/**
 * Small files that are whole or not there at all: written beside, synced, renamed, and the folder synced, before anybody relies
 * on them. Synchronous on purpose: what is decided in a tick is on disk in that tick, and `kill -9` finds the old file or the new.
 */
import { createHash } from 'node:crypto';
import { closeSync, copyFileSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { SealcamError, type ErrorCode } from '@sealcam/protocol';

const OWNER_ONLY = 0o600;
const SUM_CHARS = 64;

/**
 * First line the SHA-256 of the rest, in hex: a torn or edited file is told from a good one.
 * @throws {SealcamError} `store.read-only`, `store.full`
 */
export function writeDurably(path: string, text: string): void {
  const beside = `${path}.new`;
  const bytes = Buffer.from(`${sumOf(text)}\n${text}`, 'utf8');
  onDisk(() => {
    const file = openSync(beside, 'w', OWNER_ONLY);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    syncFolder(dirname(path));
  });
}

/**
 * @returns undefined when there is no such file
 * @throws {SealcamError} `store.corrupt` when it is not what was written
 */
export function readDurably(path: string): string | undefined {
  let whole: string;
  try {
    whole = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new SealcamError('store.corrupt', `cannot be read (${codeOf(error)})`, { cause: error });
  }
  const text = whole.slice(SUM_CHARS + 1);
  if (whole.charAt(SUM_CHARS) !== '\n' || whole.slice(0, SUM_CHARS) !== sumOf(text)) {
    throw new SealcamError('store.corrupt', 'a file is not what was written');
  }
  return text;
}

/**
 * A copy of a file whose format is about to change, as `<path>.before-<version>`: the way back to the program of before.
 * @throws {SealcamError} `store.read-only`, `store.full`
 */
export function keepBefore(path: string, version: number): void {
  const copy = `${path}.before-${version}`;
  const beside = `${copy}.new`;
  onDisk(() => {
    copyFileSync(path, beside);
    const file = openSync(beside, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, copy);
    syncFolder(dirname(path));
  });
}

/** @throws {SealcamError} `store.read-only`, `store.full` */
export function makeFolder(path: string): void {
  onDisk(() => mkdirSync(path, { recursive: true, mode: 0o700 }));
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

const DISK_CODES: Readonly<Record<string, ErrorCode>> = {
  EROFS: 'store.read-only',
  EACCES: 'store.read-only',
  EPERM: 'store.read-only',
  ENOTDIR: 'store.read-only',
  ENOSPC: 'store.full',
  EDQUOT: 'store.full',
};

/** What a disk refuses, in words of ours. */
function onDisk<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new SealcamError(DISK_CODES[codeOf(error)] ?? 'internal', codeOf(error), { cause: error });
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
