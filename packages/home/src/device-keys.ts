/** A device's own keys: one to sign with for as long as it is a member, one a day to be sent secrets under (HPKE). */
import type { DeviceId } from '@sealcam/protocol';

/** Signing keys of one device in one home. A plain object: a browser stores it in IndexedDB as it is. */
export interface DeviceKeys {
  readonly deviceId: DeviceId;
  /** 65 bytes, uncompressed P-256 point. */
  readonly sigPub: Uint8Array<ArrayBuffer>;
  /** ECDSA P-256; not extractable in a browser. */
  readonly signKey: CryptoKey;
}

/** The key others seal to. Renewed every day; `keySeq` rises by 1 from 1. A plain object, storable in IndexedDB. */
export interface HpkeKeys {
  readonly keySeq: number;
  /** 65 bytes, uncompressed P-256 point. */
  readonly hpkePub: Uint8Array<ArrayBuffer>;
  readonly publicKey: CryptoKey;
  /** ECDH P-256; not extractable in a browser. */
  readonly privateKey: CryptoKey;
}

/** `extractable`: only for the agent, which keeps its keys in a file of mode 0600. Default false. */
export interface KeyOptions {
  readonly extractable?: boolean;
}

/** Fresh signing keys; a device makes new ones for each home. */
export declare function generateDeviceKeys(options?: KeyOptions): Promise<DeviceKeys>;

/** Fresh HPKE keys. @param keySeq 1 for the first, the last one + 1 each day */
export declare function generateHpkeKeys(keySeq: number, options?: KeyOptions): Promise<HpkeKeys>;

/** What the agent writes to its file: base64url strings, JSON-safe. Holds the private key. */
export interface StoredDeviceKeys {
  readonly sigPub: string;
  readonly pkcs8: string;
}

/** As `StoredDeviceKeys`, of an HPKE key. */
export interface StoredHpkeKeys {
  readonly keySeq: number;
  readonly hpkePub: string;
  readonly pkcs8: string;
}

/** @throws {SealcamError} `internal` for keys made without `extractable` */
export declare function exportDeviceKeys(keys: DeviceKeys): Promise<StoredDeviceKeys>;
/** @throws {SealcamError} `store.corrupt` when the private key is not that of `sigPub` or not a key at all */
export declare function importDeviceKeys(stored: StoredDeviceKeys, options?: KeyOptions): Promise<DeviceKeys>;
export declare function exportHpkeKeys(keys: HpkeKeys): Promise<StoredHpkeKeys>;
/** @throws {SealcamError} `store.corrupt` */
export declare function importHpkeKeys(stored: StoredHpkeKeys, options?: KeyOptions): Promise<HpkeKeys>;
