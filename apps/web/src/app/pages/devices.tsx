/** Displays, phones and people's browsers: who is a member, as what, for which cameras, and when it last looked. */
import { useSignal } from '@preact/signals';
import { decodeSignedRoster } from '@sealcam/home';
import type { LedgerRow } from '@sealcam/protocol';
import { Plus } from 'lucide-preact';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { cameraName, changeRoster, wordsOf, type Home, type MemberView } from '../../home/home.ts';
import { Note } from '../../parts/note.tsx';
import { Page } from '../../parts/page.tsx';
import { TaskNote } from '../../parts/task-note.tsx';
import { useTask } from '../../parts/task.ts';
import { HouseholdCode, KindIcon } from '../../parts/who-panel.tsx';
import { formatRoute } from '../../router.ts';
import { counted, listed, longDate, shortAge } from '../../words/ages.ts';
import { declaredWords } from '../../words/models.ts';
import { replacedDevices, type Seen } from '../replaced.ts';
import { KeepList } from '../two-lists.tsx';

const WEEK_MS = 7 * 24 * 3600_000;
/** A device that was let in a moment ago has just been shown its first picture. */
const AGAIN_MS = 15_000;

export function Devices({ home }: { readonly home: Home }): JSX.Element {
  const seen = useSeen(home);
  const members = home.members.value;
  return (
    <Page
      title="Devices"
      narrow
      actions={
        home.isAdmin.value && (
          <a class="button primary" href="#/devices/pair">
            <Plus size={20} aria-hidden /> Add a device
          </a>
        )
      }
    >
      {home.isAdmin.value && seen.value instanceof Map && <PairedAgain home={home} seen={seen.value} />}
      <ul class="list" aria-label="Devices of this home">
        {members.map((member) => (
          <li key={member.id}>
            <MemberItem
              home={home}
              member={member}
              seenMs={seen.value instanceof Map ? seen.value.get(member.id)?.lastMs : undefined}
            />
          </li>
        ))}
      </ul>
      {typeof seen.value === 'string' && <p class="quiet">When each was last seen is not known now: {seen.value}</p>}
      {members.length === 1 && home.isAdmin.value && (
        <p class="quiet">
          Only this device so far. Add the tablet on the wall, or a second admin in case this one is lost.
        </p>
      )}
      <HouseholdCode home={home} />
      {home.isAdmin.value && (
        <details>
          <summary>A display says that two lists of members exist</summary>
          <div class="stack">
            <KeepList home={home} above={0} />
          </div>
        </details>
      )}
    </Page>
  );
}

function MemberItem({
  home,
  member,
  seenMs,
}: {
  readonly home: Home;
  readonly member: MemberView;
  readonly seenMs: number | undefined;
}): JSX.Element {
  const { entry, isMe } = member;
  const now = home.now.value;
  const over = entry.notAfterMs > 0 && entry.notAfterMs <= now;
  return (
    <div class="item">
      <KindIcon kind={member.kind} />
      <span class="grow">
        <strong>{member.name}</strong>
        <span class="quiet small">
          {[
            ...declaredWords(member),
            isMe ? 'this device' : seenWords(home, seenMs),
            grantWords(home, member),
            entry.notAfterMs === 0 ? '' : over ? 'its time is over' : `guest until ${longDate(entry.notAfterMs)}`,
          ]
            .filter((words) => words !== '')
            .join(' · ')}
        </span>
      </span>
      <span class="tag">{entry.role === 'admin' ? 'Admin' : entry.notAfterMs > 0 ? 'Guest' : 'Viewer'}</span>
      {home.isAdmin.value && (
        <a class="button" href={formatRoute({ at: 'device', id: member.id })} aria-label={`Change ${member.name}`}>
          Change
        </a>
      )}
    </div>
  );
}

/** A viewer hears of its own viewings only: of others it says nothing. */
function seenWords(home: Home, seenMs: number | undefined): string {
  if (seenMs !== undefined) return `last shown a picture ${shortAge(home.now.value - seenMs)} ago`;
  return home.isAdmin.value ? 'nothing shown in the last week' : '';
}

export function grantWords(home: Home, { entry }: MemberView): string {
  if (entry.grants === 'all') return 'all cameras';
  if (entry.grants.length === 0) return 'no camera';
  if (entry.grants.length > 3) return counted(entry.grants.length, 'camera');
  return listed(entry.grants.map((id) => cameraName(home, id)));
}

/** From the ledger: the newest viewings of each device. A viewer sees its own only. */
function useSeen(home: Home): { readonly value: Map<string, Seen> | string | undefined } {
  const seen = useSignal<Map<string, Seen> | string | undefined>(undefined);
  const online = home.connection.value.state === 'online';
  useEffect(() => {
    if (!online) return undefined;
    const load = (): void => {
      const toMs = Math.round(home.client.serverTimeMs);
      home.client.ledger({ fromMs: toMs - WEEK_MS, toMs, limit: 500 }).then(
        (rows) => (seen.value = seenIn(rows)),
        (error: unknown) => (seen.value = wordsOf(error)),
      );
    };
    load();
    const timer = setInterval(() => {
      if (!document.hidden) load();
    }, AGAIN_MS);
    return () => {
      clearInterval(timer);
    };
  }, [online]);
  return seen;
}

function seenIn(rows: readonly LedgerRow[]): Map<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const { deviceId, fromMs, toMs } of rows) {
    const { firstMs, lastMs } = seen.get(deviceId) ?? { firstMs: Infinity, lastMs: 0 };
    seen.set(deviceId, { firstMs: Math.min(firstMs, fromMs), lastMs: Math.max(lastMs, toMs) });
  }
  return seen;
}

/** A device whose browser had lost its keys is in twice: the entry that opens nothing any more can go. */
function PairedAgain({ home, seen }: { readonly home: Home; readonly seen: ReadonlyMap<string, Seen> }): JSX.Element {
  const { version } = home.facts.value.head;
  const joined = useMemo(() => joinedIn(home.client.device.rosters), [version]);
  const replaced = replacedDevices(home.members.value, joined, seen, home.now.value);
  const task = useTask();
  const remove = (old: MemberView): void => {
    void task.run(async () => {
      const { version: signed } = await changeRoster(home, [{ do: 'removeDevice', deviceId: old.id }]);
      await home.client.rekeyed(signed);
    });
  };
  return (
    <>
      {replaced.map(({ old }) => (
        <Note key={old.id}>
          <p>
            <strong>{old.name}</strong> was paired again. Its old entry has shown nothing since. If that is the same
            device, remove the old entry: its keys open nothing new then, wherever they are.
          </p>
          <button
            class="button"
            onClick={() => {
              remove(old);
            }}
          >
            Remove the old {old.name}
          </button>
        </Note>
      ))}
      <TaskNote task={task} running="Waiting for your home to change the locks…" />
    </>
  );
}

/** The roster version that let each device in. @param rosters this device's verified chain, from the first on */
function joinedIn(rosters: readonly Uint8Array[]): Map<string, number> {
  const joined = new Map<string, number>();
  for (const bytes of rosters) {
    const { entries, version } = decodeSignedRoster(bytes).roster;
    for (const { deviceId } of entries) if (!joined.has(deviceId)) joined.set(deviceId, version);
  }
  return joined;
}
