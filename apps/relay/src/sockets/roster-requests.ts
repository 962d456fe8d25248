/** What viewers and agents alike ask of rosters. */
import { LIMITS, toBase64Url, type HomeId } from '@sealcam/protocol';
import type { Homes } from '../homes.ts';
import type { Store } from '../store/store.ts';

/** Bytes of rosters in one answer: base64url of it stays under `LIMITS.textMessageBytes`. */
const CHAIN_BYTES = LIMITS.textMessageBytes / 2;

/** Versions from `from` on, as many as one message holds; whoever needs more asks again from the next. */
export async function rosterChain(store: Store, home: HomeId, from: number): Promise<string[]> {
  const out: string[] = [];
  let bytes = 0;
  for (const roster of await store.rosters(home, from)) {
    bytes += roster.length;
    if (bytes > CHAIN_BYTES || out.length >= LIMITS.rosterChainLength) break;
    out.push(toBase64Url(roster));
  }
  return out;
}

/** What `welcome` says of the roster. */
export async function rosterVersion(homes: Homes, home: HomeId): Promise<number> {
  return (await homes.head(home)).version;
}
