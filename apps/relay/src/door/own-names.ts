/**
 * The names that this relay goes by. A page under any other that leads here (DNS rebinding) is another site's, whatever address it was
 * found at: it gets nothing. A port is not looked at: a page cannot choose what it says there, and tunnels and forwarded ports have theirs.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { SealcamError } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import { isLoopbackAddress, plainAddress } from './network.ts';

/** Addresses come and go; asked for again at most this often by who names one that is none. */
const LOOK_AGAIN_MS = 5_000;
const HOST = /^(?:([a-z0-9._-]{1,253})|\[([0-9a-f:.]{2,45})\])(?::\d{1,5})?$/;

export interface OwnNamesParts {
  /** Where it listens. */
  readonly host: string;
  /** Names and addresses that the operator says are ours. */
  readonly names: readonly string[];
  /** PEM of the certificate that is shown; what it vouches for is ours. */
  readonly cert: string | undefined;
  readonly clock: Clock;
}

export class OwnNames {
  readonly #certificate: X509Certificate | undefined;
  readonly #names: ReadonlySet<string>;
  readonly #clock: Clock;
  #addresses: ReadonlySet<string> = new Set();
  #lookedMs = -Infinity;

  /** @throws {SealcamError} `config.invalid` for a name that is none */
  constructor({ host, names, cert, clock }: OwnNamesParts) {
    this.#clock = clock;
    this.#certificate = cert === undefined ? undefined : new X509Certificate(cert);
    this.#names = new Set([...machineNames(), ...[host, ...names].map(spelledName)]);
  }

  /** @param header the `Host` of a request */
  has(header: string | undefined): boolean {
    const found = HOST.exec(header?.toLowerCase() ?? '');
    if (found === null) return false;
    const address = plainAddress(found[2] ?? found[1] ?? '');
    if (address !== undefined) return this.#hasAddress(address);
    const name = withoutDot(found[1] ?? '');
    if (name === '' || isIP(name) !== 0) return false;
    return name.endsWith('.localhost') || this.#names.has(name) || this.#certificate?.checkHost(name) !== undefined;
  }

  #hasAddress(address: string): boolean {
    if (isLoopbackAddress(address) || this.#names.has(address)) return true;
    return this.#certificate?.checkIP(address) !== undefined || this.#isOfMachine(address);
  }

  #isOfMachine(address: string): boolean {
    const nowMs = this.#clock.monoMs();
    if (!this.#addresses.has(address) && nowMs - this.#lookedMs >= LOOK_AGAIN_MS) {
      this.#lookedMs = nowMs;
      const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
      this.#addresses = new Set(all.map((each) => plainAddress(each.address) ?? each.address));
    }
    return this.#addresses.has(address);
  }
}

function machineNames(): string[] {
  const full = withoutDot(hostname().toLowerCase());
  const short = full.split('.')[0] ?? '';
  return ['localhost', full, short, `${short}.local`].filter((name) => /^[a-z0-9_-]/.test(name));
}

/** A name or an address as the operator wrote it, the brackets of an IPv6 address aside. */
function spelledName(name: string): string {
  const bare = name
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1');
  const spelled = plainAddress(bare) ?? withoutDot(bare);
  if (!/^[a-z0-9._:-]{1,253}$/.test(spelled)) throw new SealcamError('config.invalid', 'name: not the name of a host');
  // To listen everywhere is to have no address of that kind.
  return spelled === '0.0.0.0' || spelled === '::' ? 'localhost' : spelled;
}

/** `relay.example.` is `relay.example`. */
function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
