/** What the household picks instead of a URL: brand, address, user, password. Pure data; patterns as in the catalogue (COMPAT). */
import type { CameraAddress } from './address.ts';

export interface Brand {
  /** Stable, kebab-case: `reolink`. */
  readonly id: string;
  /** As the maker writes it. */
  readonly name: string;
  readonly secure: boolean;
  readonly port: number;
  /** Paths to try in this order; `{channel}` is the camera's number on a recorder, from 1. */
  readonly main: readonly string[];
  /** The smaller stream, same order; empty where the brand has none. */
  readonly sub: readonly string[];
  /** What to switch on in that camera first, one or two sentences. */
  readonly hint: string;
}

export declare const BRANDS: readonly Brand[];

export interface BrandAddresses {
  readonly main: readonly CameraAddress[];
  readonly sub: readonly CameraAddress[];
}

/**
 * @param host IP address or name of the camera, optionally with `:port`
 * @throws {SealcamError} `rtsp.address` for an unknown brand or a host that is none
 */
export declare function brandAddresses(brandId: string, host: string, channel?: number): BrandAddresses;
