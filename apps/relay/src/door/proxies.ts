/**
 * The proxies that the operator named, and what is believed of them: `X-Forwarded-For`, the last hop that is none of them, or the
 * header of the PROXY protocol. From anybody else neither is looked at.
 */
import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import { SealcamError } from '@sealcam/protocol';
import { plainAddress } from './network.ts';

/** How a proxy says for whom it speaks. */
export const PROXY_SPEECHES = ['forwarded-for', 'proxy-protocol'] as const;
export type ProxySpeech = (typeof PROXY_SPEECHES)[number];

export interface ProxyOptions {
  /** Addresses and ranges: `10.0.0.5`, `10.1.0.0/16`, `fd00::/8`. */
  readonly addresses: readonly string[];
  readonly speaks: ProxySpeech;
}

export class Proxies {
  readonly #isNamed: (address: string) => boolean;
  readonly speaks: ProxySpeech;

  /** @throws {SealcamError} `config.invalid` for what is no address and no range */
  constructor(options: ProxyOptions | undefined) {
    this.speaks = options?.speaks ?? 'forwarded-for';
    const named = compiled(options?.addresses ?? []);
    this.#isNamed = (address) => plainAddress(address) !== undefined && named(address, 0);
  }

  isProxy(address: string): boolean {
    return this.#isNamed(address);
  }

  /**
   * Who asks.
   * @param near the other end of the connection, or whom the PROXY protocol named
   */
  client(request: IncomingMessage, near: string): string {
    if (this.speaks !== 'forwarded-for' || !this.isProxy(near)) return near;
    const hops = proxyAddr.all(request, (address) => this.isProxy(address));
    return plainAddress(hops.at(-1) ?? '') ?? near;
  }
}

function compiled(addresses: readonly string[]): (address: string, at: number) => boolean {
  const named = addresses.map((each) => {
    try {
      return proxyAddr.compile(each);
    } catch (error) {
      throw new SealcamError('config.invalid', `proxy: ${each} is no address and no range`, { cause: error });
    }
  });
  return (address, at) => named.some((isNamed) => isNamed(address, at));
}
