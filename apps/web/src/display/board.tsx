/** The display at rest: time, date and up to six pictures. A tap fills the screen; a sentence or the key `/` does as well. */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { CameraName } from '@sealcam/home';
import { ERRORS } from '@sealcam/protocol';
import { Camera, Cog, LayoutGrid, MessageCircle } from 'lucide-preact';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { isMember, whoCanOpen, type Home } from '../home/home.ts';
import { answer } from '../intents/answer.ts';
import { parseIntent } from '../intents/parse-intent.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Note } from '../parts/note.tsx';
import { PictureBox, type BoxReport } from '../parts/picture-box.tsx';
import { Sound } from '../parts/sound.ts';
import { WhoPanel } from '../parts/who-panel.tsx';
import { gestureProps } from './gestures.ts';
import { DEFAULTS, DisplaySettings, type DisplayFacts } from './display-settings.tsx';
import { SayBar } from './say-bar.tsx';
import { speak } from './speech.ts';
import { keepAwake } from './wake-lock.ts';
import { Watching } from './watching.tsx';

const TILES = 6;
const ANSWER_MS = 9_000;
type Place =
  { readonly at: 'board'; readonly page: number } | { readonly at: 'watching'; readonly ids: readonly string[] };
type Named = CameraName & { readonly id: string };

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

/** The relay will have this display no more, or the roster has not: nothing comes back by itself. */
function isOver(home: Home): boolean {
  const connection = home.connection.value;
  return !isMember(home) || (connection.state === 'offline' && connection.final);
}

function Over({ home, onLeave }: { readonly home: Home; readonly onLeave: () => void }): JSX.Element {
  const connection = home.connection.value;
  const code = connection.state === 'offline' ? connection.code : undefined;
  return (
    <main class="pairing">
      <div class="stack">
        <h1>
          {isMember(home) && code !== undefined
            ? ERRORS[code].words
            : `This display was removed from ${home.name.value || 'its home'}.`}
        </h1>
        <p>It can open nothing new. To show cameras here again, pair it.</p>
        <button class="button primary big" onClick={onLeave}>
          Pair again
        </button>
      </div>
    </main>
  );
}

/** The camera on the screen first, then the following ones of the grid. */
function fill(ids: readonly string[], cameras: readonly Named[], count: number): readonly string[] {
  const all = cameras.map(({ id }) => id);
  const from = Math.max(0, all.indexOf(ids[0] ?? ''));
  return Array.from({ length: Math.min(count, all.length) }, (_, index) => all[(from + index) % all.length] ?? '');
}

interface TilesProps {
  readonly home: Home;
  readonly cameras: readonly Named[];
  readonly page: number;
  readonly onOpen: (id: string) => void;
  readonly onHold: (camera: CameraName) => void;
  readonly onReport: (id: string) => (report: BoxReport) => void;
}

function Tiles({ home, cameras, page, onOpen, onHold, onReport }: TilesProps): JSX.Element {
  if (cameras.length === 0) return <NoTiles home={home} />;
  const shown = cameras.slice(page * TILES, (page + 1) * TILES);
  return (
    <ul class={`tiles n${shown.length}`} aria-label="Cameras">
      {shown.map((camera) => (
        <li key={camera.id}>
          <Tile home={home} camera={camera} onOpen={onOpen} onHold={onHold} onReport={onReport(camera.id)} />
        </li>
      ))}
    </ul>
  );
}

type TileProps = Pick<TilesProps, 'home' | 'onOpen' | 'onHold'> & {
  readonly camera: Named;
  readonly onReport: (report: BoxReport) => void;
};

function Tile({ home, camera, onOpen, onHold, onReport }: TileProps): JSX.Element {
  const held = useRef(false);
  const gestures = gestureProps({
    hold: () => {
      held.current = true;
      onHold(camera);
    },
  });
  return (
    <button
      class="tile"
      {...gestures}
      onClick={() => {
        // The click that ends a long press opens nothing.
        if (!held.current) onOpen(camera.id);
        held.current = false;
      }}
    >
      <PictureBox home={home} camera={camera} quality="grid" onReport={onReport} />
    </button>
  );
}

function NoTiles({ home }: { readonly home: Home }): JSX.Element {
  const connection = home.connection.value;
  if (home.cameras.value !== undefined) {
    return (
      <div class="empty" role="status">
        <Camera size={32} aria-hidden />
        <h2>No camera for this display yet</h2>
        <p>An admin chooses in Sealcam, under Devices, which cameras this display may see.</p>
      </div>
    );
  }
  return (
    <div class="empty" role="status">
      <Camera size={32} aria-hidden />
      <h2>{connection.state === 'online' ? 'Waiting for the keys from your home' : 'Connecting to your home'}</h2>
      <p>
        {home.agent.value?.online === false
          ? 'Your home is not connected. Check that the computer with Sealcam is on.'
          : 'This takes a moment. Pictures appear here by themselves.'}
      </p>
    </div>
  );
}

function Clock({ home }: { readonly home: Home }): JSX.Element {
  const now = new Date(home.now.value);
  const connection = home.connection.value;
  const alarm = home.alarms.value[0];
  return (
    <>
      <time class="clock" dateTime={now.toISOString()}>
        {new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(now)}
      </time>
      <div class="date">
        {new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' }).format(now)}
        {connection.state === 'offline' && <div class="small">Not connected. It comes back by itself.</div>}
        {connection.state === 'online' && home.agent.value?.online === false && (
          <div class="small">Your home is not connected.</div>
        )}
        {alarm !== undefined && (
          <Note tone="warning">
            <p>
              {alarm.kind === 'recovery'
                ? 'The recovery sheet was used in the last 7 days.'
                : ERRORS[`roster.${alarm.kind}`].words}
            </p>
          </Note>
        )}
      </div>
    </>
  );
}

function useIdle(lastTouch: { current: number }, facts: { readonly value: DisplayFacts }, idle: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (performance.now() - lastTouch.current > facts.value.idleSeconds * 1000) {
        lastTouch.current = performance.now();
        idle();
      }
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
}

function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLInputElement || document.querySelector('dialog[open]') !== null;
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = latest.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', down);
    return () => {
      removeEventListener('keydown', down);
    };
  }, []);
}
