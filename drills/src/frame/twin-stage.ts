/**
 * The twin: the design of 2019 on a stage. Cameras send open pictures to a cloud, the cloud sends them to whoever asked, and a screen
 * shows what comes. Nobody notices, nobody counts, there is nothing to cut. The middle is the same as in Sealcam.
 */
import { randomBytes } from 'node:crypto';
import {
  cameraId,
  deviceId,
  epoch,
  homeId,
  STREAM,
  trackKey,
  type CameraId,
  type DeviceId,
  type HomeId,
  type StreamId,
  type Track,
  type TrackKey,
} from '@sealcam/protocol';
import { Random } from '../../../tests/harness/random.ts';
import { markedPicture, ownersOf } from './marked-picture.ts';
import type { Middle, MiddleEnd, Parcel } from './middle.ts';
import type { DisplayPlan, HomePlan, Stage, StageCamera, StageDisplay, StageHome, StageOptions } from './stage.ts';
import { Truth } from './truth.ts';
import { TwinLine } from './twin-line.ts';
import { VirtualClock } from './virtual-clock.ts';

const PLAIN = epoch(0);
const STREAMS: readonly StreamId[] = Object.values(STREAM);
const newId = (): string => randomBytes(16).toString('hex');

export class TwinStage implements Stage {
  readonly product = 'twin';
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly truth = new Truth();
  readonly relay = undefined;
  readonly middle: Middle;
  readonly #subscribers = new Map<TrackKey, Set<TwinDisplay>>();

  constructor({ middle, random, fixed, startMs, grainMs }: StageOptions) {
    this.clock = new VirtualClock(startMs, grainMs);
    this.random = random;
    this.middle = middle({ clock: this.clock, random, fixed });
  }

  addHome(plan: HomePlan): Promise<StageHome> {
    return Promise.resolve(new TwinHome(plan, this));
  }

  async settle(): Promise<void> {
    await this.clock.settle();
  }

  async pass(ms: number): Promise<void> {
    await this.clock.pass(ms);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  viewers(track: Track): number {
    return this.#subscribers.get(trackKey(track))?.size ?? 0;
  }

  subscribe(track: Track, display: TwinDisplay): void {
    const key = trackKey(track);
    this.#subscribers.set(key, (this.#subscribers.get(key) ?? new Set()).add(display));
  }

  unsubscribe(track: Track, display: TwinDisplay): void {
    this.#subscribers.get(trackKey(track))?.delete(display);
  }

  /** A camera's picture reached the cloud. */
  ingest(parcel: Parcel): void {
    if (this.middle.at === 'inside') this.middle.pass(parcel, (to, passed) => this.#fanOut(to, passed));
    else this.#fanOut(parcel.track, parcel);
  }

  #fanOut(to: Track, parcel: Parcel): void {
    for (const display of this.#subscribers.get(trackKey(to)) ?? []) display.fromCloud(parcel);
  }
}

class TwinHome implements StageHome {
  readonly homeId: HomeId = homeId(newId());
  readonly line: TwinLine;
  readonly cameras: readonly TwinCamera[];
  readonly displays: readonly TwinDisplay[];

  constructor(plan: HomePlan, stage: TwinStage) {
    this.line = new TwinLine(stage.clock, new Random(stage.random.next(), 'line'));
    this.cameras = plan.cameras.map((model) => new TwinCamera(this, model, stage));
    this.displays = plan.displays.map((display) => new TwinDisplay(this, display, stage));
  }
}

class TwinCamera implements StageCamera {
  readonly homeId: HomeId;
  readonly cameraId: CameraId = cameraId(newId());
  readonly model: string;
  readonly #home: TwinHome;
  readonly #stage: TwinStage;
  #counter = 0;

  constructor(home: TwinHome, model: string, stage: TwinStage) {
    this.homeId = home.homeId;
    this.model = model;
    this.#home = home;
    this.#stage = stage;
  }

  get watched(): number {
    return STREAMS.reduce((sum: number, stream) => sum + this.#stage.viewers(this.#track(stream)), 0);
  }

  frame(stream: StreamId = STREAM.main): void {
    const body = markedPicture({ homeId: this.homeId, cameraId: this.cameraId, counter: this.#counter }, true);
    this.#counter += 1;
    const parcel: Parcel = { track: this.#track(stream), epoch: PLAIN, body };
    this.#home.line.send(body.length, () => this.#stage.ingest(parcel));
  }

  #track(streamId: StreamId): Track {
    return { homeId: this.homeId, cameraId: this.cameraId, streamId };
  }
}

class TwinDisplay implements StageDisplay {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId = deviceId(newId());
  readonly model: string;
  readonly isLeaving = false;
  readonly line: TwinLine;
  readonly #home: TwinHome;
  readonly #plan: DisplayPlan;
  readonly #stage: TwinStage;
  readonly #watched = new Map<TrackKey, { readonly track: Track; shown: boolean }>();
  #end: MiddleEnd | undefined;

  constructor(home: TwinHome, plan: DisplayPlan, stage: TwinStage) {
    this.homeId = home.homeId;
    this.model = plan.model;
    this.line = new TwinLine(stage.clock, new Random(stage.random.next(), 'line'));
    this.#home = home;
    this.#plan = plan;
    this.#stage = stage;
  }

  async connect(): Promise<void> {
    const { middle } = this.#stage;
    if (middle.at === 'behind' && this.#plan.role !== 'admin') {
      const { homeId: home, deviceId: device, model: displayModel, line: source } = this;
      this.#end ??= middle.connect({
        ...{ homeId: home, deviceId: device, displayModel, source },
        cameraModel: (camera) => this.#home.cameras.find((each) => each.cameraId === camera)?.model ?? '',
        deliver: (parcel) => this.#shows(parcel),
      });
    }
    await this.#stage.settle();
  }

  disconnect(): void {
    for (const { track } of this.#watched.values()) this.#stage.unsubscribe(track, this);
    this.#watched.clear();
    this.#end?.closed();
    this.#end = undefined;
  }

  watch(camera: CameraId, stream: StreamId = STREAM.main): void {
    const track = this.#track(camera, stream);
    if (this.#watched.has(trackKey(track))) return;
    this.#watched.set(trackKey(track), { track, shown: false });
    this.#stage.subscribe(track, this);
    this.#end?.asked(track);
    this.#end?.granted?.(track);
  }

  unwatch(camera: CameraId, stream: StreamId = STREAM.main): void {
    const track = this.#track(camera, stream);
    this.#watched.delete(trackKey(track));
    this.#stage.unsubscribe(track, this);
    this.#end?.ended(track);
  }

  state(camera: CameraId, stream: StreamId = STREAM.main): string {
    return this.#watched.get(trackKey(this.#track(camera, stream)))?.shown === true ? 'live' : 'none';
  }

  fromCloud(parcel: Parcel): void {
    this.line.send(parcel.body.length, () => {
      if (this.#end === undefined) this.#shows(parcel);
      else this.#end.arrived(parcel);
    });
  }

  /** What comes is shown. Whose it is was never looked at. */
  #shows({ track, body }: Parcel): void {
    const owners = ownersOf(body);
    if (owners.length === 0 || this.#watched.size === 0) return;
    const beholder = { homeId: this.homeId, deviceId: this.deviceId };
    const sight = { atMs: this.#stage.clock.wallMs(), beholder, label: track.cameraId, frame: undefined };
    this.#stage.truth.sawAny({ ...sight, at: 'line' }, owners);
    this.#stage.truth.sawAny({ ...sight, at: 'shown' }, owners);
    for (const watched of this.#watched.values()) watched.shown = true;
  }

  #track(camera: CameraId, streamId: StreamId): Track {
    return { homeId: this.homeId, cameraId: camera, streamId };
  }
}
