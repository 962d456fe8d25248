/** All that the viewer touches of the world, handed in: a browser page and a test in Node give their own. */
import type { DeviceId, HomeId } from '@sealcam/protocol';

/** Two clocks and timers. Wall time may jump; monotonic time stands for durations. */
export interface Clock {
  /** Unix milliseconds. */
  wallMs(): number;
  /** Milliseconds from any start, never falling (`performance.now()`). */
  monotonicMs(): number;
  /** Runs once after `ms` milliseconds. @returns cancels it */
  after(ms: number, run: () => void): () => void;
}

export interface SocketEvents {
  /** One text message. */
  text(message: string): void;
  /** One binary message; the buffer may be reused after the call. */
  binary(message: Uint8Array): void;
  /** Called once, also when the socket never opened. `code` is the WebSocket close code, 1006 where there was none. */
  closed(code: number): void;
}

export interface ViewerSocket {
  /** Sends text; what is sent before the socket is open or after it closed may be lost. */
  send(text: string): void;
  close(): void;
}

/** Opens a WebSocket; never throws: failure is `closed(1006)`, later. Binary messages as bytes, compression off. */
export type Dial = (url: string, events: SocketEvents) => ViewerSocket;

/** The highest this device ever accepted (SEALING.md, Roster): nothing lower or forked is accepted again. */
export interface Pin {
  readonly version: number;
  /** SHA-256 of that roster, 32 bytes. */
  readonly hash: Uint8Array;
  readonly epoch: number;
  /** SHA-256 of the manifest of that epoch; absent before the first bulletin. */
  readonly manifestHash?: Uint8Array;
}

export interface StoredHpkeKey {
  readonly keySeq: number;
  /** 65 bytes, uncompressed P-256. */
  readonly publicKey: Uint8Array;
  /** Not extractable. */
  readonly privateKey: CryptoKey;
  /** Unix milliseconds. */
  readonly madeMs: number;
}

/** What a paired device keeps. Structured-cloneable, so that IndexedDB holds the keys without anything reading them. */
export interface StoredDevice {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  /** 65 bytes, uncompressed P-256. */
  readonly signingPublic: Uint8Array;
  /** ECDSA P-256, sign only, not extractable. */
  readonly signingKey: CryptoKey;
  /** Newest last; the one before it stays until a wrap opened with the newest. */
  readonly hpke: readonly StoredHpkeKey[];
  /** The verified roster chain, oldest (genesis) first; each with its signature. */
  readonly rosters: readonly Uint8Array[];
  readonly pin: Pin;
  /** The last sequence number used for a command and for a report; each rises strictly. */
  readonly commandSeq: number;
  readonly reportSeq: number;
}

export interface ViewerStore {
  /** `undefined`: this device is not paired, or it lost its keys. */
  load(): Promise<StoredDevice | undefined>;
  /**
   * Reads, changes and writes in one transaction (another tab may do the same), and resolves when the change is durable.
   * `change` may throw: then nothing is written and the error comes out. Resolves to what is stored now.
   */
  update(change: (now: StoredDevice) => StoredDevice): Promise<StoredDevice>;
}

export interface ViewerPorts {
  readonly dial: Dial;
  readonly clock: Clock;
  readonly subtle: SubtleCrypto;
  readonly store: ViewerStore;
  /** Fresh random bytes. */
  random(length: number): Uint8Array<ArrayBuffer>;
}
