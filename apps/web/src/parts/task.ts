/** One thing at a time that takes a while: running, done, or what went wrong in words. */
import { useSignal, type Signal } from '@preact/signals';
import { wordsOf } from '../home/home.ts';

export type TaskState =
  { readonly at: 'idle' } | { readonly at: 'running' } | { readonly at: 'failed'; readonly words: string };

export interface Task {
  readonly state: Signal<TaskState>;
  /** Runs unless it runs already. @returns whether it came out well */
  run(work: () => Promise<void>): Promise<boolean>;
}

export function useTask(): Task {
  const state = useSignal<TaskState>({ at: 'idle' });
  return {
    state,
    run: async (work) => {
      if (state.peek().at === 'running') return false;
      state.value = { at: 'running' };
      try {
        await work();
        state.value = { at: 'idle' };
        return true;
      } catch (error) {
        state.value = { at: 'failed', words: wordsOf(error) };
        return false;
      }
    },
  };
}
