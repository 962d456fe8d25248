/** All cameras of the home: which there are, on disk and running, and what is told about them. */
import { randomBytes } from 'node:crypto';
import { isVideo, type AccessUnit } from '@sealcam/media';
import {
  cameraId,
  idFromBytes,
  LIMITS,
  SealcamError,
  STREAM,
  type CameraId,
  type FromAgent,
  type HomeId,
  type StreamId,
} from '@sealcam/protocol';
import type { Logger } from 'pino';
import type { CameraLook } from '@sealcam/home';
import { Camera, type CameraParts } from './camera.ts';
import { Logbook, type CameraClock } from './cameras/index.ts';
import { demoSource, type DemoSource } from './demo/demo-source.ts';
import type { RotationReason } from './epochs.ts';
import type { HomeStore, StoredCamera } from './home-store.ts';
import type { Publisher } from './pipeline.ts';
import type { SealedCounters } from './sealed-counters.ts';
import type { CameraSecrets, StreamSource, Vault } from './secrets.ts';
import { booked, rtspSource, type ReadSource } from './source.ts';

export interface CamerasParts {
  readonly store: HomeStore;
  readonly vault: Vault;
  readonly homeId: HomeId;
  readonly demo: boolean;
  readonly demoSource?: DemoSource;
  readonly publisher: Publisher;
  readonly counters: Pick<SealedCounters, 'sealed'>;
  readonly clock: CameraClock;
  readonly logger: Logger;
  /** Stops sealing in this tick; a bulletin follows. */
  readonly rotate: (reason: RotationReason) => void;
  /** The relay must know of a camera before units of it come. */
  readonly announce: () => void;
  readonly onKeyframe: () => void;
}

interface SourceParts {
  readonly secrets: CameraSecrets;
  readonly stream: StreamSource;
  readonly book: Logbook;
}

export type KnownCamera = StoredCamera & { readonly demo: boolean };

export class CamerasOfHome {
  readonly #parts: CamerasParts;
  readonly #running = new Map<CameraId, Camera>();

  constructor(parts: CamerasParts) {
    this.#parts = parts;
    for (const camera of this.known) this.#start(camera);
  }

  /** In the order of the grid. */
  get known(): readonly KnownCamera[] {
    const { store, demo } = this.#parts;
    const known = store.record.cameras.map((camera) => ({ ...camera, demo: camera.sealed === undefined }));
    return known
      .filter((camera) => demo || !camera.demo)
      .map((camera) => (camera.demo ? { ...camera, model: DEMO_MODEL } : camera));
  }

  get running(): readonly Camera[] {
    return [...this.#running.values()];
  }

  get(camera: CameraId): Camera | undefined {
    return this.#running.get(camera);
  }

  /** What the relay is told of each. */
  announced(): Extract<FromAgent, { t: 'announce' }>['cameras'] {
    return this.known.map((camera) => ({
      cameraId: camera.cameraId,
      streams: streamsOf(camera),
      private: camera.private,
      model: camera.model,
    }));
  }

  /** Host and port, for an admin; empty for the demo. */
  hostOf(camera: KnownCamera): string {
    if (camera.sealed === undefined) return '';
    const { address } = this.#parts.vault.open(camera.cameraId, camera.sealed).main;
    return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  }

  /** @throws {SealcamError} `protocol.too-many`, `store.full`… */
  add(found: { readonly secrets: CameraSecrets } & Omit<StoredCamera, 'cameraId' | 'sealed' | 'private'>): CameraId {
    const { store, vault } = this.#parts;
    if (store.record.cameras.length >= LIMITS.camerasPerHome) throw new SealcamError('protocol.too-many', 'cameras');
    const { secrets, ...rest } = found;
    const id = idFromBytes(cameraId, randomBytes(16));
    const camera: StoredCamera = { ...rest, cameraId: id, private: false, sealed: vault.seal(id, secrets) };
    store.update((record) => ({ ...record, cameras: [...record.cameras, camera] }));
    this.#start({ ...camera, demo: false });
    this.#changed('cameras');
    return id;
  }

  /** @throws {SealcamError} `camera.unknown` */
  rename(id: CameraId, named: { readonly name: string; readonly room: string; readonly model?: string }): void {
    this.#mustKnow(id);
    this.#parts.store.updateCamera(id, named);
    if (named.model !== undefined) this.#parts.announce();
    this.#parts.rotate('names');
  }

  /** @throws {SealcamError} `command.invalid` unless each camera of the home is named once */
  order(ids: readonly CameraId[]): void {
    const { store } = this.#parts;
    const known = new Set(this.known.map(({ cameraId: id }) => id));
    if (ids.length !== known.size || !ids.every((id) => known.has(id)) || new Set(ids).size !== ids.length) {
      throw new SealcamError('command.invalid', 'not the cameras of this home');
    }
    const place = (camera: StoredCamera): number => ids.indexOf(camera.cameraId);
    store.update((record) => ({ ...record, cameras: record.cameras.toSorted((a, b) => place(a) - place(b)) }));
    this.#parts.rotate('names');
  }

  /** Nothing of the camera is read or sent from this tick on, whatever the disk says. @throws {SealcamError} `camera.unknown`, `store.full`… */
  setPrivate(id: CameraId, on: boolean): void {
    const camera = this.#mustKnow(id);
    if (camera.private === on) return;
    if (on) this.#running.get(id)?.setPrivate(true);
    this.#parts.store.updateCamera(id, { private: on });
    if (!on) this.#running.get(id)?.setPrivate(false);
    this.#changed('privacy');
  }

  remove(id: CameraId): void {
    const { demo } = this.#mustKnow(id);
    this.#running.get(id)?.close();
    this.#running.delete(id);
    this.#parts.store.update((record) => ({
      ...record,
      cameras: record.cameras.filter((camera) => camera.cameraId !== id),
      demoRemoved: record.demoRemoved || demo,
    }));
    this.#changed('cameras');
  }

  /** @throws {SealcamError} `camera.unknown` */
  look(id: CameraId): CameraLook {
    const known = this.#mustKnow(id);
    const camera = this.#running.get(id);
    if (camera === undefined) throw new SealcamError('camera.unknown');
    return { host: this.hostOf(known), ...camera.look() };
  }

  reconnect(id: CameraId): void {
    this.#mustKnow(id);
    this.#running.get(id)?.reconnect();
  }

  watched(id: CameraId, stream: StreamId, viewers: number): void {
    this.#running.get(id)?.watched(stream, viewers);
  }

  /** No connection, no viewers. */
  nobodyWatches(): void {
    for (const camera of this.running) camera.nobodyWatches();
  }

  renewSessions(): void {
    for (const camera of this.running) camera.renewSession();
  }

  close(): void {
    for (const camera of this.running) camera.close();
    this.#running.clear();
  }

  #start(known: KnownCamera): void {
    const { homeId, publisher, clock, counters } = this.#parts;
    const id = known.cameraId;
    this.#running.set(
      id,
      new Camera({
        ...{ homeId, cameraId: id, publisher, counters, private: known.private },
        ...this.#sourcesOf(known),
        clock: () => clock.nowMs(),
        monotonicMs: () => clock.monotonicMs(),
        onKeyframe: (unit) => this.#sawKeyframe(id, unit),
        onAudio: () => this.#learned(id, { hasAudio: true }),
      }),
    );
  }

  #sourcesOf(known: KnownCamera): Pick<CameraParts, 'main' | 'sub' | 'books'> {
    const { clock, demoSource: own, homeId, vault } = this.#parts;
    const book = (): Logbook => new Logbook(clock.monotonicMs(), clock.nowMs());
    if (known.sealed === undefined) {
      const demo = own?.({ homeId, cameraId: known.cameraId, clock }) ?? demoSource(clock);
      const main = book();
      return { main: booked(demo, main, clock), sub: undefined, books: { main, sub: undefined } };
    }
    const secrets = vault.open(known.cameraId, known.sealed);
    const books = { main: book(), sub: secrets.sub && book() };
    return {
      main: this.#sourceOf(known.cameraId, 'main', { secrets, stream: secrets.main, book: books.main }),
      sub:
        secrets.sub &&
        books.sub &&
        this.#sourceOf(known.cameraId, 'sub', { secrets, stream: secrets.sub, book: books.sub }),
      books,
    };
  }

  #sourceOf(id: CameraId, which: 'main' | 'sub', { secrets, stream, book }: SourceParts): ReadSource {
    const { clock, logger } = this.#parts;
    const { credentials } = secrets;
    return rtspSource({
      ...{ stream, clock, book, credentials, audio: which === 'main' },
      onPin: (pin) => this.#keep(id, which, { pin }),
      onWays: (learned) => this.#keep(id, which, { learned }),
      onFault: ({ code }, retryInMs) =>
        logger.info({ camera: id, code, retryInMs: Math.round(retryInMs) }, 'camera gone'),
    });
  }

  #sawKeyframe(id: CameraId, unit: AccessUnit): void {
    const known = this.known.find((camera) => camera.cameraId === id);
    if (known !== undefined && isVideo(unit.codec) && unit.codec !== known.mainCodec) {
      this.#learned(id, { mainCodec: unit.codec });
    }
    this.#parts.onKeyframe();
  }

  /** A camera that is not what it was when it was added: viewers are told with the next wrap. */
  #learned(id: CameraId, facts: Pick<Partial<StoredCamera>, 'hasAudio' | 'mainCodec'>): void {
    const known = this.known.find((camera) => camera.cameraId === id);
    if (known === undefined || (facts.hasAudio === known.hasAudio && facts.mainCodec === undefined)) return;
    this.#orLog(id, () => {
      this.#parts.store.updateCamera(id, facts);
      this.#changed('names');
    });
  }

  /** What was learned of a stream, for the next start. */
  #keep(id: CameraId, which: 'main' | 'sub', learned: Pick<StreamSource, 'pin' | 'learned'>): void {
    const { store, vault } = this.#parts;
    const sealed = store.record.cameras.find((camera) => camera.cameraId === id)?.sealed;
    if (sealed === undefined) return;
    this.#orLog(id, () => {
      const secrets = vault.open(id, sealed);
      const stream = secrets[which];
      if (stream === undefined) return;
      store.updateCamera(id, { sealed: vault.seal(id, { ...secrets, [which]: { ...stream, ...learned } }) });
    });
  }

  /** On a camera's own path nobody waits for an answer: a full disk must not end the picture. */
  #orLog(id: CameraId, work: () => void): void {
    try {
      work();
    } catch (error) {
      const code = error instanceof SealcamError ? error.code : 'internal';
      this.#parts.logger.error({ camera: id, code }, 'could not be written down');
    }
  }

  #changed(reason: RotationReason): void {
    this.#parts.announce();
    this.#parts.rotate(reason);
  }

  #mustKnow(id: CameraId): KnownCamera {
    const camera = this.known.find(({ cameraId: each }) => each === id);
    if (camera === undefined) throw new SealcamError('camera.unknown');
    return camera;
  }
}

/** The demo is a model like any other: a pair with it can be suspended, and drills do. */
export const DEMO_MODEL = 'sealcam demo';

function streamsOf(camera: KnownCamera): StreamId[] {
  return [
    STREAM.main,
    ...(camera.hasSub ? [STREAM.sub] : []),
    ...(camera.hasAudio ? [STREAM.audio] : []),
    STREAM.still,
    STREAM.state,
  ];
}

/** The demo is a camera like any other in the record, so that its grants and its place survive; it just has no source to keep. */
export function withDemo(store: HomeStore): void {
  const { cameras, demoRemoved } = store.record;
  if (demoRemoved || cameras.some((camera) => camera.sealed === undefined)) return;
  const demo: StoredCamera = {
    ...{ cameraId: idFromBytes(cameraId, randomBytes(16)), name: 'Demo', room: '', private: false },
    ...{ hasSub: false, hasAudio: false, mainCodec: 'h264' as const, model: DEMO_MODEL },
  };
  store.update((record) => ({ ...record, cameras: [...record.cameras, demo] }));
}
