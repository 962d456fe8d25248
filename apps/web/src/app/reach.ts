/** By which addresses another device opens these pages: what the relay says of itself, and what this page knows by having been opened. */
import { decodeReach, REACH_PATH, type Reach } from '@sealcam/protocol';

export interface Openable {
  /** Origins, the best first. */
  readonly addresses: readonly string[];
  /** Why there is none. A relay of before says nothing: then there is only what this page knows. */
  readonly from: Reach['from'] | 'unknown';
  /** Where the new device learns to trust the certificate. */
  readonly trust: string | undefined;
}

const ANSWERS_MS = 5_000;

/** Asks the relay of this page. @returns undefined where it does not answer, or is too old to know */
export async function askReach(): Promise<Reach | undefined> {
  try {
    const answer = await fetch(REACH_PATH, {
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWERS_MS),
    });
    return answer.ok ? decodeReach(await answer.text()) : undefined;
  } catch {
    return undefined;
  }
}

/** A browser here reaches it, and no other. */
export function isThisMachineAlone(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.') || hostname.endsWith('.localhost')
  );
}

/** @param page the address of this page: one that is not of this machine alone leads here for others, whatever the relay knows of it */
export function openable(
  reach: Reach | undefined,
  page: { readonly origin: string; readonly hostname: string },
): Openable {
  const own = isThisMachineAlone(page.hostname) ? [] : [page.origin];
  const addresses = [...new Set([...own, ...(reach?.addresses ?? [])])];
  return { addresses, from: reach?.from ?? 'unknown', trust: reach?.trust };
}
