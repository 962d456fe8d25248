/**
 * What is said when a browser has dropped this device's keys: that it belonged to a home, to which, and as what. No key and no id: it
 * proves nothing and opens nothing. Kept beside the keys' database, and in the history entry of the tab: a browser that clears the one
 * on its own often leaves the other.
 */
import type { PageKind } from './key-store.ts';

export interface Paired {
  /** Both '' until the home's first bulletin said them. */
  readonly home: string;
  readonly name: string;
}

const LONGEST = 64;
const place = (kind: PageKind): string => `sealcam-${kind}-paired`;

export function markPaired(kind: PageKind, known: Paired): void {
  localStorage.setItem(place(kind), JSON.stringify(known));
  const state: unknown = history.state;
  history.replaceState({ ...(typeof state === 'object' ? state : {}), [place(kind)]: known }, '');
}

/** Undefined where this page never had a home, or left it. */
export function pairedBefore(kind: PageKind): Paired | undefined {
  const text = localStorage.getItem(place(kind));
  const state: unknown = history.state;
  const entry =
    typeof state === 'object' && state !== null ? (state as { [name: string]: unknown })[place(kind)] : null;
  if (text === null && (entry === undefined || entry === null)) return undefined;
  // A page of before kept one word, and no names.
  return parsed(entry) ?? parsed(readJson(text)) ?? { home: '', name: '' };
}

/** The person said so: nothing was lost. */
export function forgetPaired(kind: PageKind): void {
  localStorage.removeItem(place(kind));
  history.replaceState(null, '');
}

/** Whoever may write this browser's storage may have written anything. */
function parsed(value: unknown): Paired | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { home, name } = value as { readonly [field: string]: unknown };
  return isShort(home) && isShort(name) ? { home, name } : undefined;
}

function isShort(text: unknown): text is string {
  return typeof text === 'string' && text.length <= LONGEST;
}

function readJson(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
