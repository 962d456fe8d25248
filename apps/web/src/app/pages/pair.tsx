/** Adding a display, a phone or another admin: scan its code or type its numbers, choose what it may see, and it is in. */
import { useSignal } from '@preact/signals';
import type { Grants, PairedDevice } from '@sealcam/home';
import { ERRORS, millis, NO_MODEL, SEALED_ROUTE } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ask, type Home } from '../../home/home.ts';
import { GrantsField } from '../../parts/grants-field.tsx';
import { Note } from '../../parts/note.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { Page } from '../../parts/page.tsx';
import { useTask } from '../../parts/task.ts';
import { TaskNote } from '../../parts/task-note.tsx';
import { go } from '../../router.ts';
import { shownModel, shownPartner } from '../../words/models.ts';
import { declaredBy, PairingSession } from '../pairing-session.ts';
import { BeginPairing } from './pair-begin.tsx';

const DAY_MS = 24 * 3600_000;
type Choice = {
  readonly name: string;
  readonly role: 'admin' | 'viewer';
  readonly grants: Grants;
  readonly days: number;
};

export function Pair({ home, link }: { readonly home: Home; readonly link: string | undefined }): JSX.Element {
  const session = useSignal<PairingSession | undefined>(undefined);
  const way = useSignal<'scan' | 'type'>('type');
  const begin = (next: PairingSession): void => {
    session.peek()?.close();
    session.value = next;
  };
  // The home's name goes into the offer that the other screen shows, so it must be known first.
  const ready = home.facts.value.names !== undefined;
  useEffect(() => {
    if (link !== undefined && ready && home.isAdmin.peek()) begin(PairingSession.byLink(home, link));
  }, [ready]);
  useEffect(() => () => session.peek()?.close(), []);
  if (!home.isAdmin.value) {
    return (
      <Page title="Add a device" back={{ at: 'devices' }} narrow>
        <Note tone="warning">
          <p>Only an admin of the home may add devices. Open the code on an admin’s device.</p>
        </Note>
      </Page>
    );
  }
  const running = session.value;
  return (
    <Page title="Add a device" back={{ at: 'devices' }} narrow>
      {!ready ? (
        <p role="status">Waiting for the keys from your home…</p>
      ) : running === undefined ? (
        <BeginPairing home={home} way={way.value} onWay={(next) => (way.value = next)} onBegin={begin} />
      ) : (
        <Run
          home={home}
          session={running}
          onAgain={() => {
            running.close();
            session.value = undefined;
          }}
        />
      )}
    </Page>
  );
}

function Run({
  home,
  session,
  onAgain,
}: {
  readonly home: Home;
  readonly session: PairingSession;
  readonly onAgain: () => void;
}): JSX.Element {
  const choice = useSignal<Choice | undefined>(undefined);
  const view = session.view.value;
  const device = 'device' in view ? view.device : undefined;
  const pressed = view.at === 'choosing' && view.pressed;
  useEffect(() => {
    const chosen = choice.value;
    if (chosen === undefined || !pressed) return;
    const notAfterMs = millis(chosen.days === 0 ? 0 : Math.round(home.client.serverTimeMs + chosen.days * DAY_MS));
    session.admit({ role: chosen.role, grants: chosen.grants, notAfterMs }, chosen.name);
  }, [choice.value, pressed]);

  switch (view.at) {
    case 'meeting':
      return (
        <div class="stack">
          <p role="status">Meeting the other device…</p>
          <button class="button" onClick={onAgain}>
            Cancel
          </button>
        </div>
      );
    case 'typing':
      return (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            session.type(fieldText(new FormData(event.currentTarget), 'digits'));
          }}
        >
          <label class="field">
            <span>Six digits on the other screen</span>
            <input
              class="digits"
              name="digits"
              inputMode="numeric"
              autocomplete="off"
              required
              maxLength={7}
              pattern="\d{3}\s?\d{3}"
            />
          </label>
          <p class="quiet">
            Only if you see them on the device in front of you. Three wrong codes lock pairing for ten minutes.
          </p>
          <button class="button primary">Compare</button>
        </form>
      );
    case 'choosing':
      return choice.value === undefined ? (
        <Choose home={home} device={view.device} onChoice={(next) => (choice.value = next)} onRefuse={onAgain} />
      ) : (
        <div class="stack">
          <Note>
            <p>
              Now press OK on <strong>{choice.value.name}</strong>.
            </p>
          </Note>
          <button class="button" onClick={onAgain}>
            Cancel
          </button>
        </div>
      );
    case 'admitting':
      return <p role="status">Signing it in, and telling your home…</p>;
    case 'done':
      return <Done home={home} device={device} name={choice.value?.name ?? ''} />;
    case 'failed':
      return (
        <div class="stack">
          <Note tone="danger">
            <p>{ERRORS[view.code].words}</p>
          </Note>
          <button class="button primary" onClick={onAgain}>
            Try again with a new code
          </button>
        </div>
      );
  }
}

interface ChooseProps {
  readonly home: Home;
  readonly device: PairedDevice;
  readonly onChoice: (choice: Choice) => void;
  readonly onRefuse: () => void;
}

function Choose({ home, device, onChoice, onRefuse }: ChooseProps): JSX.Element {
  const grants = useSignal<Grants>([]);
  const role = useSignal<'admin' | 'viewer'>('viewer');
  const days = useSignal(0);
  const isPartners = device.route !== SEALED_ROUTE;
  const kind = device.kind === 'display' ? 'display' : device.kind === 'phone' ? 'phone' : 'browser';
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const name = fieldText(new FormData(event.currentTarget), 'name');
        const all = role.value === 'admin' ? 'all' : grants.value;
        onChoice({ name, role: role.value, grants: all, days: role.value === 'admin' ? 0 : days.value });
      }}
    >
      <h2>
        A {kind} wants to {role.value === 'admin' ? 'join your home' : 'show your cameras'}
      </h2>
      {device.model !== NO_MODEL && <p class="quiet">It says it is a {shownModel(device.model)}.</p>}
      {isPartners && (
        <Note tone="warning">
          <p>
            It is a display of <strong>{shownPartner(device.route)}</strong>, not one of your own.
          </p>
        </Note>
      )}
      <label class="field">
        <span>Its name</span>
        <input
          name="name"
          required
          maxLength={64}
          defaultValue={device.name === 'New display' ? '' : device.name}
          placeholder="Kitchen tablet"
          autocomplete="off"
        />
      </label>
      <label class="field">
        <span>It is</span>
        <select
          value={role.value}
          onChange={(event) => (role.value = event.currentTarget.value === 'admin' ? 'admin' : 'viewer')}
        >
          <option value="viewer">a viewer: sees what you choose</option>
          {!isPartners && <option value="admin">an admin: sees and may change everything</option>}
        </select>
      </label>
      {role.value === 'viewer' && (
        <>
          <GrantsField home={home} grants={grants.value} onChange={(next) => (grants.value = next)} />
          <label class="field">
            <span>For how long</span>
            <select value={String(days.value)} onChange={(event) => (days.value = Number(event.currentTarget.value))}>
              <option value="0">No end</option>
              <option value="1">One day</option>
              <option value="7">One week</option>
              <option value="30">Thirty days</option>
            </select>
          </label>
        </>
      )}
      <div class="row">
        <button class="button primary">Let it in</button>
        <button type="button" class="button" onClick={onRefuse}>
          Not mine, refuse
        </button>
      </div>
    </form>
  );
}

/** The name is the agent's to keep, so it follows once the home knows the device. */
function Done({
  home,
  device,
  name,
}: {
  readonly home: Home;
  readonly device: PairedDevice | undefined;
  readonly name: string;
}): JSX.Element {
  const task = useTask();
  useEffect(() => {
    if (device === undefined || name === '') return;
    const { deviceId, kind } = device;
    void task.run(async () => {
      await home.client.rekeyed(home.facts.peek().head.version);
      const declared = declaredBy(device);
      await ask(home, { do: 'member.rename', deviceId, name, kind, ...(declared && { declared }) });
    });
  }, []);
  return (
    <div class="stack">
      <Note tone="done">
        <p>{name} is in. It shows your cameras in a moment.</p>
      </Note>
      <TaskNote task={task} running="Waiting for your home to know its name…" />
      <button
        class="button primary"
        onClick={() => {
          go({ at: 'devices' });
        }}
      >
        Done
      </button>
    </div>
  );
}
