/**
 * What a paired browser keeps: its keys, which nothing can read out, and the highest roster and epoch it accepted, one record a
 * home, in IndexedDB. App and display are two devices, even in one browser: each has a database of its own.
 */
import type { StoredDevice, ViewerStore } from '@sealcam/player/viewer';
import { homeId, SealcamError, type HomeId } from '@sealcam/protocol';
import { reloadOnce } from '../home/fresh-page.ts';

export type PageKind = 'app' | 'display';

const HOMES = 'homes';
const FACTS = 'facts';
/** Which home the page shows, and what it was called: said when the keys are lost. */
const CURRENT = 'current';

/**
 * To each version from the one before, all in one transaction of the browser's: it is done whole or not at all. A change to what is kept
 * of a device is a new step at the end, which gives the records that are there what they lack.
 */
const UPGRADES: readonly ((db: IDBDatabase) => void)[] = [
  (db) => {
    db.createObjectStore(HOMES);
    db.createObjectStore(FACTS);
  },
  // Protocol 2: records stay as they are, and a page of protocol 1 is kept from them.
  () => undefined,
];
const VERSION = UPGRADES.length;

function opened(kind: PageKind): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(`sealcam-${kind}`, VERSION);
    let isLate = false;
    request.onupgradeneeded = ({ oldVersion }) => {
      for (const step of UPGRADES.slice(oldVersion)) step(request.result);
    };
    request.onblocked = () => {
      isLate = true;
      reject(new SealcamError('browser.other-tab'));
    };
    request.onsuccess = () => {
      const db = request.result;
      // Else this page would keep the next one, a newer one, from its keys.
      db.onversionchange = () => {
        db.close();
        reloadOnce();
      };
      if (isLate) db.close();
      else resolve(db);
    };
    request.onerror = () => {
      reject(storeError(request.error));
    };
  });
}

function storeError(cause: unknown): SealcamError {
  if (cause instanceof DOMException && cause.name === 'VersionError') return new SealcamError('protocol.page-old');
  const full = cause instanceof DOMException && cause.name === 'QuotaExceededError';
  return new SealcamError(full ? 'store.full' : 'store.read-only', 'IndexedDB', { cause });
}

type Work<T> = (tx: IDBTransaction, done: (value: T) => void, fail: (error: unknown) => void) => void;

/** Runs one transaction; resolves when it is durable, with what `work` gave to `done`; `fail` aborts it. */
function transact<T>(db: IDBDatabase, mode: IDBTransactionMode, work: Work<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const tx = db.transaction([HOMES, FACTS], mode, { durability: 'strict' });
    let result: { value: T } | undefined;
    let thrown: unknown;
    tx.oncomplete = () => {
      if (result === undefined) reject(new SealcamError('internal', 'transaction without a result'));
      else resolve(result.value);
    };
    tx.onabort = () => {
      reject(thrown instanceof Error ? thrown : storeError(tx.error));
    };
    work(
      tx,
      (value) => (result = { value }),
      (error) => {
        thrown = error;
        tx.abort();
      },
    );
  });
}

export class KeyStore {
  readonly #db: IDBDatabase;

  private constructor(db: IDBDatabase) {
    this.#db = db;
  }

  /**
   * @throws {SealcamError} `store.read-only` where the browser keeps nothing (private windows of some browsers); `protocol.page-old` where
   *   a newer page keeps this device's keys, which stay as they are; `browser.other-tab`
   */
  static async open(kind: PageKind): Promise<KeyStore> {
    return new KeyStore(await opened(kind));
  }

  /** The home this page shows; undefined when it belongs to none. */
  async current(): Promise<HomeId | undefined> {
    return await transact<HomeId | undefined>(this.#db, 'readonly', (tx, done) => {
      const request = tx.objectStore(FACTS).get(CURRENT);
      request.onsuccess = () => {
        done(typeof request.result === 'string' ? homeId(request.result) : undefined);
      };
    });
  }

  /** Adds a home and shows it from now on. */
  async add(device: StoredDevice): Promise<void> {
    await transact<true>(this.#db, 'readwrite', (tx, done) => {
      tx.objectStore(HOMES).put(device, device.homeId);
      tx.objectStore(FACTS).put(device.homeId, CURRENT);
      done(true);
    });
  }

  async forget(home: HomeId): Promise<void> {
    await transact<true>(this.#db, 'readwrite', (tx, done) => {
      tx.objectStore(HOMES).delete(home);
      tx.objectStore(FACTS).delete(CURRENT);
      done(true);
    });
  }

  /** Small facts of this page (sound, idle time, wrong codes so far): plain values only. */
  async fact<T>(name: string): Promise<T | undefined> {
    return await transact<T | undefined>(this.#db, 'readonly', (tx, done) => {
      const request = tx.objectStore(FACTS).get(`fact:${name}`);
      request.onsuccess = () => {
        done(request.result as T | undefined);
      };
    });
  }

  async keepFact(name: string, value: unknown): Promise<void> {
    await transact<true>(this.#db, 'readwrite', (tx, done) => {
      tx.objectStore(FACTS).put(value, `fact:${name}`);
      done(true);
    });
  }

  /** The port that the viewer reads and changes its device through, one transaction a change: two tabs never lose each other's. */
  of(home: HomeId): ViewerStore {
    return {
      load: async () =>
        await transact<StoredDevice | undefined>(this.#db, 'readonly', (tx, done) => {
          const request = tx.objectStore(HOMES).get(home);
          request.onsuccess = () => {
            done(request.result as StoredDevice | undefined);
          };
        }),
      update: async (change) =>
        await transact<StoredDevice>(this.#db, 'readwrite', (tx, done, fail) => {
          const homes = tx.objectStore(HOMES);
          const request = homes.get(home);
          request.onsuccess = () => {
            try {
              const now = request.result as StoredDevice | undefined;
              if (now === undefined) throw new SealcamError('device.unknown', 'its keys are gone');
              const next = change(now);
              homes.put(next, home);
              done(next);
            } catch (error) {
              fail(error);
            }
          };
        }),
    };
  }
}
