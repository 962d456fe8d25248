/** Two lists of members that admins of this home signed: both sides beside each other, and the one decision that ends it. */
import type { Alarm, ForkSide } from '@sealcam/player/viewer';
import type { JSX } from 'preact';
import { changeRoster, memberName, type Home } from '../home/home.ts';
import { useTask } from '../parts/task.ts';
import { TaskNote } from '../parts/task-note.tsx';

export function TwoLists({ home, alarm }: { readonly home: Home; readonly alarm: Alarm }): JSX.Element {
  const { fork } = alarm;
  return (
    <>
      {fork !== undefined && (
        <ul class="list" aria-label="Both lists">
          <Side home={home} name="The list of this device" side={fork.ours} other={fork.theirs} />
          <Side home={home} name="The other list" side={fork.theirs} other={fork.ours} />
        </ul>
      )}
      {home.isAdmin.value ? (
        <KeepList home={home} above={alarm.version ?? 0} />
      ) : (
        <p>Ask an admin to open Devices in Sealcam, and to decide which list to keep.</p>
      )}
    </>
  );
}

/** @param above the version in question: the list goes on beyond it */
export function KeepList({ home, above }: { readonly home: Home; readonly above: number }): JSX.Element {
  const task = useTask();
  return (
    <>
      <p>
        If the list of this device is right, keep it: your home changes its keys for exactly its members, and every
        screen that has this list goes on. If it is not, remove who should not be there first.
      </p>
      <TaskNote task={task} running="Waiting for your home to change the locks…" />
      <button class="button primary" onClick={() => void task.run(() => keepOurs(home, above))}>
        Keep the list of this device
      </button>
    </>
  );
}

/** The chain goes on above what is in question, and the agent follows: that is the decision, for every screen of the home. */
async function keepOurs(home: Home, above: number): Promise<void> {
  let { version } = home.facts.peek().head;
  do {
    ({ version } = await changeRoster(home, []));
    await home.client.rekeyed(version);
  } while (version <= above);
}

function Side({
  home,
  name,
  side,
  other,
}: {
  readonly home: Home;
  readonly name: string;
  readonly side: ForkSide;
  readonly other: ForkSide;
}): JSX.Element {
  const only = side.devices.filter((device) => !other.devices.includes(device));
  return (
    <li class="stack tight">
      <strong>{name}</strong>
      <span>Household code {side.code.join(' ')}</span>
      <span class="quiet">
        Signed by {memberName(home, side.signerId)}.{' '}
        {only.length === 0
          ? 'It names nobody that the other does not.'
          : `Only here: ${only.map((device) => memberName(home, device)).join(', ')}.`}
      </span>
    </li>
  );
}
