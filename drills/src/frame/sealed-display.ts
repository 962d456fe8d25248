/** A display of a drill in Sealcam: the real HomeClient on the drill's clock and line, with three taps for the truth. */
import type { DeviceKeys, HpkeKeys } from '@sealcam/home';
import {
  HomeClient,
  newStoredDevice,
  type SocketEvents,
  type StoredDevice,
  type ViewerPorts,
  type Watch,
} from '@sealcam/player/viewer';
import {
  CodecError,
  decodeEnvelope,
  parseSealedHeader,
  STREAM,
  trackKey,
  type CameraId,
  type StreamId,
} from '@sealcam/protocol';
import { memoryStore } from '../../../tests/harness/node-ports.ts';
import type { DialLine, LineSocket } from './dial-line.ts';
import { idle } from './idle.ts';
import type { LineFaults } from './line-faults.ts';
import { ownersOf } from './marked-picture.ts';
import type { DisplayPlan, StageDisplay } from './stage.ts';
import type { Beholder, Owner, Sight, Truth } from './truth.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { watchedSubtle } from './watched-subtle.ts';

export interface SealedDisplayParts {
  readonly plan: DisplayPlan;
  readonly clock: VirtualClock;
  readonly truth: Truth;
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  readonly homeId: StoredDevice['homeId'];
  readonly rosters: readonly Uint8Array[];
  readonly line: LineFaults;
  /** Past or through the middle; what is given to `events` is what comes down the last line. */
  readonly dial: DialLine;
  /** For runs that are to be the same run again: what the viewer takes for chance. Default the system's. */
  readonly random?: ViewerPorts['random'];
}

/** Before the drill's own script goes on. */
const FAREWELL_TURNS = 2;
const SLOW_FAREWELL = { onlineMs: 6_000, mostMs: 40_000 };
const SECOND_MS = 1_000;

export class SealedDisplay implements StageDisplay {
  readonly homeId: StoredDevice['homeId'];
  readonly deviceId: StoredDevice['keys']['deviceId'];
  readonly model: string;
  readonly plan: DisplayPlan;
  readonly line: LineFaults;
  readonly #parts: SealedDisplayParts;
  readonly #store: ReturnType<typeof memoryStore>;
  readonly #watches = new Map<string, Watch>();
  isLeaving = false;
  /** What a middle could do with each message of the relay; for drills about more than pictures. */
  between: (message: string, pass: (message: string) => void) => void = (message, pass) => pass(message);
  #events: SocketEvents | undefined;
  #client: HomeClient | undefined;

  constructor(parts: SealedDisplayParts) {
    const { keys, hpke, homeId, rosters, clock, plan } = parts;
    this.#parts = parts;
    this.homeId = homeId;
    this.deviceId = keys.deviceId;
    this.model = plan.model;
    this.plan = plan;
    this.line = parts.line;
    this.#store = memoryStore(newStoredDevice({ homeId, keys, hpke, rosters, epochFloor: 0, nowMs: clock.wallMs() }));
  }

  /** Set while it is connected, for drills about more than pictures. */
  get client(): HomeClient | undefined {
    return this.#client;
  }

  async connect(): Promise<void> {
    const { clock } = this.#parts;
    if (this.#client === undefined) {
      this.#client = await HomeClient.open({
        url: `ws://${this.#parts.dial.host}/ws/viewer`,
        ports: {
          clock,
          store: this.#store,
          subtle: watchedSubtle((plain) => this.#opened(plain)),
          random: this.#parts.random ?? ((length) => globalThis.crypto.getRandomValues(new Uint8Array(length))),
          dial: (_url, events) => this.#dial(events),
        },
      });
    }
    await clock.settle();
  }

  disconnect(): void {
    const client = this.#client;
    this.#client = undefined;
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
    if (client === undefined) return;
    // The last receipt is being signed: a page that is closed gets that far, too. Over a slow line it takes its time.
    const isSlow = this.line.delayMs > 0 || this.line.stalled;
    if (isSlow) this.#leave(client, 0, 0);
    else void idle(undefined, FAREWELL_TURNS).then(() => client.close());
  }

  /** Its page is hidden, not closed, until it was online for a while, so that what it has to tell is told. */
  #leave(client: HomeClient, waitedMs: number, onlineMs: number): void {
    this.isLeaving = onlineMs < SLOW_FAREWELL.onlineMs && waitedMs < SLOW_FAREWELL.mostMs;
    if (!this.isLeaving) return client.close();
    const isOnline = client.connection.get().state === 'online';
    this.#parts.clock.after(SECOND_MS, () =>
      this.#leave(client, waitedMs + SECOND_MS, isOnline ? onlineMs + SECOND_MS : 0),
    );
  }

  watch(camera: CameraId, stream: StreamId = STREAM.main): void {
    const key = trackKey({ homeId: this.homeId, cameraId: camera, streamId: stream });
    if (this.#client === undefined || this.#watches.has(key)) return;
    const watch: Watch = this.#client.watch(camera, stream, {
      unit: (unit) => {
        this.#shown(camera, unit.data);
        // A kept GOP is fed while `watch` still runs.
        queueMicrotask(() => watch.painted(unit));
      },
      reset: () => undefined,
    });
    this.#watches.set(key, watch);
  }

  unwatch(camera: CameraId, stream: StreamId = STREAM.main): void {
    const key = trackKey({ homeId: this.homeId, cameraId: camera, streamId: stream });
    this.#watches.get(key)?.stop();
    this.#watches.delete(key);
  }

  state(camera: CameraId, stream: StreamId = STREAM.main): string {
    const key = trackKey({ homeId: this.homeId, cameraId: camera, streamId: stream });
    return this.#watches.get(key)?.picture.get().state ?? 'none';
  }

  /** A message that the middle brings in, as if the relay had sent it. */
  bring(message: string): void {
    this.#events?.text(message);
  }

  #dial(events: SocketEvents): LineSocket {
    this.#events = events;
    return this.#parts.dial({
      ...events,
      text: (message) => this.between(message, (passed) => events.text(passed)),
      binary: (message) => {
        this.#arrived(message);
        events.binary(message);
      },
    });
  }

  #arrived(message: Uint8Array): void {
    const { cameraId, sealed } = decodeEnvelope(message);
    const frame = frameOf(sealed);
    if (frame === undefined) return;
    const owner = this.#parts.truth.ownerOf(frame);
    if (owner !== undefined) this.#saw({ at: 'line', label: cameraId, frame }, [owner]);
  }

  #opened(plain: Uint8Array): void {
    this.#saw({ at: 'opened', label: undefined, frame: undefined }, ownersOf(plain));
  }

  #shown(camera: CameraId, data: Uint8Array): void {
    this.#saw({ at: 'shown', label: camera, frame: undefined }, ownersOf(data));
  }

  #saw(sight: Pick<Sight, 'at' | 'label' | 'frame'>, owners: readonly Owner[]): void {
    const { homeId, deviceId } = this;
    const beholder: Beholder = { homeId, deviceId };
    this.#parts.truth.sawAny({ ...sight, beholder, atMs: this.#parts.clock.wallMs() }, owners);
  }
}

/** `KID/CTR`, of two spliced frames too; undefined where there is none to read. */
function frameOf(sealed: Uint8Array): string | undefined {
  try {
    const { kid, ctr } = parseSealedHeader(sealed);
    return `${kid}/${ctr}`;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
