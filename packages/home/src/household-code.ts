/** Thirty digits that are equal on two screens exactly when both hold the same list of members. */
import { label } from '@sealcam/protocol';
import { sha512 } from './digest.ts';

const GROUPS = 6;
const BYTES_A_GROUP = 5;

/** @param rosterHash 32 bytes. @returns 6 groups of 5 digits: 5 bytes of `SHA-512("sealcam/1 code" ‖ rosterHash)` each, mod 100,000 */
export async function householdCode(rosterHash: Uint8Array): Promise<readonly string[]> {
  const hash = await sha512(label('sealcam/1 code'), rosterHash);
  return Array.from({ length: GROUPS }, (_, group) => {
    let value = 0;
    for (const byte of hash.subarray(group * BYTES_A_GROUP, (group + 1) * BYTES_A_GROUP)) value = value * 256 + byte;
    return String(value % 100_000).padStart(5, '0');
  });
}
