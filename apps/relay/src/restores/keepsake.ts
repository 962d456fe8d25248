/**
 * What this relay leaves with each agent: how far its ledger is, and what is suspended. Sealed to itself, so that an agent holds it and
 * reads nothing of it: names and reasons of operators are no home's business. A relay that was put back to an older copy reads in it what
 * it has lost.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { fromBase64Url, LIMITS, toBase64Url } from '@sealcam/protocol';
import type { Suspension } from '../suspensions/suspension.ts';
import { checkedSuspension } from './suspension-journal.ts';
import { checkedWitness, type Witness } from './witness.ts';

const FORMAT = 1;
const LABEL = 'sealcam/1 keepsake';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ALGORITHM = 'aes-256-gcm';
/** The newest, and as many of them as `LIMITS.keepsakeBytes` has room for. */
const MOST_SUSPENSIONS = 100;

export interface Keepsake extends Witness {
  readonly suspensions: readonly Suspension[];
}

/** The key to a relay's own keepsakes. @param secret the private key that signs its checkpoints */
export function keepsakeKey(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', LABEL, 32));
}

/** @returns base64url, at most `LIMITS.keepsakeBytes` characters */
export function sealKeepsake(key: Uint8Array, { seq, hash, atMs, suspensions }: Keepsake): string {
  for (let most = MOST_SUSPENSIONS; ; most = Math.floor(most / 2)) {
    const text = JSON.stringify({ v: FORMAT, seq, hash, atMs, suspensions: suspensions.slice(0, most) });
    const sealed = seal(key, text);
    if (sealed.length <= LIMITS.keepsakeBytes) return sealed;
  }
}

function seal(key: Uint8Array, text: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv);
  return toBase64Url(Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]));
}

/** @returns undefined for what this relay did not seal: of another relay, or damaged */
export function openKeepsake(key: Uint8Array, sealed: string): Keepsake | undefined {
  if (sealed.length > LIMITS.keepsakeBytes) return undefined;
  const bytes = Buffer.from(fromBase64Url(sealed));
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  let text: string;
  try {
    text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)).toString('utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
  // Ours from here on: only its version can be another.
  const value = JSON.parse(text) as { v?: unknown; suspensions?: unknown };
  const witness = checkedWitness(value);
  if (value.v !== FORMAT || witness === undefined || !Array.isArray(value.suspensions)) return undefined;
  const suspensions = value.suspensions.flatMap((each) => checkedSuspension(each) ?? []);
  return { ...witness, suspensions };
}
