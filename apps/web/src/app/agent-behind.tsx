/** The home's computer is below what this device has seen: why that may be, and the one press by which an admin lets it go on. */
import type { JSX } from 'preact';
import type { Home } from '../home/home.ts';
import { Note } from '../parts/note.tsx';
import { useTask } from '../parts/task.ts';
import { TaskNote } from '../parts/task-note.tsx';
import { clockTime } from '../words/ages.ts';

export function AgentBehind({ home }: { readonly home: Home }): JSX.Element | null {
  const task = useTask();
  const sinceMs = home.agentBehind.value;
  if (sinceMs === undefined) return null;
  const letGoOn = (): void => {
    void task.run(async () => {
      await home.client.letAgentGoOn();
      // It was the older keys of the same computer, which the admin has just spoken of.
      home.client.dismiss('rollback');
    });
  };
  return (
    <div class="strip">
      <Note tone="danger">
        <p>
          Your home’s computer is behind what this device has seen, since {clockTime(sinceMs, home.now.value)}. It was
          restored from an older copy, or its clock was ahead. No picture is shown until it goes on from here.
        </p>
        {home.isAdmin.value ? (
          <>
            <p>If nobody restored it, find out who did before you press.</p>
            <button class="button primary" disabled={task.state.value.at === 'running'} onClick={letGoOn}>
              It was restored: let it go on
            </button>
            <TaskNote task={task} running="Telling your home …" />
          </>
        ) : (
          <p>Ask an admin to open the app.</p>
        )}
      </Note>
    </div>
  );
}
