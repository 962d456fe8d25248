/** By which addresses the others of the home open the pages, and what to do where there is none: one answer for terminal, app and doctor. */
import { MAX_REACH_ADDRESSES, type Reach } from '@sealcam/protocol';
import type { Settings } from './settings.ts';
import { hostInUrl, isEverywhere, isLoopback, localName, reachableAddresses } from './tls/addresses.ts';

/** What only who listens knows. */
export interface Listening {
  readonly port: number;
  /** Of the page that helps a device trust the certificate; undefined where there is none. */
  readonly trustPort?: number | undefined;
  /** By which the certificate is good for others, the best first. */
  readonly names?: readonly string[];
}

export function reachOf(
  { host, tls, url }: Pick<Settings, 'host' | 'tls' | 'url'>,
  { port, trustPort, names = [] }: Listening,
): Reach {
  if (url !== undefined) return withTrust(reachByUrl(url), trustPort);
  if (isLoopback(host)) return { from: 'machine', addresses: [] };
  if (tls === 'none') return { from: 'plain', addresses: [] };
  const hosts = names.filter((name) => !isLoopback(name)).slice(0, MAX_REACH_ADDRESSES);
  const addresses = hosts.map((each) => originOf(each, port));
  return withTrust({ from: 'network', addresses }, trustPort);
}

/** Of a relay that is known by its address alone: an agent's, or the one in front of a proxy. */
export function reachByUrl(url: string): Reach {
  const { hostname, protocol, origin } = new URL(url.replace(/^ws/, 'http'));
  if (isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'))) return { from: 'machine', addresses: [] };
  return protocol === 'https:' ? { from: 'network', addresses: [origin] } : { from: 'plain', addresses: [] };
}

/**
 * What the certificate of the home's own authority is good for that others can open.
 * The name comes last: it is found where machine and tablet speak multicast DNS, an address always is.
 */
export function homeHosts(listenHost: string): string[] {
  const addresses = reachableAddresses(listenHost);
  const name = isEverywhere(listenHost) ? localName() : undefined;
  return name === undefined ? addresses : [...addresses.slice(0, MAX_REACH_ADDRESSES - 1), name];
}

function withTrust(reach: Reach, trustPort: number | undefined): Reach {
  const [first] = reach.addresses;
  if (first === undefined || trustPort === undefined) return reach;
  return { ...reach, trust: `http://${new URL(first).hostname}:${trustPort}` };
}

/** As a browser spells it: without the port that goes without saying. */
function originOf(host: string, port: number): string {
  return new URL(`https://${hostInUrl(host)}:${port}`).origin;
}

/** Why nobody else can open the pages, and what to do: a sentence, a sentence, a line to type. */
interface Remedy {
  readonly why: string;
  readonly todo: string;
  readonly line: string;
}

const OPENED = '--host 0.0.0.0 --tls local';

/** @param command what runs: an agent alone opens nothing itself. @returns undefined where there is an address */
export function remedyOf(reach: Reach, command: string): Remedy | undefined {
  if (reach.addresses.length > 0) return undefined;
  const where =
    command === 'agent' ? 'Start its relay as before, with this added' : 'Start it as before, with this added';
  const line = command === 'up' ? `npm start -- ${OPENED}` : `npx sealcam relay ${OPENED}`;
  switch (reach.from) {
    case 'machine':
      return { why: 'Only this machine can open the pages, no tablet and no phone.', todo: `${where}:`, line };
    case 'plain':
      // W3C Secure Contexts: over plain HTTP only a loopback address has WebCrypto.
      return {
        why: 'Other devices find the pages, but browsers open pictures there over HTTPS only.',
        todo: `${where} (docs/guide/lan-tls.md has other ways):`,
        line,
      };
    case 'network':
      return {
        why: 'This machine has no address of a home network and no name there, and its own authority vouches for no other.',
        todo: 'Use a certificate that you have:',
        line: line.replace('--tls local', '--tls files --tls-key key.pem --tls-cert chain.pem'),
      };
  }
}
