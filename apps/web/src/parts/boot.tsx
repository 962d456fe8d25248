/** What stands before both pages: can this browser do it, whose is it, is another tab at it, were its keys lost. */
import { useSignal } from '@preact/signals';
import { missingInBrowser, type MissingFeature } from '@sealcam/player/screen';
import { SealcamError, type HomeId } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { openHome, wordsOf, type Home } from '../home/home.ts';
import { KeyStore, type PageKind } from '../keys/key-store.ts';
import { holdTab } from '../keys/one-tab.ts';
import { forgetPaired, markPaired, pairedBefore, type Paired } from '../keys/paired-mark.ts';
import { persistence } from '../keys/persistence.ts';
import { Note } from './note.tsx';

interface Props {
  readonly kind: PageKind;
  /** No home yet. `lost`: it had one, and its keys are gone. */
  readonly unpaired: (keys: KeyStore, lost: Paired | undefined, joined: (home: HomeId) => void) => JSX.Element;
  readonly paired: (home: Home, leave: () => void) => JSX.Element;
}

type State =
  | { readonly at: 'starting' }
  | { readonly at: 'missing'; readonly what: readonly MissingFeature[] }
  | { readonly at: 'elsewhere' }
  | { readonly at: 'failed'; readonly words: string }
  | { readonly at: 'unpaired'; readonly keys: KeyStore; readonly lost: Paired | undefined }
  | { readonly at: 'home'; readonly home: Home };

export function Boot({ kind, unpaired, paired }: Props): JSX.Element {
  const state = useSignal<State>({ at: 'starting' });
  const takeOver = useRef<() => void>(() => undefined);

  const close = (): void => {
    if (state.peek().at === 'home') (state.peek() as { home: Home }).home.close();
  };
  const start = async (): Promise<void> => {
    try {
      close();
      state.value = await load(kind);
    } catch (error) {
      state.value = { at: 'failed', words: wordsOf(error) };
    }
  };
  useEffect(() => {
    const what = missingInBrowser();
    if (what.length > 0) {
      state.value = { at: 'missing', what };
      return;
    }
    takeOver.current = holdTab(`sealcam-${kind}`, (tab) => {
      if (tab === 'mine') void start();
      else if (tab === 'elsewhere') {
        close();
        state.value = { at: 'elsewhere' };
      }
    });
  }, []);

  const now = state.value;
  switch (now.at) {
    case 'starting':
      return (
        <main class="welcome">
          <p role="status">Opening this device’s keys…</p>
        </main>
      );
    case 'missing':
      return <Missing what={now.what} />;
    case 'elsewhere':
      return (
        <main class="welcome">
          <div class="stack">
            <h1>Sealcam is open in another tab</h1>
            <p>One tab of this device is at work at a time. Using it here ends it there.</p>
            <button
              class="button primary"
              onClick={() => {
                takeOver.current();
              }}
            >
              Use it here
            </button>
          </div>
        </main>
      );
    case 'failed':
      return (
        <main class="welcome">
          <div class="stack">
            <h1>Sealcam could not start</h1>
            <Note tone="danger">
              <p>{now.words}</p>
            </Note>
            <p class="quiet">A private window may keep nothing: use a normal one.</p>
            <button class="button primary" onClick={() => void start()}>
              Try again
            </button>
          </div>
        </main>
      );
    case 'unpaired':
      return unpaired(now.keys, now.lost, () => {
        markPaired(kind, pairedBefore(kind) ?? UNNAMED);
        void persistence(true);
        void start();
      });
    case 'home': {
      const { home } = now;
      return paired(home, () => {
        const id = home.client.device.homeId;
        home.close();
        forgetPaired(kind);
        void home.keys.forget(id).then(start);
      });
    }
  }
}

async function load(kind: PageKind): Promise<State> {
  const keys = await KeyStore.open(kind);
  const current = await keys.current();
  const before = pairedBefore(kind);
  if (current === undefined) return { at: 'unpaired', keys, lost: before };
  try {
    const home = await openHome(keys, current);
    markPaired(kind, before ?? UNNAMED);
    home.client.home.subscribe(({ names }) => {
      const me = names?.members.find(({ deviceId }) => deviceId === home.client.device.keys.deviceId);
      if (names !== undefined) markPaired(kind, { home: names.homeName, name: me?.name ?? '' });
    });
    void persistence(true);
    return { at: 'home', home };
  } catch (error) {
    if (error instanceof SealcamError && error.code === 'device.unknown')
      return { at: 'unpaired', keys, lost: before ?? UNNAMED };
    throw error;
  }
}

const UNNAMED: Paired = { home: '', name: '' };

const WANTED: Readonly<Record<MissingFeature, string>> = {
  'secure-context':
    'This address is not secure (no HTTPS), so the browser locks away what opens sealed pictures. Open it as https://…, or on the machine itself as http://localhost.',
  webcrypto: 'This browser has no WebCrypto, which opens sealed pictures.',
  webcodecs: 'This browser has no WebCodecs, which plays pictures.',
  indexeddb: 'This browser keeps no data for this page. A private window may be why: use a normal one.',
  websocket: 'This browser cannot keep a connection to your home.',
};

/** Over plain HTTP the browser hides all of these: it is the address that must change, not the browser. */
const HIDDEN_BY_ADDRESS: readonly MissingFeature[] = ['webcrypto', 'webcodecs'];

function Missing({ what }: { readonly what: readonly MissingFeature[] }): JSX.Element {
  const isAddress = what.includes('secure-context');
  const said = isAddress ? what.filter((each) => !HIDDEN_BY_ADDRESS.includes(each)) : what;
  return (
    <main class="welcome">
      <div class="stack">
        <h1>This {isAddress ? 'address' : 'browser'} cannot show sealed pictures</h1>
        <ul class="stack tight">
          {said.map((each) => (
            <li key={each}>{WANTED[each]}</li>
          ))}
        </ul>
        {isAddress ? (
          <p>Sealcam serves HTTPS when it is started with --tls local.</p>
        ) : (
          <p>Use Chrome or Edge 94 or newer, Safari 16.4 or newer, or Firefox 130 or newer.</p>
        )}
      </div>
    </main>
  );
}
