/** A list or a value from the relay: being read, here, or why not; and one thing being done at a time. */
import { useSignal, type ReadonlySignal } from '@preact/signals';
import { LoaderCircle, RotateCw } from 'lucide-preact';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Note } from '../parts/note.tsx';
import { ask, Refused } from './api.ts';

type State<T> =
  | { readonly at: 'loading' }
  | { readonly at: 'here'; readonly value: T; readonly stale?: string }
  | { readonly at: 'failed'; readonly words: string };

export interface Asked<T> {
  readonly state: ReadonlySignal<State<T>>;
  readonly again: () => Promise<void>;
  /** What an act answered with: the newest there is. */
  readonly put: (value: T) => void;
}

export function wordsOf(error: unknown): string {
  return error instanceof Refused ? error.message : 'This page made a mistake. Load it again.';
}

/** @param everyMs asks again that often while the page is looked at */
export function useAsked<T>(name: string, body: object = {}, everyMs?: number): Asked<T> {
  const state = useSignal<State<T>>({ at: 'loading' });
  const key = JSON.stringify(body);
  const again = async (): Promise<void> => {
    try {
      state.value = { at: 'here', value: await ask<T>(name, JSON.parse(key) as object) };
    } catch (error) {
      const before = state.peek();
      // What was read before is better than nothing, as long as it says so.
      state.value =
        before.at === 'here' ? { ...before, stale: wordsOf(error) } : { at: 'failed', words: wordsOf(error) };
    }
  };
  useEffect(() => {
    void again();
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) void again();
    }, everyMs);
    return () => {
      clearInterval(timer);
    };
  }, [name, key]);
  return { state, again, put: (value) => (state.value = { at: 'here', value }) };
}

/** What is true of it now: being read, could not be read, or the thing itself. */
export function Shown<T>({
  asked,
  what,
  children,
}: {
  readonly asked: Asked<T>;
  /** 'incidents', 'the policy': for "Reading …". */
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}): JSX.Element {
  const state = asked.state.value;
  if (state.at === 'loading') {
    return (
      <p class="row quiet" role="status">
        <LoaderCircle size={20} aria-hidden /> Reading {what}…
      </p>
    );
  }
  if (state.at === 'failed') return <Failed words={state.words} again={asked.again} />;
  return (
    <>
      {state.stale !== undefined && <Failed words={`This may be old. ${state.stale}`} again={asked.again} />}
      {children(state.value)}
    </>
  );
}

function Failed({ words, again }: { readonly words: string; readonly again: () => Promise<void> }): JSX.Element {
  return (
    <Note tone="danger">
      <p>{words}</p>
      <button class="button" onClick={() => void again()}>
        <RotateCw size={18} aria-hidden /> Try again
      </button>
    </Note>
  );
}

export interface Act {
  readonly busy: ReadonlySignal<boolean>;
  readonly failed: ReadonlySignal<string | undefined>;
  /** Runs unless one runs already. @returns whether it came out well */
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>;
}

export function useAct(): Act {
  const busy = useSignal(false);
  const failed = useSignal<string | undefined>(undefined);
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    if (busy.peek()) return false;
    busy.value = true;
    failed.value = undefined;
    try {
      await work();
      return true;
    } catch (error) {
      failed.value = wordsOf(error);
      return false;
    } finally {
      busy.value = false;
    }
  };
  return { busy, failed, run };
}

/** What went wrong with it, if anything did. */
export function ActNote({ act }: { readonly act: Act }): JSX.Element | null {
  return act.failed.value === undefined ? null : (
    <Note tone="danger">
      <p>{act.failed.value}</p>
    </Note>
  );
}
