/** How one camera does: what it sends, what was lost or odd, and what to change. Asked of the agent again and again while the page is open. */
import { useSignal } from '@preact/signals';
import type { CameraLook, CameraName, LookedStream, Reply } from '@sealcam/home';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ask, wordsOf, type Home } from '../home/home.ts';
import { Note } from '../parts/note.tsx';
import { useTask } from '../parts/task.ts';
import { TaskNote } from '../parts/task-note.tsx';
import { clockTime } from '../words/ages.ts';
import {
  awayWords,
  formatWords,
  goneWords,
  lossWords,
  overWords,
  placesWords,
  rateWords,
  streamState,
} from '../words/camera-words.ts';

/** The state beside a live picture must not be that of a minute ago. */
const LOOK_MS = 5_000;

/** For admins: others may not ask. */
export function CameraLookPart({
  home,
  camera,
}: {
  readonly home: Home;
  readonly camera: CameraName;
}): JSX.Element | null {
  const look = useSignal<CameraLook | string | undefined>(undefined);
  const task = useTask();
  const isAdmin = home.isAdmin.value;
  const load = (): void => {
    if (!isAdmin) return;
    ask(home, { do: 'camera.look', cameraId: camera.cameraId }).then(
      (reply: Reply) => (look.value = reply.is === 'look' ? reply : undefined),
      (error: unknown) => (look.value = wordsOf(error)),
    );
  };
  useEffect(() => {
    load();
    const timer = setInterval(() => {
      if (!document.hidden) load();
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
    };
  }, [camera.cameraId, isAdmin]);
  const now = look.value;
  if (now === undefined) return null;
  if (typeof now === 'string') return <p class="quiet">How it does is not known: {now}</p>;
  const [main, sub] = [
    now.streams.find(({ which }) => which === 'main'),
    now.streams.find(({ which }) => which === 'sub'),
  ];
  const again = async (): Promise<void> => {
    await task.run(async () => void (await ask(home, { do: 'camera.reconnect', cameraId: camera.cameraId })));
    load();
  };
  return (
    <div class="stack">
      <Notes notes={now.notes} />
      <dl class="facts">
        {now.host !== '' && <Fact name="Address">{now.host}</Fact>}
        {main !== undefined && <StateFact stream={main} camera={camera} nowMs={home.now.value} />}
        {main !== undefined && <StreamFacts name="Picture" stream={main} />}
        <Fact name="Sound">{now.sound === '' ? 'none that Sealcam carries' : now.sound}</Fact>
        {sub !== undefined && <StreamFacts name="Smaller picture" stream={sub} />}
        {placesWords(now.places) !== undefined && <Fact name="Room for">{placesWords(now.places)}</Fact>}
        {main !== undefined && <LossFact stream={main} />}
      </dl>
      {main?.state === 'gone' && (
        <button class="button" onClick={() => void again()}>
          Try again now
        </button>
      )}
      <TaskNote task={task} running="Trying…" />
    </div>
  );
}

function Notes({ notes }: { readonly notes: readonly string[] }): JSX.Element | null {
  if (notes.length === 0) return null;
  return (
    <Note tone="warning">
      <p>What is odd about it, and what to change:</p>
      <ul class="points">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </Note>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function StateFact({
  stream,
  camera,
  nowMs,
}: {
  readonly stream: LookedStream;
  readonly camera: CameraName;
  readonly nowMs: number;
}): JSX.Element {
  const why = goneWords(stream);
  return (
    <Fact name="State">
      {camera.private ? 'Private: not read' : `${streamState(stream)} since ${clockTime(stream.sinceMs, nowMs)}`}
      {why !== undefined && <span class="quiet"> · {why}</span>}
    </Fact>
  );
}

function StreamFacts({ name, stream }: { readonly name: string; readonly stream: LookedStream }): JSX.Element | null {
  const format = formatWords(stream);
  if (format === undefined)
    return stream.which === 'sub' ? <Fact name={name}>read while somebody watches it</Fact> : null;
  return (
    <Fact name={name}>
      {format}
      {rateWords(stream) !== undefined && <div class="quiet small">{rateWords(stream)}</div>}
    </Fact>
  );
}

function LossFact({ stream }: { readonly stream: LookedStream }): JSX.Element {
  return (
    <Fact name={sentence(overWords(stream))}>
      {lossWords(stream)}
      {awayWords(stream).map((line) => (
        <div key={line} class="quiet small">
          {line}
        </div>
      ))}
    </Fact>
  );
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
