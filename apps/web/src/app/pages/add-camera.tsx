/** Adding a camera: an address or a brand, tried step by step by the agent at home, its still shown, then named. */
import { useSignal } from '@preact/signals';
import type { Command, Reply, TryStepName } from '@sealcam/home';
import { paintStill } from '@sealcam/player/screen';
import { MODEL_CHARS, normalModel, SealcamError, type ErrorCode } from '@sealcam/protocol';
import { Check, CircleX, LoaderCircle } from 'lucide-preact';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ask, wordsOf, type Home } from '../../home/home.ts';
import { Note } from '../../parts/note.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { Page } from '../../parts/page.tsx';
import { useTask } from '../../parts/task.ts';
import { TaskNote } from '../../parts/task-note.tsx';
import { go } from '../../router.ts';
import { BRANDS } from '../brands.ts';

type Still = Extract<Reply, { is: 'still' }>;
type Try = Extract<Command, { do: 'camera.try' | 'camera.tryBrand' }>;
type State =
  | { readonly at: 'form' }
  /** `waiting`: what the agent says while the camera takes its time. */
  | { readonly at: 'trying'; readonly steps: readonly TryStepName[]; readonly waiting?: string }
  | {
      readonly at: 'failed';
      readonly steps: readonly TryStepName[];
      readonly words: string;
      readonly code?: ErrorCode;
    }
  | { readonly at: 'found'; readonly still: Still; readonly brand: string };

const STEPS: readonly (readonly [TryStepName, string])[] = [
  ['reached', 'Reached the address'],
  ['rtsp', 'It speaks RTSP'],
  ['signedIn', 'Signed in'],
  ['streamFound', 'Found its stream'],
  ['picture', 'Got a picture'],
];

/** At which step such an error is, where it is not the one after the last that went well: a camera may say no out of turn. */
const FAILS_AT: Readonly<Partial<Record<ErrorCode, TryStepName>>> = {
  'rtsp.not-found': 'streamFound',
  'rtsp.codec': 'streamFound',
  'rtsp.busy': 'picture',
  'rtsp.transport': 'picture',
};

export function AddCamera({ home }: { readonly home: Home }): JSX.Element {
  const state = useSignal<State>({ at: 'form' });
  const attempt = (command: Try): void => {
    state.value = { at: 'trying', steps: [] };
    const steps = (): readonly TryStepName[] =>
      'steps' in state.peek() ? (state.peek() as { steps: readonly TryStepName[] }).steps : [];
    ask(home, command, (reply) => {
      if (reply.is === 'step') state.value = { at: 'trying', steps: [...steps(), reply.step] };
      if (reply.is === 'waiting') state.value = { at: 'trying', steps: steps(), waiting: reply.words };
    }).then(
      (reply) => {
        state.value =
          reply.is === 'still'
            ? { at: 'found', still: reply, brand: brandOf(command) }
            : { at: 'failed', steps: steps(), words: 'Your home answered something else.' };
      },
      (error: unknown) => {
        const code = error instanceof SealcamError ? { code: error.code } : {};
        state.value = { at: 'failed', steps: steps(), words: wordsOf(error), ...code };
      },
    );
  };
  const now = state.value;
  return (
    <Page title="Add a camera" back={{ at: 'cameras' }} narrow>
      {!home.isAdmin.value ? (
        <Note tone="warning">
          <p>Only an admin of the home may add cameras.</p>
        </Note>
      ) : now.at === 'found' ? (
        <NameIt home={home} still={now.still} brand={now.brand} onAgain={() => (state.value = { at: 'form' })} />
      ) : (
        <>
          {now.at === 'failed' && (
            <Note tone="danger">
              <p>{now.words}</p>
            </Note>
          )}
          {now.at === 'trying' && <Steps done={now.steps} />}
          {now.at === 'trying' && now.waiting !== undefined && (
            <p class="quiet" role="status">
              {now.waiting}
            </p>
          )}
          {/* What is no address was never tried. */}
          {now.at === 'failed' && now.code !== 'rtsp.address' && (
            <Steps done={now.steps} failed={now.code ?? 'internal'} />
          )}
          <div hidden={now.at === 'trying'}>
            <TryForm onTry={attempt} />
          </div>
        </>
      )}
    </Page>
  );
}

/** The beginning of a model, as far as it was said already. */
function brandOf(command: Try): string {
  if (command.do !== 'camera.tryBrand' || command.brand === 'other') return '';
  return BRANDS.find(({ id }) => id === command.brand)?.name ?? '';
}

function Steps({ done, failed }: { readonly done: readonly TryStepName[]; readonly failed?: ErrorCode }): JSX.Element {
  const reached = STEPS.reduce((last, [name], index) => (done.includes(name) ? index : last), -1);
  const failedAt = failed === undefined ? undefined : FAILS_AT[failed];
  const isFailed = failed !== undefined;
  const at = Math.max(
    reached + 1,
    STEPS.findIndex(([name]) => name === failedAt),
  );
  return (
    <div role="status">
      <ol class="steps" aria-label="Trying the camera">
        {STEPS.map(([name, words], index) => {
          const isDone = index <= reached;
          // What comes after a failure was not tried, and what lies before it and is not known to be well neither.
          if (isFailed && !isDone && index !== at) return null;
          return (
            <li key={name} class={isDone ? 'done' : isFailed ? 'bad' : 'wait'}>
              {isDone ? (
                <Check size={20} aria-hidden />
              ) : isFailed ? (
                <CircleX size={20} aria-hidden />
              ) : (
                <LoaderCircle size={20} aria-hidden />
              )}
              <span>
                {words}
                {index === at && (isFailed ? ': no' : '…')}
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function TryForm({ onTry }: { readonly onTry: (command: Try) => void }): JSX.Element {
  const way = useSignal<'brand' | 'url'>('url');
  const brand = useSignal(BRANDS[0]?.id ?? 'other');
  const chosen = BRANDS.find(({ id }) => id === brand.value);
  const submit = (form: FormData): void => {
    const field = (name: string): string => {
      const value = form.get(name);
      return typeof value === 'string' ? (name === 'password' ? value : value.trim()) : '';
    };
    const user = field('user');
    const password = field('password');
    if (way.value === 'url') {
      const sub = field('sub');
      const account = { user, password, transport: 'auto' } as const;
      onTry({ do: 'camera.try', url: field('url'), ...account, ...(sub === '' ? {} : { sub }) });
    } else
      onTry({
        do: 'camera.tryBrand',
        brand: brand.value,
        host: field('host'),
        port: 0,
        channel: Number(field('channel')) || 1,
        user,
        password,
      });
  };
  return (
    <form
      class="stack"
      autocomplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      <div class="segments" role="group" aria-label="How to find it">
        <button type="button" class="button" aria-pressed={way.value === 'url'} onClick={() => (way.value = 'url')}>
          Paste its address
        </button>
        <button type="button" class="button" aria-pressed={way.value === 'brand'} onClick={() => (way.value = 'brand')}>
          Choose its brand
        </button>
      </div>
      {way.value === 'url' ? (
        <>
          <label class="field">
            <span>Address</span>
            <input
              name="url"
              type="text"
              inputMode="url"
              required
              maxLength={2048}
              placeholder="rtsp://192.168.1.20:554/stream1"
              spellcheck={false}
            />
          </label>
          <details>
            <summary>It has a smaller stream, too</summary>
            <label class="field">
              <span>Address of the smaller stream</span>
              <input
                name="sub"
                type="text"
                inputMode="url"
                maxLength={2048}
                placeholder="rtsp://192.168.1.20:554/stream2"
                spellcheck={false}
              />
              <span class="quiet small">
                Shown where the main one cannot be played. For many brands it is found by itself.
              </span>
            </label>
          </details>
        </>
      ) : (
        <>
          <label class="field">
            <span>Brand</span>
            <select value={brand.value} onChange={(event) => (brand.value = event.currentTarget.value)}>
              {BRANDS.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          {chosen !== undefined && <p class="quiet small">{chosen.hint}</p>}
          <label class="field">
            <span>Address in your network</span>
            <input name="host" required maxLength={256} placeholder="192.168.1.20" spellcheck={false} />
          </label>
          <label class="field">
            <span>Channel of a recorder (1 for a single camera)</span>
            <input name="channel" type="number" min="1" max="64" defaultValue="1" />
          </label>
        </>
      )}
      <label class="field">
        <span>User of the camera</span>
        <input name="user" maxLength={256} autocomplete="off" spellcheck={false} />
      </label>
      <label class="field">
        <span>Password of the camera</span>
        <input name="password" type="password" maxLength={256} autocomplete="new-password" />
      </label>
      <p class="quiet small">
        They travel sealed to the computer at home, lie encrypted there, and are never shown again.
      </p>
      <button class="button primary">Try it</button>
    </form>
  );
}

function NameIt({
  home,
  still,
  brand,
  onAgain,
}: {
  readonly home: Home;
  readonly still: Still;
  /** As it was chosen; empty where an address was pasted. */
  readonly brand: string;
  readonly onAgain: () => void;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const unseen = useSignal(false);
  const task = useTask();
  useEffect(() => {
    if (canvas.current === null) return;
    const unit = { keyframe: true, discontinuity: false, ctr: 0, captureUs: 0, durationUs: 0, data: still.accessUnit };
    void paintStill(still.config.length > 0 ? { ...unit, config: still.config } : unit, canvas.current).then(
      (outcome) => {
        unseen.value = !('painted' in outcome);
      },
    );
  }, [still]);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const name = fieldText(form, 'name');
        const room = fieldText(form, 'room');
        const model = normalModel(fieldText(form, 'model'));
        void task.run(async () => {
          await ask(home, { do: 'camera.add', tryId: still.tryId, name, room, ...(model !== '' && { model }) });
          go({ at: 'pictures' });
        });
      }}
    >
      <canvas ref={canvas} class="preview" role="img" aria-label="What the camera sees now" />
      {unseen.value && (
        <Note tone="warning">
          <p>
            The camera sends pictures ({still.codec === 'h265' ? 'H.265' : 'H.264'}, {still.width} × {still.height}),
            but this browser cannot play them.
            {still.hasSub
              ? ' Its smaller picture will be shown instead.'
              : ' Set a second stream to H.264 in the camera.'}
          </p>
        </Note>
      )}
      <p class="quiet small">
        {still.width} × {still.height} · {still.codec === 'h265' ? 'H.265' : 'H.264'}
        {still.hasSub && ' · a smaller second stream'}
        {still.hasAudio && ' · sound'}
      </p>
      {still.notes.map((note) => (
        <p key={note} class="small">
          {note}
        </p>
      ))}
      <label class="field">
        <span>Name</span>
        <input name="name" required maxLength={64} autocomplete="off" placeholder="Front door" />
      </label>
      <label class="field">
        <span>Room (optional)</span>
        <input name="room" maxLength={64} autocomplete="off" />
      </label>
      <label class="field">
        <span>Model (optional)</span>
        <input
          name="model"
          maxLength={MODEL_CHARS}
          defaultValue={brand}
          placeholder="Reolink RLC-520A"
          autocomplete="off"
          spellcheck={false}
        />
        <span class="quiet small">So that a fault of one model can be stopped without the others.</span>
      </label>
      <TaskNote task={task} running="Saving, and changing the keys of the home…" />
      <div class="row">
        <button class="button primary">Add it</button>
        <button type="button" class="button" onClick={onAgain}>
          Try another
        </button>
      </div>
    </form>
  );
}
