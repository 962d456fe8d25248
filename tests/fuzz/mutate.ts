/** Valid samples made wrong in the ways that parsers get wrong: lengths, counts, cuts, splices, doubles, and plain noise. */
import type { Random } from './fuzz.ts';

const EDGES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];
const MOST_BYTES = 256 * 1024;

type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => changed(bytes, (copy) => flip(copy, random)),
  (bytes, random) => changed(bytes, (copy) => (copy[random.below(copy.length)] = random.pick(EDGES) & 0xff)),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => bytes.subarray(random.below(bytes.length)),
  (bytes, random) => join(bytes, random.bytes(random.below(64))),
  (bytes, random) => number(bytes, random, 2),
  (bytes, random) => number(bytes, random, 4),
  (bytes, random) => number(bytes, random, 8),
  (bytes, random) => changed(bytes, (copy) => copy.fill(random.pick([0, 0xff]), ...range(copy, random))),
  (bytes, random) =>
    changed(bytes, (copy) => copy.set(random.bytes(Math.min(16, copy.length)), random.below(copy.length - 15))),
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    const part = bytes.subarray(from, to);
    const times = random.chance(20) ? Math.floor(MOST_BYTES / (part.length + 1)) % 5000 : 1 + random.below(4);
    return join(bytes.subarray(0, to), ...Array.from({ length: times }, () => part), bytes.subarray(to));
  },
  (bytes, random, others) => {
    const other = random.pick(others);
    return join(bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length)));
  },
  (bytes, random) => join(bytes.subarray(0, random.below(bytes.length)), random.bytes(random.below(16)), bytes),
];

/** One to four things wrong with one of the samples; one in ten is noise alone. */
export function mutant(samples: readonly Uint8Array[], random: Random): Uint8Array<ArrayBuffer> {
  if (samples.length === 0 || random.chance(10)) return random.bytes(random.below(random.chance(10) ? 5000 : 100));
  let bytes: Uint8Array = random.pick(samples);
  for (let left = 1 + random.below(4); left > 0; left -= 1) bytes = random.pick(MUTATIONS)(bytes, random, samples);
  return Uint8Array.from(bytes.subarray(0, MOST_BYTES));
}

/** As `mutant`, of text; `words` of its language are put in, doubled and repeated. */
export function mutantText(samples: readonly string[], random: Random, words: readonly string[] = []): string {
  const text = Buffer.from(
    mutant(
      samples.map((sample) => Buffer.from(sample)),
      random,
    ),
  ).toString(random.pick(['utf8', 'latin1']));
  if (words.length === 0 || random.chance(2)) return text;
  const word = random.pick(words).repeat(random.chance(20) ? 2000 : 1 + random.below(3));
  const at = random.below(text.length + 1);
  return text.slice(0, at) + word + text.slice(at);
}

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => unknown): Uint8Array {
  if (bytes.length === 0) return bytes;
  const copy = Uint8Array.from(bytes);
  change(copy);
  return copy;
}

function number(bytes: Uint8Array, random: Random, width: 2 | 4 | 8): Uint8Array {
  if (bytes.length < width) return bytes;
  return changed(bytes, (copy) => {
    const view = new DataView(copy.buffer, copy.byteOffset + random.below(copy.length - width + 1), width);
    const value = random.chance(4) ? bytes.length + random.below(5) - 2 : random.pick(EDGES);
    if (width === 2) view.setUint16(0, value & 0xffff);
    else if (width === 4) view.setUint32(0, value);
    else view.setBigUint64(0, BigInt(value) << BigInt(random.pick([0, 0, 21, 32])));
  });
}

function range(bytes: Uint8Array, random: Random): [number, number] {
  const from = random.below(bytes.length);
  return [from, Math.min(bytes.length, from + 1 + random.below(random.chance(4) ? bytes.length : 16))];
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts).subarray(0, MOST_BYTES);
}

function flip(copy: Uint8Array, random: Random): void {
  const at = random.below(copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
}
