/** The home's name, the recovery sheet, what this browser promises to keep, and the way out. */
import { useSignal } from '@preact/signals';
import type { Reply } from '@sealcam/home';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ask, type Home } from '../../home/home.ts';
import { persistence, type Persistence } from '../../keys/persistence.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { Page } from '../../parts/page.tsx';
import { useTask } from '../../parts/task.ts';
import { TaskNote } from '../../parts/task-note.tsx';
import { HouseholdCode } from '../../parts/who-panel.tsx';
import { clockTime } from '../../words/ages.ts';

const KEPT: Readonly<Record<Persistence, string>> = {
  kept: 'This browser promised to keep the keys.',
  'may-be-cleared':
    'This browser may clear the keys when it runs out of room. Installing the app, or using it often, changes that.',
  unknown: 'This browser does not say whether it keeps the keys.',
};

export function SettingsPage({ home, onLeave }: { readonly home: Home; readonly onLeave: () => void }): JSX.Element {
  const isAdmin = home.isAdmin.value;
  const naming = useTask();
  const leaving = useSignal(false);
  const kept = useSignal<Persistence | undefined>(undefined);
  useEffect(() => {
    void persistence(false).then((now) => (kept.value = now));
  }, []);
  const hasSheet = home.facts.value.head.roster.entries.some(({ role }) => role === 'recovery');
  return (
    <Page title="Settings" narrow>
      {isAdmin && (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            const name = fieldText(new FormData(event.currentTarget), 'name');
            void naming.run(async () => void (await ask(home, { do: 'home.rename', name })));
          }}
        >
          <label class="field">
            <span>Name of the home</span>
            <input
              key={home.name.value}
              name="name"
              required
              maxLength={64}
              defaultValue={home.name.value}
              autocomplete="off"
            />
          </label>
          <TaskNote task={naming} running="Telling your home…" />
          <div>
            <button class="button">Save the name</button>
          </div>
        </form>
      )}
      <section class="stack tight">
        <h2>Recovery sheet</h2>
        <p>
          {hasSheet
            ? 'There is one. A new one ends it.'
            : 'There is none yet. Without it, losing every admin’s device means starting over.'}
        </p>
        {isAdmin && (
          <div>
            <a class={`button${hasSheet ? '' : ' primary'}`} href="#/settings/sheet">
              {hasSheet ? 'Make a new sheet' : 'Make the sheet'}
            </a>
          </div>
        )}
      </section>
      <section class="stack tight">
        <h2>This browser</h2>
        <p>{kept.value === undefined ? 'Asking the browser…' : KEPT[kept.value]}</p>
        {kept.value === 'may-be-cleared' && (
          <div>
            <button class="button" onClick={() => void persistence(true).then((now) => (kept.value = now))}>
              Ask it to keep them
            </button>
          </div>
        )}
        <p class="quiet small">Colours follow your system: light by day, dark where you set it so.</p>
      </section>
      <HouseholdCode home={home} />
      {isAdmin && <About home={home} />}
      <div>
        <button class="button danger" onClick={() => (leaving.value = true)}>
          Leave this home on this device
        </button>
      </div>
      {leaving.value && (
        <Dialog title="Leave this home?" onClose={() => (leaving.value = false)}>
          <p>
            The keys on this device are deleted. It opens nothing until an admin pairs it again. It stays in the list of
            devices until an admin removes it.
          </p>
          <div class="actions">
            <button class="button" onClick={() => (leaving.value = false)}>
              Stay
            </button>
            <button class="button danger" onClick={onLeave}>
              Leave
            </button>
          </div>
        </Dialog>
      )}
    </Page>
  );
}

function About({ home }: { readonly home: Home }): JSX.Element | null {
  const status = useSignal<Extract<Reply, { is: 'status' }> | undefined>(undefined);
  useEffect(() => {
    ask(home, { do: 'agent.status' }).then(
      (reply) => (status.value = reply.is === 'status' ? reply : undefined),
      () => undefined, // the banner says that the home is away
    );
  }, []);
  const now = status.value;
  if (now === undefined) return null;
  return (
    <section class="stack tight">
      <h2>About</h2>
      <dl class="facts">
        <dt>Sealcam at home</dt>
        <dd>version {now.version}</dd>
        <dt>Running since</dt>
        <dd>{clockTime(now.startedMs, home.now.value)}</dd>
      </dl>
    </section>
  );
}
