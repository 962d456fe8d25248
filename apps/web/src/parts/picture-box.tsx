/** The one box that shows a camera, on every page: picture, words, and never anything that is not true. */
import { signal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { CameraName } from '@sealcam/home';
import { CloudOff, EyeOff, Hourglass, Moon, ShieldAlert, Unplug, WifiOff, Lock, Pause } from 'lucide-preact';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Home } from '../home/home.ts';
import { exactTime } from '../words/ages.ts';
import { pictureWords, type BoxState } from '../words/picture-words.ts';
import { PictureFeed, type BoxView, type Quality } from './picture-feed.ts';

export interface BoxReport {
  readonly state: BoxState;
  readonly stillAgeMs: number | undefined;
}

interface Props {
  readonly home: Home;
  readonly camera: CameraName;
  readonly quality: Quality;
  /** Told of every change: for sentences ("how old is this picture"). */
  readonly onReport?: (report: BoxReport) => void;
}

export function PictureBox({ home, camera, quality, onReport }: Props): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const live = useRef<HTMLCanvasElement>(null);
  const view = useSignal<BoxView>({
    state: { state: 'opening', sinceMs: Date.now() },
    stillMs: undefined,
    painted: false,
    note: undefined,
  });
  const seen = useOnScreen(box).value;

  // Before the page is drawn, not after: a person waits for this.
  useLayoutEffect(() => {
    if (!seen || still.current === null || live.current === null) return undefined;
    const feed = new PictureFeed(home, camera, quality, { still: still.current, live: live.current });
    const stop = feed.view.subscribe((next) => (view.value = next));
    return () => {
      stop();
      feed.stop();
    };
    // A renamed camera is the same picture; another codec or stream is not.
  }, [home, camera.cameraId, camera.hasSub, camera.mainCodec, quality, seen]);

  const stillAge = useComputed(() =>
    view.value.stillMs === undefined ? undefined : Math.max(0, home.now.value - view.value.stillMs),
  );
  useSignalEffect(() => {
    onReport?.({ state: view.value.state, stillAgeMs: stillAge.value });
  });

  const { state, painted, note } = view.value;
  const words = pictureWords({ name: camera.name, state, stillAgeMs: stillAge.value, nowMs: home.now.value });
  const showLive = painted && words.blank === undefined;
  const showStill = !showLive && stillAge.value !== undefined && words.blank === undefined;
  return (
    <div
      ref={box}
      class={`picture tint-${tint(camera.cameraId)}`}
      role="img"
      aria-label={words.spoken}
      data-state={state.state}
    >
      <canvas ref={still} width={0} height={0} class={showStill ? 'on dim' : ''} />
      <canvas ref={live} width={0} height={0} class={showLive ? (state.state === 'late' ? 'on grey' : 'on') : ''} />
      {note !== undefined && words.blank === undefined && <div class="picture-note">{note}</div>}
      {words.blank === undefined ? (
        <div class="picture-words">
          {(words.tone === 'live' || (words.tone === 'late' && showLive)) && <span class={`dot ${words.tone}`} />}
          <span class="name">{camera.name}</span>
          <span class="age">{edgeOf(words.edge, state, quality, home.now.value)}</span>
        </div>
      ) : (
        <div class="picture-blank">
          <StateIcon state={state} />
          <strong>{words.blank.says}</strong>
          {words.blank.then !== undefined && <span>{words.blank.then}</span>}
        </div>
      )}
    </div>
  );
}

/** Live on the whole screen says the camera's clock, too. */
function edgeOf(edge: string | undefined, state: BoxState, quality: Quality, nowMs: number): string | undefined {
  return state.state === 'live' && quality === 'full' ? `Live · ${exactTime(nowMs - state.ageMs)}` : edge;
}

const ICONS = {
  gone: Unplug,
  private: EyeOff,
  refused: ShieldAlert,
  suspended: Pause,
  'not-sealed': Lock,
  asleep: Moon,
  waiting: Hourglass,
  unplayable: CloudOff,
} as const;

function StateIcon({ state }: { readonly state: BoxState }): JSX.Element | null {
  if (state.state === 'offline')
    return state.why === 'device' ? <WifiOff size={32} aria-hidden /> : <CloudOff size={32} aria-hidden />;
  if (!(state.state in ICONS)) return null;
  const Icon = ICONS[state.state as keyof typeof ICONS];
  return <Icon size={32} aria-hidden />;
}

/** A camera's own colour, the same everywhere. */
function tint(id: string): number {
  return Number.parseInt(id.slice(0, 4), 16) % 6;
}

const pageShown = signal(!document.hidden);
document.addEventListener('visibilitychange', () => (pageShown.value = !document.hidden));

/** Only what a person can see is watched: the rest would be recorded as shown. */
function useOnScreen(ref: { readonly current: Element | null }): { readonly value: boolean } {
  const near = useSignal(false);
  useLayoutEffect(() => {
    if (ref.current === null) return undefined;
    // What is there from the beginning need not wait two refreshes until the observer says so.
    near.value = isInView(ref.current);
    const observer = new IntersectionObserver((entries) => (near.value = entries.at(-1)?.isIntersecting ?? false));
    observer.observe(ref.current);
    return () => {
      observer.disconnect();
    };
  }, [ref, near]);
  return useComputed(() => near.value && pageShown.value);
}

function isInView(element: Element): boolean {
  const { top, bottom, left, right } = element.getBoundingClientRect();
  return top < innerHeight && bottom > 0 && left < innerWidth && right > 0;
}
