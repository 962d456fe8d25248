/**
 * Names that end in `.local`, asked for by one question (RFC 6762, section 5.1; the format is RFC 1035's, section 4). Pure: sockets are in `local-names.ts`.
 * An answer is bytes of anybody in the network: what is wrong with it makes it no answer, never a fault.
 */

export interface FoundAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

const HEADER_BYTES = 12;
/** RFC 1035, section 2.3.4. */
const LABEL_BYTES = 63;
const NAME_BYTES = 255;
/** RFC 6762, section 17. */
const MESSAGE_BYTES = 9_000;
/** Of one answer; more say the same again. */
const MAX_RECORDS = 64;
const MAX_POINTERS = 16;
const TYPE_A = 1;
const TYPE_AAAA = 28;
const CLASS_IN = 1;
/** The top bit of a class says something else in mDNS (RFC 6762, section 10.2). */
const CLASS_BITS = 0x7fff;
/** QR, opcode and rcode of an answer without fault (RFC 6762, section 18). */
const FLAG_BITS = 0xf80f;
const ANSWER_FLAGS = 0x8000;

/** @returns undefined for what is no name */
export function encodeQuestion(name: string, id: number): Uint8Array | undefined {
  const labels = name.split('.').map((label) => Buffer.from(label, 'utf8'));
  if (labels.some(({ length }) => length < 1 || length > LABEL_BYTES)) return undefined;
  const encoded = Buffer.concat([...labels.flatMap((label) => [Buffer.from([label.length]), label]), Buffer.from([0])]);
  if (encoded.length > NAME_BYTES) return undefined;
  const head = Buffer.from([id >> 8, id & 255, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]);
  const question = (type: number): Buffer => Buffer.concat([encoded, Buffer.from([0, type, 0, CLASS_IN])]);
  return Buffer.concat([head, question(TYPE_A), question(TYPE_AAAA)]);
}

/** @returns the addresses of that name; none where the bytes are no answer to our question */
export function parseAnswer(bytes: Uint8Array, name: string, id: number): FoundAddress[] {
  if (bytes.length < HEADER_BYTES || bytes.length > MESSAGE_BYTES) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== id || (view.getUint16(2) & FLAG_BITS) !== ANSWER_FLAGS) return [];
  const questions = view.getUint16(4);
  const records = view.getUint16(6) + view.getUint16(8) + view.getUint16(10);
  if (questions + records > MAX_RECORDS) return [];
  let at = HEADER_BYTES;
  for (let i = 0; i < questions; i += 1) at = (readName(bytes, at)?.end ?? bytes.length) + 4;
  const found: FoundAddress[] = [];
  for (let i = 0; i < records; i += 1) {
    const owner = readName(bytes, at);
    if (owner === undefined || owner.end + 10 > bytes.length) break;
    const data = owner.end + 10;
    at = data + view.getUint16(owner.end + 8);
    if (at > bytes.length) break;
    const isIn = (view.getUint16(owner.end + 2) & CLASS_BITS) === CLASS_IN;
    const address = addressOf(view.getUint16(owner.end), bytes.subarray(data, at));
    if (isIn && address !== undefined && owner.name.toLowerCase() === name.toLowerCase()) found.push(address);
  }
  return found;
}

/** A name may go on elsewhere; only further to the front, so it ends (RFC 1035, section 4.1.4). */
function readName(bytes: Uint8Array, from: number): { readonly name: string; readonly end: number } | undefined {
  const labels: string[] = [];
  let end: number | undefined;
  let [at, length, pointers] = [from, 0, 0];
  for (;;) {
    const size = bytes[at];
    if (size === undefined) return undefined;
    if (size === 0) return { name: labels.join('.'), end: end ?? at + 1 };
    if (size >= 0xc0) {
      const to = ((size & 0x3f) << 8) | (bytes[at + 1] ?? 0xff);
      pointers += 1;
      if (to >= at || pointers > MAX_POINTERS || at + 1 >= bytes.length) return undefined;
      end ??= at + 2;
      at = to;
      continue;
    }
    length += size + 1;
    if (size > LABEL_BYTES || length >= NAME_BYTES || at + size >= bytes.length) return undefined;
    labels.push(Buffer.from(bytes.subarray(at + 1, at + 1 + size)).toString('utf8'));
    at += size + 1;
  }
}

function addressOf(type: number, data: Uint8Array): FoundAddress | undefined {
  if (type === TYPE_A && data.length === 4) return { address: data.join('.'), family: 4 };
  if (type !== TYPE_AAAA || data.length !== 16) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(2 * i).toString(16));
  return { address: groups.join(':'), family: 6 };
}
