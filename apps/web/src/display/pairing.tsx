/** A display that belongs to no home yet: a large code and what to do with it. */
import type { HomeId } from '@sealcam/protocol';
import type { JSX } from 'preact';
import type { KeyStore } from '../keys/key-store.ts';
import type { Paired } from '../keys/paired-mark.ts';
import { JoinHome } from '../parts/join-home.tsx';
import { Note } from '../parts/note.tsx';

export function Pairing({
  keys,
  lost,
  onJoined,
}: {
  readonly keys: KeyStore;
  /** It had a home, and its keys are gone. */
  readonly lost: Paired | undefined;
  readonly onJoined: (home: HomeId) => void;
}): JSX.Element {
  return (
    <main class="pairing">
      <div class="pairing-box">
        <div class="stack">
          {lost === undefined ? (
            <>
              <h1>Show your cameras here</h1>
              <p>
                Pair this screen with your home once. After that it opens pictures that were sealed for it, and nobody
                in between can.
              </p>
              <p class="quiet">No home yet? Start Sealcam on a computer at home and open the link it prints.</p>
            </>
          ) : (
            <>
              <h1>
                {lost.name === '' ? 'This display' : lost.name} belonged to {lost.home === '' ? 'a home' : lost.home}
              </h1>
              <Note tone="warning">
                <p>Its keys are lost: this browser cleared them. Without them it can open nothing.</p>
              </Note>
              <p>
                Pair it again with an admin’s phone, as the first time. Nothing of the home is lost, and Sealcam on the
                phone offers to remove the old entry.
              </p>
            </>
          )}
        </div>
        <JoinHome keys={keys} kind="display" name={lost?.name || 'New display'} onJoined={onJoined} />
      </div>
    </main>
  );
}
