/** A display that its home has no more, or that holds a list of members which its home does not follow: what it says, and the way back. */
import { ERRORS } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { isMember, type Home } from '../home/home.ts';

/** The relay will have this display no more, or the roster has not: nothing comes back by itself. */
export function isOver(home: Home): boolean {
  const connection = home.connection.value;
  return isElsewhere(home) || !isMember(home) || (connection.state === 'offline' && connection.final);
}

/** The home's own computer says so. It ends by itself where the home comes back to this list; else the display must be paired again. */
function isElsewhere(home: Home): boolean {
  return home.alarms.value.some(({ kind }) => kind === 'elsewhere');
}

export function Over({ home, onLeave }: { readonly home: Home; readonly onLeave: () => void }): JSX.Element {
  const connection = home.connection.value;
  const code = connection.state === 'offline' ? connection.code : undefined;
  return (
    <main class="pairing">
      <div class="stack">
        <h1>
          {isElsewhere(home)
            ? ERRORS['roster.elsewhere'].words
            : isMember(home) && code !== undefined
              ? ERRORS[code].words
              : `This display was removed from ${home.name.value || 'its home'}.`}
        </h1>
        {isElsewhere(home) ? (
          <Elsewhere home={home} />
        ) : (
          <p>It can open nothing new. To show cameras here again, pair it.</p>
        )}
        <button class="button primary big" onClick={onLeave}>
          Pair again
        </button>
      </div>
    </main>
  );
}

function Elsewhere({ home }: { readonly home: Home }): JSX.Element {
  return (
    <>
      <p>
        Ask an admin to compare the household code: on Devices in Sealcam. If it is another one there, pair this display
        again.
      </p>
      <p class="quiet">
        This display has <strong>{home.facts.value.code.join(' ')}</strong>
      </p>
    </>
  );
}
