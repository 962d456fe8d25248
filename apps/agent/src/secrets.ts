/**
 * Camera addresses and credentials at rest: AES-256-GCM under a key in a file of its own (mode 0600), so that a copy of the
 * home's state alone opens nothing. Whole sources are sealed, since some brands put the password into the path.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fromBase64Url, idBytes, label, SealcamError, toBase64Url, type CameraId } from '@sealcam/protocol';
import * as v from 'valibot';
import { readDurably, writeDurably } from './durable-file.ts';
import { upgraded } from './file-version.ts';

const Address = v.strictObject({
  secure: v.boolean(),
  tunnel: v.exactOptional(v.literal(true)),
  host: v.string(),
  port: v.number(),
  path: v.string(),
  url: v.string(),
});
const Stream = v.strictObject({
  address: Address,
  transport: v.picklist(['auto', 'tcp', 'udp']),
  /** SHA-256 of the certificate at first sight, with TLS only. */
  pin: v.optional(v.string()),
  /** How the camera wants to be asked, found out by trying. */
  learned: v.optional(
    v.strictObject({ transport: v.picklist(['tcp', 'udp']), asksOptions: v.boolean(), range: v.boolean() }),
  ),
});

/** Where a camera's pictures come from and who may read them there. Never logged, never returned. */
export const CameraSecrets = v.strictObject({
  main: Stream,
  sub: v.optional(Stream),
  credentials: v.optional(v.strictObject({ user: v.string(), password: v.string() })),
});
export type CameraSecrets = v.InferOutput<typeof CameraSecrets>;
export type StreamSource = v.InferOutput<typeof Stream>;

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export class Vault {
  readonly #key: Uint8Array;

  /** @throws {SealcamError} `store.newer`, `store.corrupt`, `store.read-only`, `store.full` */
  constructor(dataDir: string) {
    const stored = readVaultKey(dataDir);
    this.#key = stored ?? randomBytes(KEY_BYTES);
    if (stored === undefined) writeDurably(keyFile(dataDir), toBase64Url(this.#key));
  }

  /** `nonce 12 ‖ ciphertext ‖ tag 16` as base64url, bound to the camera. */
  seal(camera: CameraId, secrets: CameraSecrets): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(boundTo(camera));
    const text = Buffer.from(JSON.stringify(secrets), 'utf8');
    return toBase64Url(Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]));
  }

  /** @throws {SealcamError} `store.newer`; `store.corrupt`, without detail */
  open(camera: CameraId, sealed: string): CameraSecrets {
    try {
      const bytes = fromBase64Url(sealed);
      const tagAt = bytes.length - TAG_BYTES;
      const cipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES)).setAAD(boundTo(camera));
      cipher.setAuthTag(bytes.subarray(tagAt));
      const text = Buffer.concat([cipher.update(bytes.subarray(NONCE_BYTES, tagAt)), cipher.final()]);
      const { value } = upgraded(JSON.parse(text.toString('utf8')), 'home');
      return v.parse(CameraSecrets, value);
    } catch (error) {
      if (error instanceof SealcamError && error.code === 'store.newer') throw error;
      throw new SealcamError('store.corrupt', 'the account of a camera');
    }
  }
}

const keyFile = (dataDir: string): string => join(dataDir, 'secrets.key');

/** @returns undefined when there is none yet. @throws {SealcamError} `store.newer`, `store.corrupt` */
export function readVaultKey(dataDir: string): Uint8Array | undefined {
  const stored = readDurably(keyFile(dataDir));
  return stored === undefined ? undefined : keyFrom(stored);
}

/** Version 1 is the key alone; a later one would be JSON that says which. */
function keyFrom(stored: string): Uint8Array {
  if (stored.startsWith('{')) refuseLater(stored);
  const key = fromBase64Url(stored);
  if (key.length !== KEY_BYTES) throw new SealcamError('store.corrupt', 'secrets.key');
  return key;
}

function refuseLater(stored: string): void {
  let value: unknown;
  try {
    value = JSON.parse(stored);
  } catch {
    throw new SealcamError('store.corrupt', 'secrets.key');
  }
  upgraded(value, 'secrets.key');
}

function boundTo(camera: CameraId): Uint8Array {
  return Buffer.concat([label('sealcam agent camera'), idBytes(camera)]);
}
