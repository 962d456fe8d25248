/** One device: its name, role, cameras, end of time; and its removal, with what it may have seen. */
import { useSignal } from '@preact/signals';
import type { Grants, RosterChange } from '@sealcam/home';
import { millis, type LedgerRow } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { ask, cameraName, changeRoster, wordsOf, type Home, type MemberView } from '../../home/home.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { GrantsField } from '../../parts/grants-field.tsx';
import { Note } from '../../parts/note.tsx';
import { Page } from '../../parts/page.tsx';
import { useTask } from '../../parts/task.ts';
import { TaskNote } from '../../parts/task-note.tsx';
import { go } from '../../router.ts';
import { clockTime, exactTime } from '../../words/ages.ts';
import { declaredWords } from '../../words/models.ts';

const DAY_MS = 24 * 3600_000;
const EXPIRIES = [
  ['keep', 'No end'],
  ['1', 'One day'],
  ['7', 'One week'],
  ['30', 'Thirty days'],
] as const;

type Removal =
  | { readonly at: 'no' }
  | { readonly at: 'asking' }
  | { readonly at: 'waiting'; readonly name: string }
  | { readonly at: 'done'; readonly name: string; readonly atMs: number; readonly seen: readonly LedgerRow[] | string }
  | { readonly at: 'failed'; readonly name: string; readonly words: string };

export function DevicePage({ home, id }: { readonly home: Home; readonly id: string }): JSX.Element {
  const member = home.members.value.find((each) => each.id === id);
  const removal = useSignal<Removal>({ at: 'no' });
  const now = removal.value;
  if (now.at === 'waiting' || now.at === 'done' || now.at === 'failed')
    return <RemovalPage home={home} removal={now} />;
  if (member === undefined) {
    return (
      <Page title="No such device" back={{ at: 'devices' }} narrow>
        <p>It is no member of this home any more.</p>
      </Page>
    );
  }
  return (
    <Page title={member.name} back={{ at: 'devices' }} narrow>
      {declaredWords(member).length > 0 && <p class="quiet">{declaredWords(member).join(' · ')}</p>}
      <DeviceForm home={home} member={member} />
      <button class="button danger" onClick={() => (removal.value = { at: 'asking' })}>
        Remove {member.name}
      </button>
      {now.at === 'asking' && (
        <Dialog title={`Remove ${member.name}?`} onClose={() => (removal.value = { at: 'no' })}>
          <p>
            All keys of the home change, and it can open nothing new. What it saw, it saw.
            {member.isMe && ' This is the device in your hand: you will be out, too.'}
          </p>
          <div class="actions">
            <button class="button" onClick={() => (removal.value = { at: 'no' })}>
              Keep it
            </button>
            <button class="button danger" onClick={() => void remove(home, member, (next) => (removal.value = next))}>
              Remove
            </button>
          </div>
        </Dialog>
      )}
    </Page>
  );
}

/** "Removed" is said only when the home's agent has changed the keys without that device: a relay can delay it, not fake it. */
async function remove(home: Home, member: MemberView, show: (removal: Removal) => void): Promise<void> {
  const { name } = member;
  show({ at: 'waiting', name });
  try {
    const { version } = await changeRoster(home, [{ do: 'removeDevice', deviceId: member.id }]);
    const manifest = await home.client.rekeyed(version);
    const toMs = Math.round(home.client.serverTimeMs);
    const seen = await home.client.ledger({ deviceId: member.id, fromMs: 0, toMs, limit: 500 }).catch(wordsOf);
    show({ at: 'done', name, atMs: manifest.issuedAtMs, seen });
  } catch (error) {
    show({ at: 'failed', name, words: wordsOf(error) });
  }
}

function RemovalPage({
  home,
  removal,
}: {
  readonly home: Home;
  readonly removal: Extract<Removal, { at: 'waiting' | 'done' | 'failed' }>;
}): JSX.Element {
  if (removal.at === 'waiting') {
    return (
      <Page title={`Removing ${removal.name}`} narrow>
        <Note>
          <p>Waiting for your home to change the locks…</p>
          {home.agent.value?.online === false && (
            <p>Your home is not connected. The removal is signed and takes effect the moment it is back.</p>
          )}
        </Note>
        <p class="quiet">Until then {removal.name} may still open pictures.</p>
        <a class="button" href="#/devices">
          Wait in the background
        </a>
      </Page>
    );
  }
  if (removal.at === 'failed') {
    return (
      <Page title={`${removal.name} is not removed`} back={{ at: 'devices' }} narrow>
        <Note tone="danger">
          <p>{removal.words}</p>
        </Note>
        <a class="button primary" href="#/devices">
          Back to the devices
        </a>
      </Page>
    );
  }
  return (
    <Page title={`${removal.name} is removed`} back={{ at: 'devices' }} narrow>
      <Note tone="done">
        <p>Removed. From {exactTime(removal.atMs)} it can open nothing new.</p>
      </Note>
      <Seen home={home} rows={removal.seen} />
      <a class="button primary" href="#/devices">
        Done
      </a>
    </Page>
  );
}

function Seen({ home, rows }: { readonly home: Home; readonly rows: readonly LedgerRow[] | string }): JSX.Element {
  if (typeof rows === 'string') return <p class="quiet">What it may have seen could not be read: {rows}</p>;
  if (rows.length === 0) return <p>It was never sent a picture.</p>;
  const last = new Map<string, LedgerRow>();
  for (const row of rows)
    if (!last.has(row.cameraId) || row.toMs > (last.get(row.cameraId)?.toMs ?? 0)) last.set(row.cameraId, row);
  return (
    <section class="stack tight">
      <h2>It may have seen:</h2>
      <ul class="list">
        {[...last.values()].map((row) => (
          <li key={row.cameraId}>
            <strong>{cameraName(home, row.cameraId)}</strong>
            <span class="quiet"> · last sent {clockTime(row.toMs, home.now.value)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function DeviceForm({ home, member }: { readonly home: Home; readonly member: MemberView }): JSX.Element {
  const { entry } = member;
  const role = useSignal<'admin' | 'viewer'>(entry.role === 'admin' ? 'admin' : 'viewer');
  const grants = useSignal<Grants>(entry.grants);
  const expiry = useSignal<string>('same');
  const task = useTask();
  const save = async (name: string): Promise<void> => {
    const done = await task.run(async () => {
      const changes = changesOf(member, role.value, grants.value, expiry.value, home.client.serverTimeMs);
      if (changes.length > 0) await home.client.rekeyed((await changeRoster(home, changes)).version);
      if (name !== member.name) await ask(home, { do: 'member.rename', deviceId: member.id, name, kind: member.kind });
    });
    if (done) go({ at: 'devices' });
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const name = new FormData(event.currentTarget).get('name');
        void save(typeof name === 'string' ? name.trim() : member.name);
      }}
    >
      <label class="field">
        <span>Name</span>
        <input name="name" required maxLength={64} defaultValue={member.name} autocomplete="off" />
      </label>
      <label class="field">
        <span>Role</span>
        <select
          value={role.value}
          onChange={(event) => (role.value = event.currentTarget.value === 'admin' ? 'admin' : 'viewer')}
        >
          <option value="viewer">Viewer: sees what it is allowed</option>
          <option value="admin">Admin: may change everything</option>
        </select>
      </label>
      <GrantsField home={home} grants={grants.value} onChange={(next) => (grants.value = next)} />
      {role.value === 'viewer' && (
        <label class="field">
          <span>Guest until</span>
          <select value={expiry.value} onChange={(event) => (expiry.value = event.currentTarget.value)}>
            <option value="same">
              As it is{entry.notAfterMs > 0 ? ` (${clockTime(entry.notAfterMs, home.now.value)})` : ''}
            </option>
            {EXPIRIES.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
      )}
      <TaskNote task={task} running="Waiting for your home to change the locks…" />
      <button class="button primary">Save</button>
    </form>
  );
}

function changesOf(
  member: MemberView,
  role: 'admin' | 'viewer',
  grants: Grants,
  expiry: string,
  nowMs: number,
): RosterChange[] {
  const { entry, id } = member;
  const changes: RosterChange[] = [];
  if (role !== entry.role) changes.push({ do: 'setRole', deviceId: id, role });
  if (grants !== entry.grants) changes.push({ do: 'setGrants', deviceId: id, grants });
  if (role === 'viewer' && expiry !== 'same') {
    changes.push({
      do: 'setNotAfter',
      deviceId: id,
      notAfterMs: millis(expiry === 'keep' ? 0 : Math.round(nowMs + Number(expiry) * DAY_MS)),
    });
  }
  return changes;
}
