/** What a task says of itself. */
import type { JSX } from 'preact';
import { Note } from './note.tsx';
import type { Task } from './task.ts';

export function TaskNote({ task, running }: { readonly task: Task; readonly running: string }): JSX.Element | null {
  const state = task.state.value;
  if (state.at === 'idle') return null;
  return state.at === 'running' ? (
    <p role="status" class="quiet">
      {running}
    </p>
  ) : (
    <Note tone="danger">
      <p>{state.words}</p>
    </Note>
  );
}
