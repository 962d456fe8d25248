/** Who this agent is: a signing key and an HPKE key, in one file of mode 0600, made anew for each home. */
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

export interface Identity {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
}

const Stored = v.strictObject({
  device: v.strictObject({ sigPub: v.string(), pkcs8: v.string() }),
  hpke: v.strictObject({ keySeq: v.number(), hpkePub: v.string(), pkcs8: v.string() }),
});

const fileOf = (dataDir: string): string => join(dataDir, 'identity');

/** @returns undefined when there is none yet. @throws {SealcamError} `store.corrupt` */
export async function loadIdentity(dataDir: string): Promise<Identity | undefined> {
  const text = readDurably(fileOf(dataDir));
  if (text === undefined) return undefined;
  const stored = parsed(text);
  return {
    keys: await importDeviceKeys(stored.device, { extractable: true }),
    hpke: await importHpkeKeys(stored.hpke, { extractable: true }),
  };
}

/** Takes the place of the one there was. @throws {SealcamError} `store.read-only`, `store.full` */
export async function newIdentity(dataDir: string): Promise<Identity> {
  const keys = await generateDeviceKeys({ extractable: true });
  const hpke = await generateHpkeKeys(1, { extractable: true });
  const stored = { device: await exportDeviceKeys(keys), hpke: await exportHpkeKeys(hpke) };
  writeDurably(fileOf(dataDir), JSON.stringify(stored));
  return { keys, hpke };
}

function parsed(text: string): v.InferOutput<typeof Stored> {
  try {
    return v.parse(Stored, JSON.parse(text));
  } catch {
    throw new SealcamError('store.corrupt', 'identity');
  }
}
