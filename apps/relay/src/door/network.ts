/** Whose an address is, as far as bounds are concerned: an IPv4 address, or the /64 that one IPv6 customer is given. */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What bounds are counted by. */
export type Network = string;

const V6_PREFIX_BYTES = 8;

/** @returns the address as one spells it: IPv4 where IPv6 only carries it; undefined for what is no address */
export function plainAddress(address: string): string | undefined {
  // The library takes `1` and `0x7f000001` as well, which nobody means.
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString();
}

/** @param address anything; what is no address is a network of its own */
export function networkOf(address: string): Network {
  if (isIP(address) === 0) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const prefix = parsed.toByteArray().fill(0, V6_PREFIX_BYTES);
  return `${ipaddr.fromByteArray(prefix).toString()}/64`;
}

/** Whether it is this machine itself. */
export function isLoopbackAddress(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback';
}
