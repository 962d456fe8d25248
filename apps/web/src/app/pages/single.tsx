/** One camera, all of the screen: sound, full screen, the next one, and who else can open it. */
import { useSignal } from '@preact/signals';
import { ArrowLeft, ChevronLeft, ChevronRight, Maximize, ShieldCheck, Volume2, VolumeX } from 'lucide-preact';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Home } from '../../home/home.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Page } from '../../parts/page.tsx';
import { PictureBox } from '../../parts/picture-box.tsx';
import { Sound } from '../../parts/sound.ts';
import { WhoPanel } from '../../parts/who-panel.tsx';
import { go } from '../../router.ts';

const CONTROLS_MS = 3_000;

export function Single({ home, id }: { readonly home: Home; readonly id: string }): JSX.Element {
  const cameras = home.cameras.value ?? [];
  const at = cameras.findIndex(({ cameraId }) => cameraId === id);
  const camera = cameras[at];
  const box = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const who = useSignal(false);
  const soundOn = useSignal(false);
  const still = useSignal(false);
  const sound = useMemo(() => new Sound(), []);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const touch = (): void => {
    still.value = false;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (still.value = true), CONTROLS_MS);
  };
  const step = (by: number): void => {
    const next = cameras[(at + by + cameras.length) % cameras.length];
    if (next !== undefined) go({ at: 'picture', id: next.cameraId });
  };
  useEffect(() => {
    touch();
    return () => {
      clearTimeout(timer.current);
      sound.close();
    };
  }, []);
  useEffect(() => {
    document.title = `${camera?.name ?? 'Camera'} · Sealcam`;
    heading.current?.focus({ preventScroll: true });
  }, [camera?.name]);
  useEffect(() => {
    sound.off();
    soundOn.value = false;
    const keys = (event: KeyboardEvent): void => {
      if (document.querySelector('dialog[open]') !== null) return;
      if (event.key === 'ArrowRight') step(1);
      else if (event.key === 'ArrowLeft') step(-1);
      else if (event.key === 'Escape') go({ at: 'pictures' });
      touch();
    };
    addEventListener('keydown', keys);
    return () => {
      removeEventListener('keydown', keys);
    };
  }, [id, cameras.length]);

  if (camera === undefined) {
    return (
      <Page title="No such camera" back={{ at: 'pictures' }}>
        <p>
          {home.cameras.value === undefined
            ? 'Waiting for the keys from your home.'
            : 'It was removed, or this device may not see it.'}
        </p>
      </Page>
    );
  }
  const toggleSound = (): void => {
    soundOn.value = !soundOn.value;
    if (soundOn.value) void sound.on(home, camera);
    else sound.off();
  };
  return (
    <main ref={box} class={`single${still.value ? ' still' : ''}`} onPointerMove={touch} onPointerDown={touch}>
      <PictureBox key={camera.cameraId} home={home} camera={camera} quality="full" />
      <div class="bar controls">
        <a class="button icon" href="#/" aria-label="Back to all pictures">
          <ArrowLeft aria-hidden />
        </a>
        <h1 ref={heading} tabIndex={-1}>
          {camera.name}
          {camera.room !== '' && <span class="small"> · {camera.room}</span>}
        </h1>
        {camera.hasAudio && (
          <button
            class="button icon"
            aria-pressed={soundOn.value}
            aria-label={soundOn.value ? 'Sound off' : 'Sound on'}
            onClick={toggleSound}
          >
            {soundOn.value ? <Volume2 aria-hidden /> : <VolumeX aria-hidden />}
          </button>
        )}
        <button class="button icon" aria-label={`Who can open ${camera.name}`} onClick={() => (who.value = true)}>
          <ShieldCheck aria-hidden />
        </button>
        <button class="button icon" aria-label="Full screen" onClick={() => void toggleFullScreen(box.current)}>
          <Maximize aria-hidden />
        </button>
      </div>
      {cameras.length > 1 && (
        <>
          <button
            class="button icon side before controls"
            aria-label="Previous camera"
            onClick={() => {
              step(-1);
            }}
          >
            <ChevronLeft aria-hidden />
          </button>
          <button
            class="button icon side after controls"
            aria-label="Next camera"
            onClick={() => {
              step(1);
            }}
          >
            <ChevronRight aria-hidden />
          </button>
        </>
      )}
      {sound.state.value === 'unsupported' && soundOn.value && (
        <p class="sr-only" role="status">
          This browser cannot play the sound of this camera.
        </p>
      )}
      {who.value && (
        <Dialog title={`Who can open ${camera.name}`} onClose={() => (who.value = false)}>
          <WhoPanel home={home} camera={camera} />
          <div class="actions">
            <button class="button primary" onClick={() => (who.value = false)}>
              Close
            </button>
          </div>
        </Dialog>
      )}
    </main>
  );
}

async function toggleFullScreen(element: HTMLElement | null): Promise<void> {
  try {
    if (document.fullscreenElement === null) await element?.requestFullscreen();
    else await document.exitFullscreen();
  } catch {
    // A browser without it (iPhone) shows the picture as large as it can already.
  }
}
