/** The display at rest: time, date and up to six pictures. A tap fills the screen; a sentence or the key `/` does as well. */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { CameraName } from '@sealcam/home';
import { Cog, LayoutGrid, MessageCircle } from 'lucide-preact';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { whoCanOpen, type Home } from '../home/home.ts';
import { answer } from '../intents/answer.ts';
import { parseIntent } from '../intents/parse-intent.ts';
import { Dialog } from '../parts/dialog.tsx';
import type { BoxReport } from '../parts/picture-box.tsx';
import { Sound } from '../parts/sound.ts';
import { WhoPanel } from '../parts/who-panel.tsx';
import { Clock } from './clock.tsx';
import { DEFAULTS, DisplaySettings, type DisplayFacts } from './display-settings.tsx';
import { isOver, Over } from './over.tsx';
import { SayBar } from './say-bar.tsx';
import { speak } from './speech.ts';
import { TILES, Tiles, type Named } from './tiles.tsx';
import { useIdle } from './use-idle.ts';
import { useKeys } from './use-keys.ts';
import { keepAwake } from './wake-lock.ts';
import { Watching } from './watching.tsx';

const ANSWER_MS = 9_000;
type Place =
  { readonly at: 'board'; readonly page: number } | { readonly at: 'watching'; readonly ids: readonly string[] };

export function Board({ home, onLeave }: { readonly home: Home; readonly onLeave: () => void }): JSX.Element {
  const place = useSignal<Place>({ at: 'board', page: 0 });
  const who = useSignal<CameraName | undefined>(undefined);
  const saying = useSignal(false);
  const settings = useSignal(false);
  const words = useSignal('');
  const soundOn = useSignal(false);
  const facts = useSignal<DisplayFacts>(DEFAULTS);
  const reports = useRef(new Map<string, BoxReport>());
  const lastTouch = useRef(performance.now());
  const sound = useMemo(() => new Sound(), []);
  const cameras = useComputed<readonly Named[]>(() =>
    (home.cameras.value ?? []).map((camera) => ({ ...camera, id: camera.cameraId })),
  );
  const current = useComputed<Named | undefined>(() => {
    const now = place.value;
    return now.at === 'watching' ? cameras.value.find(({ id }) => id === now.ids[0]) : undefined;
  });

  useEffect(keepAwake, []);
  useEffect(
    () => () => {
      sound.close();
    },
    [sound],
  );
  useEffect(() => {
    void home.keys.fact<DisplayFacts>('display').then((kept) => (facts.value = { ...DEFAULTS, ...kept }));
  }, []);

  // Sound follows the one picture on the screen.
  const soundFor = soundOn.value ? current.value?.id : undefined;
  useEffect(() => {
    const camera = current.peek();
    if (soundFor === undefined || camera?.hasAudio !== true) sound.off();
    else void sound.on(home, camera);
  }, [soundFor]);

  useIdle(lastTouch, facts, () => {
    if (place.peek().at === 'watching' || saying.peek() || who.peek() !== undefined) toBoard();
  });

  const toBoard = (): void => {
    place.value = { at: 'board', page: 0 };
    who.value = undefined;
    saying.value = false;
    settings.value = false;
    soundOn.value = false;
  };
  const watch = (ids: readonly string[]): void => {
    who.value = undefined;
    place.value = { at: 'watching', ids };
  };
  const step = (by: 1 | -1): void => {
    const ids = cameras.value.map(({ id }) => id);
    if (ids.length === 0) return;
    const now = place.value;
    const at = now.at === 'watching' ? ids.indexOf(now.ids[0] ?? '') : by === 1 ? -1 : 0;
    const next = ids[(at + by + ids.length) % ids.length];
    if (next !== undefined) watch([next]);
  };
  const answered = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const say = (sentence: string): void => {
    words.value = sentence;
    clearTimeout(answered.current);
    answered.current = setTimeout(() => (words.value = ''), ANSWER_MS);
    if (facts.value.voice) speak(sentence);
  };
  const hear = (sentence: string): void => {
    const intent = parseIntent(sentence, cameras.value);
    if (intent.do === 'show') watch(intent.cameras.map(({ id }) => id));
    else if (intent.do === 'all')
      place.value =
        cameras.value.length <= 1
          ? { at: 'watching', ids: cameras.value.map(({ id }) => id) }
          : { at: 'board', page: 0 };
    else if (intent.do === 'next') step(1);
    else if (intent.do === 'previous') step(-1);
    else if (intent.do === 'home') toBoard();
    else if (intent.do === 'mute') soundOn.value = false;
    else if (intent.do === 'unmute') soundOn.value = current.value !== undefined;
    else if (intent.do === 'who') who.value = intent.camera ?? current.value;
    say(
      answer(intent, {
        cameras: cameras.value,
        current: current.value,
        stateOf: ({ id }) => reports.current.get(id),
        whoSees: ({ cameraId }) => whoCanOpen(home, cameraId).map(({ name }) => name),
        nowMs: home.now.value,
      }),
    );
  };

  useKeys({
    '/': () => (saying.value = true),
    ArrowRight: () => {
      step(1);
    },
    ArrowLeft: () => {
      step(-1);
    },
    Escape: toBoard,
    m: () => (soundOn.value = !soundOn.value && current.value !== undefined),
  });
  useSignalEffect(() => {
    const hour = new Date(home.now.value).getHours();
    document.body.classList.toggle('night', facts.value.dimAtNight && (hour >= 22 || hour < 6));
  });

  if (isOver(home)) return <Over home={home} onLeave={onLeave} />;
  const report = (id: string) => (next: BoxReport) => {
    const before = reports.current.get(id)?.state.state;
    const after = next.state.state;
    reports.current.set(id, next);
    // An answer about a picture is not left standing beside another state of it. Opening is a new box: the one that was asked for.
    const isOther = (before === 'live' || before === 'late') && before !== after && after !== 'opening';
    if (isOther && id === current.peek()?.id) words.value = '';
  };
  const now = place.value;
  return (
    <div
      onPointerDown={() => (lastTouch.current = performance.now())}
      onKeyDown={() => (lastTouch.current = performance.now())}
    >
      {now.at === 'board' ? (
        <main class="board">
          <header>
            <h1 class="sr-only">{home.name.value}</h1>
            <Clock home={home} />
            <button
              class="button icon"
              aria-label="Say or type what to show"
              title="Say or type ( / )"
              onClick={() => (saying.value = true)}
            >
              <MessageCircle aria-hidden />
            </button>
            <button class="button icon" aria-label="Settings of this display" onClick={() => (settings.value = true)}>
              <Cog aria-hidden />
            </button>
          </header>
          <Tiles
            home={home}
            cameras={cameras.value}
            page={now.page}
            onOpen={(id) => {
              watch([id]);
            }}
            onHold={(camera) => (who.value = camera)}
            onReport={report}
          />
          {cameras.value.length > TILES && (
            <button
              class="button"
              onClick={() =>
                (place.value = { at: 'board', page: (now.page + 1) % Math.ceil(cameras.value.length / TILES) })
              }
            >
              <LayoutGrid size={20} aria-hidden /> More cameras
            </button>
          )}
        </main>
      ) : (
        <Watching
          home={home}
          cameras={now.ids.flatMap((id) => cameras.value.filter((camera) => camera.id === id))}
          soundOn={soundOn.value}
          soundState={sound.state.value}
          onSound={() => (soundOn.value = !soundOn.value)}
          onStep={step}
          onHome={toBoard}
          onHold={(camera) => (who.value = camera)}
          onSay={() => (saying.value = true)}
          onMore={(count) => {
            watch(fill(now.ids, cameras.value, count));
          }}
          canShow={cameras.value.length}
          onReport={report}
        />
      )}
      {saying.value && (
        <SayBar facts={facts.value} onHeard={hear} onTrouble={say} onClose={() => (saying.value = false)} />
      )}
      <div class="answer" role="status" aria-live="polite">
        {words.value}
      </div>
      {who.value !== undefined && (
        <Dialog title={`Who can open ${who.value.name}`} onClose={() => (who.value = undefined)}>
          <WhoPanel home={home} camera={who.value} />
          <div class="actions">
            <button class="button primary" onClick={() => (who.value = undefined)}>
              Close
            </button>
          </div>
        </Dialog>
      )}
      {settings.value && (
        <DisplaySettings
          home={home}
          facts={facts.value}
          onChange={(next) => {
            facts.value = next;
            void home.keys.keepFact('display', next);
          }}
          onLeave={onLeave}
          onClose={() => (settings.value = false)}
        />
      )}
    </div>
  );
}

/** The camera on the screen first, then the following ones of the grid. */
function fill(ids: readonly string[], cameras: readonly Named[], count: number): readonly string[] {
  const all = cameras.map(({ id }) => id);
  const from = Math.max(0, all.indexOf(ids[0] ?? ''));
  return Array.from({ length: Math.min(count, all.length) }, (_, index) => all[(from + index) % all.length] ?? '');
}
