/**
 * By which addresses people open the pages of a relay: said by the relay that serves them, to whoever can ask it already, at `REACH_PATH`.
 * A page cannot know it: its own address may be one that leads to this machine alone. It names no home, and nothing that the
 * certificate does not say.
 */
import * as v from 'valibot';
import { CodecError } from './bytes.ts';
import { parseMessage } from './messages.ts';

export const REACH_PATH = '/reach';
/** So many are shown as codes, and nobody looks through more. */
export const MAX_REACH_ADDRESSES = 4;

/**
 * `machine`: it listens to its own machine alone. `plain`: others find it, but over plain HTTP, where a browser has no WebCrypto (W3C
 * Secure Contexts). `network`: others open it at one of the addresses.
 */
export type ReachFrom = 'machine' | 'plain' | 'network';

export interface Reach {
  readonly from: ReachFrom;
  /** Origins, as `https://192.168.1.20:8420`, the best first. There may be none. */
  readonly addresses: readonly string[];
  /** Where a device learns to trust the certificate, if that is of the home's own authority: `http://192.168.1.20:8421`. */
  readonly trust?: string | undefined;
}

const VERSION = 1;
/** A host name has 253 characters at most (RFC 1035, 2.3.4), a scheme and a port the rest. */
const MAX_ORIGIN_CHARS = 280;
const MAX_TEXT_CHARS = 4096;

const origin = (scheme: 'http:' | 'https:') =>
  v.pipe(
    v.string(),
    v.maxLength(MAX_ORIGIN_CHARS),
    v.check((text) => URL.canParse(text) && new URL(text).origin === text && text.startsWith(`${scheme}//`)),
  );

/** A later program may say more, which is no reason to believe less. */
const Told = v.object({
  version: v.literal(VERSION),
  from: v.picklist(['machine', 'plain', 'network']),
  addresses: v.pipe(v.array(origin('https:')), v.maxLength(MAX_REACH_ADDRESSES)),
  trust: v.optional(origin('http:')),
});

export function encodeReach({ from, addresses, trust }: Reach): string {
  return JSON.stringify({ version: VERSION, from, addresses: addresses.slice(0, MAX_REACH_ADDRESSES), trust });
}

/** @throws {CodecError} for what is not one, or of another version */
export function decodeReach(text: string): Reach {
  if (text.length > MAX_TEXT_CHARS) throw new CodecError('too long for a reach');
  const { from, addresses, trust } = parseMessage(Told, text);
  return { from, addresses, trust };
}
