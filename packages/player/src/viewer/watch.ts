/** One screen of one track: opened units to its sink, what it painted back, and the honest state of its picture. */
import type { CameraId, StreamId } from '@sealcam/protocol';
import { isBlank, pictureState, type PictureFacts, type PictureState } from './picture-state.ts';
import type { PaintedUnit, Sink, ViewerUnit } from './sink.ts';
import { Store, type Readable } from './store.ts';
import type { Mark, Shown, Viewer, Viewing } from './viewing.ts';

/** One viewing, as a page holds it. */
export interface Watch {
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  /** Changes at least once a second while a picture ages. */
  readonly picture: Readable<PictureState>;
  /** The painter calls it for each unit that is on the screen: age, receipts and "live" come from it. */
  painted(unit: PaintedUnit): void;
  /** The opened units of the GOP that runs, oldest first: a restarted decoder is fed from it. */
  gop(): readonly ViewerUnit[];
  stop(): void;
}

/** What the home knows beside the track itself; asked for at every change. */
export type SharedFacts = Pick<
  PictureFacts,
  'device' | 'home' | 'alarm' | 'sealed' | 'camera' | 'partner' | 'proven' | 'agentNowUs'
>;

export interface ScreenPorts {
  now(): number;
  wall(): number;
  facts(): SharedFacts;
  /** For the receipt. */
  painted(screen: Screen, mark: Mark): void;
  stopped(screen: Screen): void;
}

/** Units handed to the sink whose painting may still be told. */
const REMEMBERED = 1_024;
/** A live age is not worth a redraw before it changed by this much. */
const AGE_STEP_MS = 500;

export class Screen implements Watch, Viewer {
  readonly viewing: Viewing;
  readonly #sink: Sink;
  readonly #isStill: boolean;
  readonly #ports: ScreenPorts;
  #opened: { readonly atMs: number; readonly sinceMs: number };
  readonly #picture: Store<PictureState>;
  readonly #shown = new Map<number, Mark>();
  #painted: { readonly mark: Mark; readonly atMs: number } | undefined;
  #needsKeyframe = true;
  /** When the screen last became blank: what was painted before is not on it, though `gone` keeps its time for the words. */
  #blankMs = -Infinity;
  #stopped = false;

  constructor(viewing: Viewing, sink: Sink, isStill: boolean, ports: ScreenPorts) {
    this.viewing = viewing;
    this.#sink = sink;
    this.#isStill = isStill;
    this.#ports = ports;
    this.#opened = { atMs: ports.now(), sinceMs: ports.wall() };
    this.#picture = new Store<PictureState>({ state: 'opening', sinceMs: this.#opened.sinceMs });
    viewing.viewers.add(this);
    if (viewing.gop.length > 0) this.#feedGop();
    this.refresh();
  }

  get cameraId(): CameraId {
    return this.viewing.track.cameraId;
  }

  get streamId(): StreamId {
    return this.viewing.track.streamId;
  }

  get picture(): Readable<PictureState> {
    return this.#picture;
  }

  gop(): readonly ViewerUnit[] {
    return this.viewing.gop.map(({ unit }) => unit);
  }

  painted({ ctr }: PaintedUnit): void {
    const mark = this.#shown.get(ctr);
    if (mark === undefined || this.#stopped) return;
    this.#painted = { mark, atMs: this.#ports.now() };
    this.#ports.painted(this, mark);
    this.refresh();
  }

  show(shown: Shown, fresh: boolean): void {
    if (this.#ports.facts().alarm !== undefined) return;
    if (fresh && this.#shown.size > 0) this.#begin();
    if (this.#needsKeyframe && !shown.unit.keyframe) return this.#feedGop();
    this.#feed(shown);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.viewing.viewers.delete(this);
    this.#sink.reset('stopped');
    this.#ports.stopped(this);
  }

  /** Works out the state anew: at each event, and twice a second. */
  refresh(): void {
    if (this.#stopped) return;
    const before = this.#picture.get();
    let after = this.#work();
    const isOld = (this.#painted?.atMs ?? -Infinity) <= this.#blankMs;
    if (isBlank(before) && after.state !== before.state && (before.state !== 'gone' || (isOld && !isBlank(after)))) {
      // The reason is over: this is a new opening, not an old picture that waited.
      if (isOld) this.#painted = undefined;
      this.#opened = { atMs: this.#ports.now(), sinceMs: this.#ports.wall() };
      after = this.#work();
    }
    if (isSame(before, after)) return;
    if (before.state !== after.state) this.#blank(after);
    this.#picture.set(after);
  }

  #work(): PictureState {
    return pictureState(this.#facts(), this.#ports.now(), this.#ports.wall());
  }

  #facts(): PictureFacts {
    const painted = this.#painted;
    return {
      ...this.#ports.facts(),
      openedAtMs: this.#opened.atMs,
      openedSinceMs: this.#opened.sinceMs,
      isStill: this.#isStill,
      cut: this.viewing.cut,
      foreign: this.viewing.foreign,
      painted: painted && {
        captureUs: painted.mark.captureUs,
        atMs: painted.atMs,
        aboveFloor: this.viewing.subscription.meetsFloor(painted.mark.place),
      },
    };
  }

  #blank(state: PictureState): void {
    if (state.state === 'opening' || state.state === 'live' || state.state === 'late') return;
    this.#needsKeyframe = true;
    this.#blankMs = this.#ports.now();
    if (state.state !== 'gone') this.#painted = undefined;
    this.#sink.reset(state.state);
  }

  /** Another session: counters begin anew, and so does the decoder. */
  #begin(): void {
    this.#shown.clear();
    this.#needsKeyframe = true;
    this.#sink.reset('session');
  }

  #feedGop(): void {
    for (const shown of this.viewing.gop) this.#feed(shown);
  }

  #feed(shown: Shown): void {
    if (shown.unit.keyframe) this.#needsKeyframe = false;
    this.#shown.set(shown.unit.ctr, shown.mark);
    if (this.#shown.size > REMEMBERED) this.#shown.delete(this.#shown.keys().next().value ?? 0);
    this.#sink.unit(shown.unit);
  }
}

function isSame(a: PictureState, b: PictureState): boolean {
  if (a.state !== b.state || field(a, 'why') !== field(b, 'why') || field(a, 'code') !== field(b, 'code')) return false;
  if (field(a, 'sinceMs') !== field(b, 'sinceMs') || field(a, 'width') !== field(b, 'width')) return false;
  if (field(a, 'partner') !== field(b, 'partner')) return false;
  return 'ageMs' in a && 'ageMs' in b ? Math.abs(a.ageMs - b.ageMs) < AGE_STEP_MS : true;
}

function field(
  state: PictureState,
  name: 'why' | 'code' | 'sinceMs' | 'width' | 'partner',
): string | number | undefined {
  return name in state ? (state as { readonly [name: string]: string | number | undefined })[name] : undefined;
}
