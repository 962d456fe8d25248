/** A browser without a home: claim a new one by the link from the terminal, or join one by showing a code. */
import { useSignal } from '@preact/signals';
import {
  claimReceive,
  decodePairingLink,
  generateDeviceKeys,
  generateHpkeKeys,
  startClaim,
  type Claim,
} from '@sealcam/home';
import { newStoredDevice } from '@sealcam/player/viewer';
import { ERRORS, SealcamError, type ErrorCode, type HomeId } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { openMailbox, type Mailbox } from '../../home/mailbox.ts';
import type { Recovering } from '../../home/recovering.ts';
import type { KeyStore } from '../../keys/key-store.ts';
import type { Paired } from '../../keys/paired-mark.ts';
import { fieldText } from '../../parts/field-text.ts';
import { JoinHome } from '../../parts/join-home.tsx';
import { Note } from '../../parts/note.tsx';
import { currentRoute } from '../../router.ts';
import { freshHome } from '../first-run.ts';
import { ownKind, ownName } from '../own-name.ts';
import { Recover, recoveryUnderWay } from './recover.tsx';

interface Props {
  readonly keys: KeyStore;
  /** It had a home, and its keys are gone. */
  readonly lost: Paired | undefined;
  readonly onJoined: (home: HomeId) => void;
}

export function Welcome({ keys, lost, onJoined }: Props): JSX.Element {
  const route = currentRoute.value;
  const way = useSignal<'choosing' | 'joining' | 'recovering'>(lost === undefined ? 'choosing' : 'joining');
  const begun = useSignal<Recovering | undefined>(undefined);
  useEffect(() => {
    void recoveryUnderWay(keys).then((found) => {
      if (found === undefined) return;
      begun.value = found;
      way.value = 'recovering';
    });
  }, []);
  if (route.at === 'link' && route.kind === 'claim')
    return <ClaimHome keys={keys} link={route.value} onJoined={onJoined} />;
  const kind = ownKind();
  return (
    <main class="welcome">
      <div class="stack">
        <img class="brand" src="/icons/icon.svg" alt="" width="56" height="56" />
        <h1>
          {way.value === 'recovering'
            ? 'Recover a home'
            : lost === undefined
              ? 'Your cameras, and nobody else’s'
              : `This device belonged to ${lost.home === '' ? 'a home' : lost.home}`}
        </h1>
        {lost !== undefined && way.value !== 'recovering' && (
          <Note tone="warning">
            <p>
              Its keys are lost: the browser cleared them. Without them it can open nothing. Let an admin of the home
              pair it again; nothing of the home is lost, and the old entry can be removed then.
            </p>
          </Note>
        )}
        {route.at === 'link' && (
          <Note>
            <p>That code is for an admin of a home. This browser belongs to none yet.</p>
          </Note>
        )}
        {way.value === 'recovering' ? (
          <Recover
            key={begun.value === undefined ? 'new' : 'begun'}
            keys={keys}
            kind={kind}
            begun={begun.value}
            onJoined={onJoined}
            onBack={() => (way.value = 'choosing')}
          />
        ) : way.value === 'joining' ? (
          <>
            <JoinHome keys={keys} kind={kind} name={lost?.name || ownName(kind)} onJoined={onJoined} />
            <SheetWay onSheet={() => (way.value = 'recovering')} />
          </>
        ) : (
          <>
            <p>
              <strong>A new home:</strong> start Sealcam on a computer at home. It prints a link and a QR code; open it
              here.
            </p>
            <p>
              <strong>A home that is there already:</strong> join it from here.
            </p>
            <button class="button primary" onClick={() => (way.value = 'joining')}>
              Join a home
            </button>
            <SheetWay onSheet={() => (way.value = 'recovering')} />
          </>
        )}
      </div>
    </main>
  );
}

function SheetWay({ onSheet }: { readonly onSheet: () => void }): JSX.Element {
  return (
    <>
      <p>
        <strong>Every admin’s device is lost:</strong> the recovery sheet makes this one an admin.
      </p>
      <button class="button" onClick={onSheet}>
        I have a recovery sheet
      </button>
    </>
  );
}

type Step =
  { readonly at: 'naming' } | { readonly at: 'claiming' } | { readonly at: 'failed'; readonly code: ErrorCode };

function ClaimHome({
  keys,
  link,
  onJoined,
}: {
  readonly keys: KeyStore;
  readonly link: string;
  readonly onJoined: (home: HomeId) => void;
}): JSX.Element {
  const step = useSignal<Step>({ at: 'naming' });
  const mailbox = useRef<Mailbox | undefined>(undefined);
  useEffect(() => () => mailbox.current?.close(), []);
  const begin = (name: string): void => {
    step.value = { at: 'claiming' };
    claim(keys, link, name, (opened) => (mailbox.current = opened)).then(
      (home) => {
        freshHome.value = true;
        currentRoute.value = { at: 'pictures' };
        onJoined(home);
      },
      (error: unknown) =>
        (step.value = { at: 'failed', code: error instanceof SealcamError ? error.code : 'internal' }),
    );
  };
  const now = step.value;
  return (
    <main class="welcome">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          begin(fieldText(new FormData(event.currentTarget), 'name'));
        }}
      >
        <img class="brand" src="/icons/icon.svg" alt="" width="56" height="56" />
        <h1>This becomes your home</h1>
        <p>
          This browser will be its first admin. The keys to your pictures are made here and at home; nobody in between
          has them.
        </p>
        <label class="field">
          <span>What do you call it?</span>
          <input
            name="name"
            required
            maxLength={64}
            defaultValue="Home"
            autocomplete="off"
            disabled={now.at === 'claiming'}
          />
        </label>
        {now.at === 'failed' && (
          <Note tone="danger">
            <p>{ERRORS[now.code].words}</p>
            <p>Sealcam’s terminal at home shows a fresh link: open that one.</p>
          </Note>
        )}
        {now.at === 'claiming' && <p role="status">Making the keys, and meeting the computer at home…</p>}
        <button class="button primary big" disabled={now.at === 'claiming'}>
          {now.at === 'failed' ? 'Try again' : 'Make it mine'}
        </button>
      </form>
    </main>
  );
}

/** @throws {SealcamError} what the mailbox or the other side said */
async function claim(
  keys: KeyStore,
  text: string,
  homeName: string,
  opened: (mailbox: Mailbox) => void,
): Promise<HomeId> {
  const link = decodePairingLink(text);
  const device = await generateDeviceKeys();
  const hpke = await generateHpkeKeys(1);
  const claimed = await new Promise<Extract<Claim, { at: 'claimed' }>['claimed']>((resolve, reject) => {
    let state: Claim = startClaim({ keys: device, link, homeName, nowMs: Date.now() });
    let work: Promise<void> = Promise.resolve();
    const mailbox = openMailbox(
      { do: 'join', mailboxId: link.mailboxId },
      {
        ready: () => undefined,
        mail: (body) => {
          work = work
            .then(async () => {
              const step = await claimReceive(state, body, Date.now());
              ({ state } = step);
              mailbox.post(step.send);
              if (state.at === 'claimed') resolve(state.claimed);
              if (state.at === 'failed') reject(new SealcamError(state.code));
            })
            .catch(reject);
        },
        failed: (code) => {
          // The agent leaves once it is claimed: what it said before that is worked off first.
          void work.then(() => {
            reject(new SealcamError(code));
          });
        },
      },
    );
    opened(mailbox);
  });
  const { homeId } = claimed.head;
  await keys.add(
    newStoredDevice({ homeId, keys: device, hpke, rosters: claimed.rosters, epochFloor: 0, nowMs: Date.now() }),
  );
  return homeId;
}
