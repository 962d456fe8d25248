/** A display that its home has no more: what it says, and the way back. */
import { ERRORS } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { isMember, type Home } from '../home/home.ts';

/** The relay will have this display no more, or the roster has not: nothing comes back by itself. */
export function isOver(home: Home): boolean {
  const connection = home.connection.value;
  return !isMember(home) || (connection.state === 'offline' && connection.final);
}

export function Over({ home, onLeave }: { readonly home: Home; readonly onLeave: () => void }): JSX.Element {
  const connection = home.connection.value;
  const code = connection.state === 'offline' ? connection.code : undefined;
  return (
    <main class="pairing">
      <div class="stack">
        <h1>
          {isMember(home) && code !== undefined
            ? ERRORS[code].words
            : `This display was removed from ${home.name.value || 'its home'}.`}
        </h1>
        <p>It can open nothing new. To show cameras here again, pair it.</p>
        <button class="button primary big" onClick={onLeave}>
          Pair again
        </button>
      </div>
    </main>
  );
}
