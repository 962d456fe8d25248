/**
 * What one box on a page shows of one camera: its last still while the live picture opens, then the live picture, the smaller
 * stream where this browser cannot play the main one, and in every case the honest state. Not a component: canvases come in.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { CameraName } from '@sealcam/home';
import { paintStill, Picture, type DecoderTrouble } from '@sealcam/player/screen';
import type { ResetReason, Sink, ViewerUnit, Watch } from '@sealcam/player/viewer';
import { STREAM } from '@sealcam/protocol';
import type { Home } from '../home/home.ts';
import type { BoxState } from '../words/picture-words.ts';

export type Quality = 'grid' | 'full';

export interface BoxView {
  readonly state: BoxState;
  /** When the still was captured, Unix milliseconds; undefined where none is painted. */
  readonly stillMs: number | undefined;
  /** The live canvas holds a picture of this opening. */
  readonly painted: boolean;
  /** Said on the picture: what is not as one would expect. */
  readonly note: string | undefined;
}

/** A decoder that fails again and again will not get better. */
const RESTARTS = 3;

export class PictureFeed {
  readonly #home: Home;
  readonly #camera: CameraName;
  readonly #still: HTMLCanvasElement;
  readonly #live: HTMLCanvasElement;
  readonly #view = signal<BoxView>({
    state: { state: 'opening', sinceMs: Date.now() },
    stillMs: undefined,
    painted: false,
    note: undefined,
  });
  readonly #stops: (() => void)[] = [];
  #stopLive: () => void = () => undefined;
  #stillTurn = 0;

  constructor(
    home: Home,
    camera: CameraName,
    quality: Quality,
    canvases: { readonly still: HTMLCanvasElement; readonly live: HTMLCanvasElement },
  ) {
    this.#home = home;
    this.#camera = camera;
    this.#still = canvases.still;
    this.#live = canvases.live;
    // Live first: each is asked for in turn, and each is written down by the relay before its first byte.
    this.#watchLive(quality === 'full' || !camera.hasSub ? STREAM.main : STREAM.sub);
    this.#watchStill();
  }

  get view(): ReadonlySignal<BoxView> {
    return this.#view;
  }

  stop(): void {
    this.#stopLive();
    for (const stop of this.#stops) stop();
  }

  #set(change: Partial<BoxView>): void {
    this.#view.value = { ...this.#view.peek(), ...change };
  }

  #watchStill(): void {
    const clear = (): void => {
      this.#stillTurn += 1;
      clearCanvas(this.#still);
      this.#set({ stillMs: undefined });
    };
    const watch = this.#home.client.watch(this.#camera.cameraId, STREAM.still, {
      unit: (unit) => {
        this.#stillTurn += 1;
        const turn = this.#stillTurn;
        void paintStill(unit, this.#still).then((outcome) => {
          if (turn !== this.#stillTurn) {
            // What it painted was taken back meanwhile; nothing newer is there unless it paints after us.
            if (this.#view.peek().stillMs === undefined) clearCanvas(this.#still);
            return;
          }
          if (!('painted' in outcome)) return;
          this.#set({ stillMs: outcome.painted.captureUs / 1000 });
          watch.painted(outcome.painted);
        });
      },
      // A camera that sleeps or wakes keeps its last still, with its age; every other reason takes it off the screen.
      reset: (reason) => {
        if (reason !== 'asleep' && reason !== 'waiting' && reason !== 'session') clear();
      },
    });
    this.#stops.push(() => {
      watch.stop();
    });
  }

  #watchLive(stream: typeof STREAM.main | typeof STREAM.sub): void {
    // Units may be fed while `watch` is still being made.
    const held: { watch?: Watch } = {};
    const screen = new LiveScreen(this.#live, {
      painted: (painted) => {
        held.watch?.painted(painted);
        if (!this.#view.peek().painted) this.#set({ painted: true });
      },
      trouble: (reason) => {
        this.#trouble(reason, stream, screen, held.watch);
      },
      blanked: () => {
        this.#set({ painted: false });
      },
    });
    const watch = this.#home.client.watch(this.#camera.cameraId, stream, screen);
    held.watch = watch;
    const unsubscribe = watch.picture.subscribe((state) => {
      if (this.#view.peek().state.state !== 'unplayable') this.#set({ state });
    });
    this.#stopLive = () => {
      unsubscribe();
      watch.stop();
      screen.close();
    };
  }

  #trouble(
    reason: DecoderTrouble,
    stream: typeof STREAM.main | typeof STREAM.sub,
    screen: LiveScreen,
    watch: Watch | undefined,
  ): void {
    if (reason === 'malformed') return; // waits for a keyframe by itself
    if (reason === 'failed' && watch !== undefined && screen.restarts < RESTARTS) {
      screen.restart(watch.gop());
      return;
    }
    const { name, hasSub } = this.#camera;
    if (stream === STREAM.main && hasSub) {
      // Not inside the decoder's own call.
      queueMicrotask(() => {
        this.#stopLive();
        this.#watchLive(STREAM.sub);
        const why =
          reason === 'too-large'
            ? 'is too large for this browser'
            : 'is in a format (H.265) that this browser cannot play';
        this.#set({ note: `The main picture of ${name} ${why}. This is its smaller one.` });
      });
      return;
    }
    this.#set({ state: { state: 'unplayable', why: reason === 'too-large' ? 'too-large' : 'codec' }, painted: false });
    screen.blank();
  }
}

interface ScreenEvents {
  painted(painted: { readonly ctr: number; readonly captureUs: number }): void;
  trouble(reason: DecoderTrouble): void;
  blanked(): void;
}

/** The live canvas: one decoder a session, blank at once when the viewer says so. */
class LiveScreen implements Sink {
  readonly #canvas: HTMLCanvasElement;
  readonly #events: ScreenEvents;
  #picture: Picture;
  #closed = false;
  restarts = 0;

  constructor(canvas: HTMLCanvasElement, events: ScreenEvents) {
    this.#canvas = canvas;
    this.#events = events;
    this.#picture = this.#fresh();
  }

  #fresh(): Picture {
    return new Picture(this.#canvas, {
      painted: (painted) => {
        if (!this.#closed) this.#events.painted(painted);
      },
      trouble: (reason) => {
        if (!this.#closed) this.#events.trouble(reason);
      },
    });
  }

  unit(unit: ViewerUnit): void {
    if (!this.#closed) this.#picture.push(unit);
  }

  reset(reason: ResetReason): void {
    if (this.#closed) return;
    if (reason === 'session') {
      this.#picture.close();
      this.#picture = this.#fresh();
    } else this.blank();
  }

  blank(): void {
    this.#picture.blank();
    clearCanvas(this.#canvas);
    this.#events.blanked();
  }

  restart(gop: readonly ViewerUnit[]): void {
    this.restarts += 1;
    this.#picture.close();
    this.#picture = this.#fresh();
    for (const unit of gop) this.#picture.push(unit);
  }

  close(): void {
    this.#closed = true;
    this.#picture.close();
    clearCanvas(this.#canvas);
  }
}

/** A new size empties a canvas, whatever kind of context draws on it. */
function clearCanvas(canvas: HTMLCanvasElement): void {
  canvas.width = 0;
  canvas.height = 0;
}
