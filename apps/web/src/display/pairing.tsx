/** A display that belongs to no home yet: a large code and what to do with it. */
import type { HomeId } from '@sealcam/protocol';
import type { JSX } from 'preact';
import type { KeyStore } from '../keys/key-store.ts';
import { JoinHome } from '../parts/join-home.tsx';
import { Note } from '../parts/note.tsx';

export function Pairing({
  keys,
  lost,
  onJoined,
}: {
  readonly keys: KeyStore;
  readonly lost: boolean;
  readonly onJoined: (home: HomeId) => void;
}): JSX.Element {
  return (
    <main class="pairing">
      <div class="pairing-box">
        <div class="stack">
          <h1>Show your cameras here</h1>
          {lost && (
            <Note tone="warning">
              <p>This display lost its keys: the browser cleared them. It can open nothing until it is paired again.</p>
            </Note>
          )}
          <p>
            Pair this screen with your home once. After that it opens pictures that were sealed for it, and nobody in
            between can.
          </p>
          <p class="quiet">No home yet? Start Sealcam on a computer at home and open the link it prints.</p>
        </div>
        <JoinHome keys={keys} kind="display" name="New display" onJoined={onJoined} />
      </div>
    </main>
  );
}
