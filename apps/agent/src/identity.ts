/**
 * Who this agent is: a signing key and an HPKE key, in one file of mode 0600, made anew for each home. The HPKE key is what a pairing
 * shows beside the signing key; nothing is ever sealed to it: commands have keys of their own (`command-keys.ts`).
 */
import { join } from 'node:path';
import {
  exportDeviceKeys,
  exportHpkeKeys,
  generateDeviceKeys,
  generateHpkeKeys,
  importDeviceKeys,
  importHpkeKeys,
  type DeviceKeys,
  type HpkeKeys,
} from '@sealcam/home';
import { SealcamError } from '@sealcam/protocol';
import * as v from 'valibot';
import { readDurably, writeDurably } from './durable-file.ts';
import { upgraded } from './file-version.ts';

export interface Identity {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
}

/** Version 1, which says none. */
const Stored = v.strictObject({
  device: v.strictObject({ sigPub: v.string(), pkcs8: v.string() }),
  hpke: v.strictObject({ keySeq: v.number(), hpkePub: v.string(), pkcs8: v.string() }),
});

const fileOf = (dataDir: string): string => join(dataDir, 'identity');

/** @returns undefined when there is none yet. @throws {SealcamError} `store.newer`, `store.corrupt` */
export async function loadIdentity(dataDir: string): Promise<Identity | undefined> {
  const stored = readIdentity(dataDir)?.stored;
  if (stored === undefined) return undefined;
  return {
    keys: await importDeviceKeys(stored.device, { extractable: true }),
    hpke: await importHpkeKeys(stored.hpke, { extractable: true }),
  };
}

/** @returns undefined when there is none yet. `found`: the version that it is of. @throws {SealcamError} `store.newer`, `store.corrupt` */
export function readIdentity(
  dataDir: string,
): { readonly stored: v.InferOutput<typeof Stored>; readonly found: number } | undefined {
  const text = readDurably(fileOf(dataDir));
  if (text === undefined) return undefined;
  try {
    const { value, found } = upgraded(JSON.parse(text), 'identity');
    const { version: _, ...stored } = value as Record<string, unknown>;
    return { stored: v.parse(Stored, stored), found };
  } catch (error) {
    if (error instanceof SealcamError && error.code === 'store.newer') throw error;
    throw new SealcamError('store.corrupt', 'identity');
  }
}

/** Takes the place of the one there was. @throws {SealcamError} `store.read-only`, `store.full` */
export async function newIdentity(dataDir: string): Promise<Identity> {
  const keys = await generateDeviceKeys({ extractable: true });
  const hpke = await generateHpkeKeys(1, { extractable: true });
  const stored = { device: await exportDeviceKeys(keys), hpke: await exportHpkeKeys(hpke) };
  writeDurably(fileOf(dataDir), JSON.stringify(stored));
  return { keys, hpke };
}
