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
  const missing = new Set(needles);
  const buffer = Buffer.alloc(CHUNK);
  try {
    for (const [start, end] of writableRanges(maps)) {
      for (let at = start; at < end && missing.size > 0; at += CHUNK - OVERLAP) {
        // A range can be gone or unreadable by now; what is not there holds no picture.
        const read = await memory.read(buffer, 0, Math.min(CHUNK, end - at), at).catch(() => undefined);
        if (!read) break;
        const chunk = buffer.subarray(0, read.bytesRead);
        if (chunk.equals(UNTOUCHED.subarray(0, chunk.length))) continue;
        for (const needle of missing) if (chunk.includes(needle)) missing.delete(needle);
      }
    }
  } finally {
    await memory.close();
  }
  return needles.length - missing.size;
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
