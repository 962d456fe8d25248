/** The names and addresses by which other machines of the home reach this one. */
import { hostname, networkInterfaces } from 'node:os';
import { BlockList, isIP } from 'node:net';

/** Ranges that are only ever a home's own: the certificate authority may vouch for nothing else. */
export const HOME_RANGES = [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
  // What an overlay such as Tailscale gives out.
  ['100.64.0.0', 10],
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const;

const homeRanges = new BlockList();
for (const [address, bits] of HOME_RANGES) homeRanges.addSubnet(address, bits, address.includes(':') ? 'ipv6' : 'ipv4');

export function isHomeAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && homeRanges.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** Addresses of this machine that other machines can dial, IPv4 first; without loopback, link-local and scopes. */
export function lanAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all
    .filter((each) => !each.internal && !each.address.startsWith('fe80:') && !each.address.startsWith('169.254.'))
    .sort((a, b) => a.family.localeCompare(b.family) || a.address.localeCompare(b.address))
    .map((each) => each.address);
}

/**
 * The address to write into a link for the others of the home.
 * @param listenHost 0.0.0.0 listens on IPv4 alone
 * @returns undefined where this machine has no address of a home network there
 */
export function lanAddress(listenHost: string, addresses: readonly string[] = lanAddresses()): string | undefined {
  if (!isEverywhere(listenHost)) return isHomeAddress(listenHost) ? listenHost : undefined;
  return addresses.find((address) => isHomeAddress(address) && (listenHost === '::' || isIP(address) === 4));
}

/** What a certificate for this machine must name, home ranges only, in a stable order. */
export function certificateNames(listenHost: string): string[] {
  const machine = hostname().toLowerCase().split('.')[0] ?? '';
  const local = /^[a-z0-9-]+$/.test(machine) && machine !== 'localhost' ? [`${machine}.local`] : [];
  const names = ['localhost', ...local, '127.0.0.1', '::1', ...lanAddresses().filter(isHomeAddress)];
  if (isHomeAddress(listenHost)) names.push(listenHost);
  return [...new Set(names)];
}

/** Whether listening there means that other machines can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Whether listening there means all addresses of the machine. */
export function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** `host:port` as a link needs it. */
export function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
