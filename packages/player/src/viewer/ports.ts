/** All that the viewer touches of the world, handed in: a browser page and a test in Node give their own. */
import type { BulletinMark, DeviceKeys, HpkeKeys } from '@sealcam/home';
import type { HomeId } from '@sealcam/protocol';

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

/** Opens a WebSocket; never throws, and tells nothing before it returned: failure is `closed(1006)`, later. Binary messages as bytes, compression off. */
export type Dial = (url: string, events: SocketEvents) => ViewerSocket;

/** An HPKE key and when it was made, Unix milliseconds: a new one is due every day. */
export interface DatedHpkeKeys extends HpkeKeys {
  readonly madeMs: number;
}

/** What a paired device keeps. A plain object with `CryptoKey`s, so that IndexedDB holds the keys and nothing reads them. */
export interface StoredDevice {
  readonly homeId: HomeId;
  readonly keys: DeviceKeys;
  /** Oldest first; those before the newest stay until a wrap opened with the newest. */
  readonly hpke: readonly DatedHpkeKeys[];
  /** The verified roster chain from the genesis on, each with its signature. Its end is the highest version and hash accepted. */
  readonly rosters: readonly Uint8Array[];
  /** The last bulletin accepted; nothing lower or forked is accepted again. */
  readonly mark: BulletinMark | undefined;
  /** What the admin's device knew at pairing: no bulletin below it is accepted. */
  readonly epochFloor: number;
}

/** What a device stores at the end of a pairing, or of the claim that founded its home. */
export function newStoredDevice(input: {
  readonly homeId: HomeId;
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  readonly rosters: readonly Uint8Array[];
  readonly epochFloor: number;
  readonly nowMs: number;
}): StoredDevice {
  const { homeId, keys, hpke, rosters, epochFloor, nowMs } = input;
  return { homeId, keys, hpke: [{ ...hpke, madeMs: nowMs }], rosters, mark: undefined, epochFloor };
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
