/** The places of the operator page, as the fragment of its address. Pure but for `place` and `startPlaces`. */
import { signal, type Signal } from '@preact/signals';

export const PLACES = [
  'health',
  'incidents',
  'suspensions',
  'exposure',
  'homes',
  'policy',
  'ledger',
  'operators',
] as const;

export interface Place {
  readonly at: (typeof PLACES)[number];
  /** Of one thing there. */
  readonly id?: string;
}

export const place: Signal<Place> = signal({ at: 'health' });
/** The one-use code of a link that was opened: out of the address at once. */
export const joinCode: Signal<string | undefined> = signal(undefined);

/** Anything unknown is the first place. */
export function parsePlace(hash: string): Place {
  const [name, id, ...rest] = hash.replace(/^#?\/?/, '').split('/');
  const at = PLACES.find((each) => each === name);
  if (at === undefined || rest.length > 0) return { at: 'health' };
  return id !== undefined && /^[0-9a-f]{32}$/.test(id) ? { at, id } : { at };
}

export function placeHref({ at, id }: Place): string {
  return id === undefined ? `#/${at}` : `#/${at}/${id}`;
}

export function startPlaces(): void {
  const read = (): void => {
    const code = /^#join=([\w-]{16,64})$/.exec(location.hash)?.[1];
    if (code !== undefined) {
      joinCode.value = code;
      history.replaceState(null, '', location.pathname);
    }
    place.value = parsePlace(location.hash);
  };
  addEventListener('hashchange', read);
  read();
}
