/** The memory of a running process, as somebody with root on the relay's machine reads it (Linux, /proc). */
import { open, readFile } from 'node:fs/promises';

const CHUNK = 1024 * 1024;
/** Most of what a process has mapped was never touched: it reads as zeros, and no needle is in zeros. */
const UNTOUCHED = Buffer.alloc(CHUNK);
const OVERLAP = 256;

/**
 * How many of the needles are anywhere in the writable memory of the process right now.
 * @param needles each at most 256 bytes
 */
export async function findInMemory(pid: number, needles: readonly Buffer[]): Promise<number> {
  const maps = await readFile(`/proc/${String(pid)}/maps`, 'utf8');
  const memory = await open(`/proc/${String(pid)}/mem`, 'r');
  const missing = new Needles(needles);
  const buffer = Buffer.alloc(CHUNK);
  try {
    for (const [start, end] of writableRanges(maps)) {
      for (let at = start; at < end && missing.count > 0; at += CHUNK - OVERLAP) {
        // A range can be gone or unreadable by now; what is not there holds no picture.
        const read = await memory.read(buffer, 0, Math.min(CHUNK, end - at), at).catch(() => undefined);
        if (!read) break;
        const chunk = buffer.subarray(0, read.bytesRead);
        if (chunk.equals(UNTOUCHED.subarray(0, chunk.length))) continue;
        missing.lookIn(chunk);
      }
    }
  } finally {
    await memory.close();
  }
  return needles.length - missing.count;
}

/** All needles in one pass: a table says of each two bytes whether a needle begins with them. */
class Needles {
  readonly #byStart = new Map<number, Set<Buffer>>();
  readonly #isStart = new Uint8Array(0x1_0000);
  count = 0;

  constructor(needles: readonly Buffer[]) {
    for (const needle of new Set(needles)) {
      const start = needle.readUInt16LE(0);
      const alike = this.#byStart.get(start) ?? new Set();
      this.#byStart.set(start, alike.add(needle));
      this.#isStart[start] = 1;
      this.count += 1;
    }
  }

  /** What is found is not looked for again. */
  lookIn(chunk: Buffer): void {
    for (let at = 0; at + 1 < chunk.length; at += 1) {
      const start = (chunk[at] ?? 0) | ((chunk[at + 1] ?? 0) << 8);
      if (this.#isStart[start] === 1) this.#lookAt(chunk, at, start);
    }
  }

  #lookAt(chunk: Buffer, at: number, start: number): void {
    const alike = this.#byStart.get(start);
    for (const needle of alike ?? []) {
      if (!needle.equals(chunk.subarray(at, at + needle.length))) continue;
      alike?.delete(needle);
      this.count -= 1;
    }
    if (alike?.size === 0) this.#isStart[start] = 0;
  }
}

function* writableRanges(maps: string): Generator<readonly [number, number]> {
  for (const line of maps.split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
    if (!match) continue;
    const [, start = '', end = ''] = match;
    const from = Number.parseInt(start, 16);
    const to = Number.parseInt(end, 16);
    // V8 reserves gigabytes it never touches (its cage); what is resident lies in ordinary ranges well below that.
    if (Number.isSafeInteger(to) && to - from < 1024 * 1024 * 1024) yield [from, to];
  }
}
