/** One camera's settings: name, room, privacy, how it does, and its removal. */
import { useSignal } from '@preact/signals';
import type { Reply } from '@sealcam/home';
import { ERRORS, isErrorCode, MODEL_CHARS, normalModel, type CameraId } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ask, changeRoster, wordsOf, type Home } from '../../home/home.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { Page } from '../../parts/page.tsx';
import { PictureBox } from '../../parts/picture-box.tsx';
import { useTask } from '../../parts/task.ts';
import { TaskNote } from '../../parts/task-note.tsx';
import { go } from '../../router.ts';
import { clockTime } from '../../words/ages.ts';
import { shownModel } from '../../words/models.ts';

/** The state beside a live picture must not be that of a minute ago. */
const STATUS_MS = 5_000;

type Status = Extract<Reply, { is: 'status' }>['cameras'][number];

export function CameraPage({ home, id }: { readonly home: Home; readonly id: string }): JSX.Element {
  const camera = home.cameras.value?.find(({ cameraId }) => cameraId === id);
  const saving = useTask();
  const removing = useTask();
  const asking = useSignal(false);
  if (camera === undefined) {
    return (
      <Page title="No such camera" back={{ at: 'cameras' }} narrow>
        <p>It was removed, or this device may not see it.</p>
      </Page>
    );
  }
  const save = (form: FormData): void => {
    const name = fieldText(form, 'name');
    const room = fieldText(form, 'room');
    const model = normalModel(fieldText(form, 'model'));
    void saving.run(async () => {
      await ask(home, { do: 'camera.update', cameraId: camera.cameraId, name, room, ...(model !== '' && { model }) });
      go({ at: 'cameras' });
    });
  };
  const remove = async (): Promise<void> => {
    const done = await removing.run(async () => {
      await ask(home, { do: 'camera.remove', cameraId: camera.cameraId });
      await forgetGrants(home, camera.cameraId);
    });
    if (done) go({ at: 'cameras' });
  };
  return (
    <Page title={camera.name} back={{ at: 'cameras' }} narrow>
      <div class="tile">
        <PictureBox home={home} camera={camera} quality="grid" />
      </div>
      <CameraStatus home={home} id={camera.cameraId} />
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          save(new FormData(event.currentTarget));
        }}
      >
        <label class="field">
          <span>Name</span>
          <input name="name" required maxLength={64} defaultValue={camera.name} autocomplete="off" />
        </label>
        <label class="field">
          <span>Room</span>
          <input name="room" maxLength={64} defaultValue={camera.room} autocomplete="off" />
        </label>
        {!camera.demo && (
          <label class="field">
            <span>Model (optional)</span>
            <input
              name="model"
              maxLength={MODEL_CHARS}
              defaultValue={shownModel(camera.model)}
              placeholder="Reolink RLC-520A"
              autocomplete="off"
              spellcheck={false}
            />
          </label>
        )}
        <TaskNote task={saving} running="Telling your home…" />
        <div class="row">
          <button class="button primary">Save</button>
          <a class="button" href={`#/who/${camera.cameraId}`}>
            Who can open it
          </a>
        </div>
      </form>
      <button class="button danger" onClick={() => (asking.value = true)}>
        Remove {camera.name}
      </button>
      {asking.value && (
        <Dialog title={`Remove ${camera.name}?`} onClose={() => (asking.value = false)}>
          <p>
            Sealcam forgets its address and password, and all keys of the home change. The camera itself stays as it is.
          </p>
          <TaskNote task={removing} running="Waiting for your home to change the locks…" />
          <div class="actions">
            <button class="button" onClick={() => (asking.value = false)}>
              Keep it
            </button>
            <button class="button danger" onClick={() => void remove()}>
              Remove
            </button>
          </div>
        </Dialog>
      )}
    </Page>
  );
}

/** A camera that is gone must not stay in anyone's list of grants. */
async function forgetGrants(home: Home, id: CameraId): Promise<void> {
  const { entries, routes } = home.facts.value.head.roster;
  const named =
    entries.some(({ grants }) => grants !== 'all' && grants.includes(id)) ||
    routes.some(({ cameras }) => cameras.includes(id));
  if (named) await changeRoster(home, [{ do: 'forgetCamera', cameraId: id }]);
}

/** The agent's own word on the connection to the camera. */
function CameraStatus({ home, id }: { readonly home: Home; readonly id: CameraId }): JSX.Element | null {
  const status = useSignal<Status | string | undefined>(undefined);
  const task = useTask();
  const isAdmin = home.isAdmin.value;
  const load = (): void => {
    if (!isAdmin) return;
    ask(home, { do: 'agent.status' }).then(
      (reply) =>
        (status.value = reply.is === 'status' ? reply.cameras.find(({ cameraId }) => cameraId === id) : undefined),
      (error: unknown) => (status.value = wordsOf(error)),
    );
  };
  useEffect(() => {
    load();
    const timer = setInterval(() => {
      if (!document.hidden) load();
    }, STATUS_MS);
    return () => {
      clearInterval(timer);
    };
  }, [id, isAdmin]);
  const now = status.value;
  if (now === undefined) return null;
  if (typeof now === 'string') return <p class="quiet">How it does is not known: {now}</p>;
  return (
    <div class="stack tight">
      <dl class="facts">
        {now.host !== '' && (
          <>
            <dt>Address</dt>
            <dd>{now.host}</dd>
          </>
        )}
        <dt>State</dt>
        <dd>
          {stateWords(now.state)} since {clockTime(now.sinceMs, home.now.value)}
          {now.state === 'gone' && isErrorCode(now.code) && <span class="quiet"> · {ERRORS[now.code].words}</span>}
        </dd>
      </dl>
      {now.state === 'gone' && (
        <button
          class="button"
          onClick={() =>
            void task.run(async () => void (await ask(home, { do: 'camera.reconnect', cameraId: id }))).then(load)
          }
        >
          Try again now
        </button>
      )}
      <TaskNote task={task} running="Trying…" />
    </div>
  );
}

function stateWords(state: Status['state']): string {
  return { live: 'Sends pictures', gone: 'Does not answer', private: 'Private', asleep: 'Sleeps' }[state];
}
