/** One camera's settings: name, room, privacy, how it does, and its removal. */
import { useSignal } from '@preact/signals';
import { MODEL_CHARS, normalModel, type CameraId } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { ask, changeRoster, type Home } from '../../home/home.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { Page } from '../../parts/page.tsx';
import { PictureBox } from '../../parts/picture-box.tsx';
import { useTask } from '../../parts/task.ts';
import { TaskNote } from '../../parts/task-note.tsx';
import { CameraLookPart } from '../camera-look.tsx';
import { go } from '../../router.ts';
import { shownModel } from '../../words/models.ts';

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
      <CameraLookPart home={home} camera={camera} />
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
