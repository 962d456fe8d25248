/** A device tells which HPKE key to seal to: `"sealcam/1 hpke" ‖ homeId ‖ deviceId ‖ keySeq u64 ‖ hpkePub ‖ sig`. The highest keySeq wins. */
import {
  CodecError,
  deviceId,
  homeId,
  Reader,
  SealcamError,
  Writer,
  type DeviceId,
  type HomeId,
} from '@sealcam/protocol';
import { readCopy, readId, writeExactly, writeId } from './codec.ts';
import { isPublicKey, PUBLIC_KEY_BYTES } from './signature.ts';
import { verifyMember } from './verify-member.ts';
import type { Head } from './verify-roster.ts';

export interface HpkeKey {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  /** From 1. */
  readonly keySeq: number;
  /** 65 bytes. */
  readonly hpkePub: Uint8Array;
}

const LABEL = 'sealcam/1 hpke';

/** All but the signature. */
export function encodeHpkeKey(key: HpkeKey): Uint8Array<ArrayBuffer> {
  if (key.keySeq < 1) throw new CodecError('keySeq begins at 1');
  const writer = writeId(writeId(new Writer().label(LABEL), key.homeId), key.deviceId);
  return writeExactly(writer.u64(key.keySeq), key.hpkePub, PUBLIC_KEY_BYTES).finish();
}

/**
 * @param bytes message ‖ signature
 * @throws {SealcamError} `codec.malformed`, `device.unknown` when the device is not in the head's roster, `auth.refused` for a wrong home, signature or point
 */
export async function verifyHpkeKey(head: Head, bytes: Uint8Array): Promise<HpkeKey> {
  const { message } = await verifyMember(head, bytes, decodeHpkeKey);
  // A point off the curve would make every later bulletin fail for all members.
  if (!(await isPublicKey(message.hpkePub))) throw new SealcamError('auth.refused', 'not a point of P-256');
  return message;
}

function decodeHpkeKey(body: Uint8Array): HpkeKey {
  const reader = new Reader(body);
  reader.label(LABEL);
  const key: HpkeKey = {
    homeId: readId(reader, homeId),
    deviceId: readId(reader, deviceId),
    keySeq: reader.u64(),
    hpkePub: readCopy(reader, PUBLIC_KEY_BYTES),
  };
  reader.end();
  if (key.keySeq < 1) throw new CodecError('keySeq begins at 1');
  return key;
}
