/**
 * The header of the PROXY protocol (HAProxy, versions 1 and 2): what a proxy that passes bytes on says of whom it passes them for.
 * Read only from proxies that the operator named. Bounded in bytes here, and in time by whoever reads.
 */
import { CodecError, Reader } from '@sealcam/protocol';
import { plainAddress } from './network.ts';

const V1 = 'PROXY ';
/** Of a line with its end, by the specification. */
const V1_BYTES = 107;
const V2 = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a);
const V2_HEAD = 16;
/** After the head: two addresses, and what a proxy adds of its own. Ours is far from the 64 KiB that could be written there. */
const V2_REST = 2_048;

/** Most that is looked at before it is no header. */
export const PROXY_HEADER_BYTES = V2_HEAD + V2_REST;

/** `address` undefined: the proxy speaks for itself (a health check), or does not know. */
export type ProxyHeader =
  { readonly at: 'more' } | { readonly at: 'whole'; readonly bytes: number; readonly address: string | undefined };

const MORE: ProxyHeader = { at: 'more' };

/**
 * @param bytes the first ones of a connection, as far as they have come
 * @throws {CodecError} when they are no such header, however they go on
 */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (startsAs(bytes, V2)) return bytes.length < V2_HEAD ? MORE : parseV2(bytes);
  if (startsAs(bytes, new TextEncoder().encode(V1))) return parseV1(bytes);
  throw new CodecError('no PROXY header');
}

/** As far as both go. */
function startsAs(bytes: Uint8Array, mark: Uint8Array): boolean {
  return mark.subarray(0, bytes.length).every((byte, index) => bytes[index] === byte);
}

function parseV1(bytes: Uint8Array): ProxyHeader {
  const text = Buffer.from(bytes.subarray(0, V1_BYTES)).toString('latin1');
  const end = text.indexOf('\r\n');
  if (end < 0) {
    if (bytes.length >= V1_BYTES || /[^\x20-\x7e\r]/.test(text)) throw new CodecError('PROXY line');
    return MORE;
  }
  const line = text.slice(V1.length, end);
  const whole = (address: string | undefined): ProxyHeader => ({ at: 'whole', bytes: end + 2, address });
  if (/^UNKNOWN(?: [\x20-\x7e]*)?$/.test(line)) return whole(undefined);
  const found = /^TCP([46]) ([\da-fA-F.:]{2,45}) ([\da-fA-F.:]{2,45}) (\d{1,5}) (\d{1,5})$/.exec(line);
  const source = found?.[2] ?? '';
  if (found === null || source.includes(':') !== (found[1] === '6')) throw new CodecError('PROXY line');
  if (Number(found[4]) > 65_535 || Number(found[5]) > 65_535) throw new CodecError('PROXY port');
  return whole(checked(source));
}

function parseV2(bytes: Uint8Array): ProxyHeader {
  const reader = new Reader(bytes.subarray(V2.length));
  const command = reader.u8();
  const family = reader.u8();
  const rest = reader.u16();
  if (command !== 0x20 && command !== 0x21) throw new CodecError('PROXY version or command');
  if (rest > V2_REST) throw new CodecError('PROXY header too long');
  const total = V2_HEAD + rest;
  if (bytes.length < total) return MORE;
  const whole = (address: string | undefined): ProxyHeader => ({ at: 'whole', bytes: total, address });
  // LOCAL: the proxy's own connection. UNSPEC and UNIX: nobody that has an address.
  if (command === 0x20) return whole(undefined);
  const addressBytes = family >> 4 === 1 ? 4 : family >> 4 === 2 ? 16 : 0;
  if (addressBytes === 0) return whole(undefined);
  if (rest < 2 * addressBytes + 4) throw new CodecError('PROXY addresses');
  return whole(checked(spelled(bytes.subarray(V2_HEAD, V2_HEAD + addressBytes))));
}

function spelled(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  const groups: string[] = [];
  for (let at = 0; at < address.length; at += 2)
    groups.push((((address[at] ?? 0) << 8) | (address[at + 1] ?? 0)).toString(16));
  return groups.join(':');
}

function checked(address: string): string {
  const plain = plainAddress(address);
  if (plain === undefined) throw new CodecError('PROXY address');
  return plain;
}
