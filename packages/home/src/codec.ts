/** What the formats of this folder share: ids, counted lists that must be strictly ascending, small closed sets of words. */
import { CodecError, compareBytes, idBytes, idFromBytes, toHex, type Reader, type Writer } from '@sealcam/protocol';

type AnyId = Parameters<typeof idBytes>[0];

/** The bytes of an id, without a length. */
export function writeId(writer: Writer, id: AnyId): Writer {
  return writer.bytes(idBytes(id));
}

/** As `writeId`. @param length 16, or 8 for sessions and key ids */
export function readId<T extends AnyId>(reader: Reader, make: (hex: string) => T, length = 16): T {
  return idFromBytes(make, reader.bytes(length));
}

/** A view that is held on to must not keep a whole message alive, nor change with a pooled buffer. */
export function readCopy(reader: Reader, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(reader.bytes(length));
}

/** @throws {CodecError} for any other length: a short hash is a programming error that must not reach a signature */
export function writeExactly(writer: Writer, bytes: Uint8Array, length: number): Writer {
  if (bytes.length !== length) throw new CodecError(`${bytes.length} bytes where ${length} belong`);
  return writer.bytes(bytes);
}

/** `n u16 ‖ n × item`, with a bound on n that is checked before anything is read. */
export function readList<T>(reader: Reader, most: number, readItem: (reader: Reader) => T): T[] {
  const count = reader.u16();
  if (count > most) throw new CodecError(`${count} entries, at most ${most}`);
  const items: T[] = [];
  for (let i = 0; i < count; i += 1) items.push(readItem(reader));
  return items;
}

/** As `readList`. @throws {CodecError} above the bound */
export function writeList<T>(
  writer: Writer,
  items: readonly T[],
  most: number,
  writeItem: (writer: Writer, item: T) => void,
): Writer {
  if (items.length > most) throw new CodecError(`${items.length} entries, at most ${most}`);
  writer.u16(items.length);
  for (const item of items) writeItem(writer, item);
  return writer;
}

/** One order and no doubles: otherwise one list has several encodings, and one member two grants. */
export function mustAscend<T>(items: readonly T[], key: (item: T) => string | Uint8Array): void {
  for (let i = 1; i < items.length; i += 1) {
    const before = items[i - 1];
    const after = items[i];
    if (before === undefined || after === undefined || compareKeys(key(before), key(after)) >= 0) {
      throw new CodecError('list is not strictly ascending');
    }
  }
}

/** For sorting by the same order. */
export function compareKeys(a: string | Uint8Array, b: string | Uint8Array): number {
  if (typeof a !== 'string' && typeof b !== 'string') return compareBytes(a, b);
  const left = typeof a === 'string' ? a : toHex(a);
  const right = typeof b === 'string' ? b : toHex(b);
  // Hex digits ascend in ASCII as their values do.
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Words of a closed set and their codes on the wire, one byte each. */
export interface Words<T extends string> {
  write(writer: Writer, word: T): Writer;
  read(reader: Reader): T;
}

/** @param codes each word's byte on the wire; an unknown byte is a `CodecError` */
export function words<T extends string>(codes: Readonly<Record<T, number>>): Words<T> {
  const byCode = new Map(Object.entries<number>(codes).map(([word, code]) => [code, word as T]));
  return {
    write: (writer, word) => writer.u8(codes[word]),
    read: (reader) => {
      const code = reader.u8();
      const word = byCode.get(code);
      if (word === undefined) throw new CodecError(`unknown code ${code}`);
      return word;
    },
  };
}

/** One byte, 0 or 1. */
export function readFlag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new CodecError('a flag is 0 or 1');
  return value === 1;
}

/** UTF-8 with a bound in characters. */
export function readText(reader: Reader, mostChars: number): string {
  const text = reader.text16();
  if (text.length > mostChars) throw new CodecError(`text longer than ${mostChars}`);
  return text;
}

/** As `readText`. @throws {CodecError} above the bound */
export function writeText(writer: Writer, text: string, mostChars: number): Writer {
  if (text.length > mostChars) throw new CodecError(`text longer than ${mostChars}`);
  return writer.text16(text);
}
