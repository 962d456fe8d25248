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
function lanAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all
    .filter((each) => !each.internal && !isLinkLocal(each.address))
    .sort((a, b) => a.family.localeCompare(b.family) || a.address.localeCompare(b.address))
    .map((each) => each.address);
}

/** They lead to containers and virtual machines on this machine, as their makers name them (Docker, libvirt, VMware, VirtualBox, CNI, LXC, Hyper-V). */
const INSIDE = /^(?:docker|br-|veth|virbr|vmnet|vboxnet|cni|podman|lxc|lxd|flannel|cali|vEthernet)/;
/** They lead to whoever has joined the same overlay: a tablet on the wall seldom has. */
const OVERLAY = /^(?:tailscale|zt|wg|tun|tap|utun|ppp)/;

type Interfaces = ReturnType<typeof networkInterfaces>;

/**
 * The addresses by which the others of the home open what listens there, the likeliest first. The certificate of the home's own
 * authority names each of them.
 * @param listenHost 0.0.0.0 listens on IPv4 alone, :: on both
 */
export function reachableAddresses(listenHost: string, interfaces: Interfaces = networkInterfaces()): string[] {
  if (!isEverywhere(listenHost)) {
    return isHomeAddress(listenHost) && !isLoopback(listenHost) && !isLinkLocal(listenHost) ? [listenHost] : [];
  }
  const all = Object.entries(interfaces).flatMap(([name, each = []]) => each.map((found) => ({ ...found, name })));
  const others = all.filter(
    ({ address, family, internal }) =>
      !internal && isHomeAddress(address) && !isLinkLocal(address) && (listenHost === '::' || family === 'IPv4'),
  );
  const leadsOut = others.some(({ name }) => !INSIDE.test(name));
  return others
    .filter(({ name }) => !leadsOut || !INSIDE.test(name))
    .sort((a, b) => Number(OVERLAY.test(a.name)) - Number(OVERLAY.test(b.name)) || a.family.localeCompare(b.family))
    .map(({ address }) => address);
}

function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab]/i.test(address);
}

/** `<host name>.local`, as multicast DNS spells it (RFC 6762, 3); undefined where the host has no name that can be one. */
export function localName(machine: string = hostname()): string | undefined {
  const short = machine.toLowerCase().split('.')[0] ?? '';
  return /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(short) && short !== 'localhost' ? `${short}.local` : undefined;
}

/** What a certificate for this machine must name, home ranges only, in a stable order. */
export function certificateNames(listenHost: string): string[] {
  const local = localName();
  const names = ['localhost', '127.0.0.1', '::1', ...lanAddresses().filter(isHomeAddress)];
  if (local !== undefined) names.splice(1, 0, local);
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
