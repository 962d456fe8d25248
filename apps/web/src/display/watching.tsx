/** One, two or four pictures, all of the screen. Controls come on touch and leave after three seconds. */
import { useSignal } from '@preact/signals';
import type { CameraName } from '@sealcam/home';
import type { AudioState } from '@sealcam/player/screen';
import {
  Columns2,
  Grid2x2,
  House,
  MessageCircle,
  ShieldCheck,
  SkipBack,
  SkipForward,
  Square,
  Volume2,
  VolumeX,
} from 'lucide-preact';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Home } from '../home/home.ts';
import { PictureBox, type BoxReport } from '../parts/picture-box.tsx';
import { gestureProps } from './gestures.ts';

const CONTROLS_MS = 3_000;

interface Props {
  readonly home: Home;
  readonly cameras: readonly (CameraName & { readonly id: string })[];
  readonly soundOn: boolean;
  readonly soundState: AudioState;
  readonly canShow: number;
  readonly onSound: () => void;
  readonly onStep: (by: 1 | -1) => void;
  readonly onHome: () => void;
  readonly onHold: (camera: CameraName) => void;
  readonly onSay: () => void;
  readonly onMore: (count: number) => void;
  readonly onReport: (id: string) => (report: BoxReport) => void;
}

export function Watching(props: Props): JSX.Element {
  const { home, cameras, onStep, onHome, onHold, onReport } = props;
  const away = useSignal(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const back = useRef<HTMLButtonElement>(null);
  const touch = (): void => {
    away.value = false;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (away.value = true), CONTROLS_MS);
  };
  useEffect(() => {
    touch();
    back.current?.focus({ preventScroll: true });
    return () => {
      clearTimeout(timer.current);
    };
  }, []);
  const many = cameras.length > 2 ? 4 : cameras.length;
  return (
    <main class={`watching n${many}`} onPointerMove={touch} onPointerDown={touch} onKeyDown={touch}>
      <h1 class="sr-only">{cameras.map(({ name }) => name).join(', ')}</h1>
      {cameras.slice(0, 4).map((camera) => (
        <div
          key={camera.id}
          class="picture-place"
          {...gestureProps({
            hold: () => {
              onHold(camera);
            },
            swipe: (direction) => {
              if (direction === 'down') onHome();
              else onStep(direction === 'left' ? 1 : -1);
            },
          })}
        >
          <PictureBox
            home={home}
            camera={camera}
            quality={cameras.length === 1 ? 'full' : 'grid'}
            onReport={onReport(camera.id)}
          />
        </div>
      ))}
      <Controls {...props} away={away.value} back={back} />
    </main>
  );
}

function Controls({
  cameras,
  soundOn,
  soundState,
  canShow,
  onSound,
  onStep,
  onHome,
  onHold,
  onSay,
  onMore,
  away,
  back,
}: Props & { readonly away: boolean; readonly back: { current: HTMLButtonElement | null } }): JSX.Element {
  const one = cameras.length === 1 ? cameras[0] : undefined;
  const first = cameras[0];
  return (
    <div class={`over${away ? ' away' : ''}`}>
      <div class="row">
        <button ref={back} class="button icon" aria-label="Back to the home screen" onClick={onHome}>
          <House aria-hidden />
        </button>
        {canShow > 1 && (
          <>
            <button
              class="button icon"
              aria-label="Previous camera"
              onClick={() => {
                onStep(-1);
              }}
            >
              <SkipBack aria-hidden />
            </button>
            <button
              class="button icon"
              aria-label="Next camera"
              onClick={() => {
                onStep(1);
              }}
            >
              <SkipForward aria-hidden />
            </button>
          </>
        )}
      </div>
      <div class="row">
        {one?.hasAudio === true && (
          <button
            class="button icon"
            aria-pressed={soundOn}
            aria-label={soundWords(soundOn, soundState)}
            onClick={onSound}
          >
            {soundOn ? <Volume2 aria-hidden /> : <VolumeX aria-hidden />}
          </button>
        )}
        {canShow > 1 && cameras.length !== 1 && (
          <button
            class="button icon"
            aria-label="One picture"
            onClick={() => {
              onMore(1);
            }}
          >
            <Square aria-hidden />
          </button>
        )}
        {canShow > 1 && cameras.length !== 2 && (
          <button
            class="button icon"
            aria-label="Two pictures"
            onClick={() => {
              onMore(2);
            }}
          >
            <Columns2 aria-hidden />
          </button>
        )}
        {canShow > 2 && cameras.length < 3 && (
          <button
            class="button icon"
            aria-label="Four pictures"
            onClick={() => {
              onMore(4);
            }}
          >
            <Grid2x2 aria-hidden />
          </button>
        )}
        {first !== undefined && (
          <button
            class="button icon"
            aria-label={`Who can open ${first.name}`}
            onClick={() => {
              onHold(first);
            }}
          >
            <ShieldCheck aria-hidden />
          </button>
        )}
        <button class="button icon" aria-label="Say or type what to show" onClick={onSay}>
          <MessageCircle aria-hidden />
        </button>
      </div>
    </div>
  );
}

function soundWords(on: boolean, state: AudioState): string {
  if (!on) return 'Sound on';
  if (state === 'unsupported') return 'This browser cannot play the sound of this camera';
  return state === 'blocked' ? 'The browser blocks sound: press again' : 'Sound off';
}
