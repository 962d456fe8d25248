/** Coming in: by passkey or password; the first time by a one-use link, which sets one of them. */
import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import type { OperatorRole } from '@sealcam/protocol';
import { KeyRound, LogIn } from 'lucide-preact';
import type { ComponentChildren, JSX } from 'preact';
import { fieldText } from '../parts/field-text.ts';
import { Note } from '../parts/note.tsx';
import { ask, Refused } from './api.ts';
import { joinCode } from './place.ts';
import { ActNote, Shown, useAct, useAsked } from './use-asked.tsx';
import { ROLE_WORDS } from './words.ts';

type Authentication = Parameters<typeof startAuthentication>[0]['optionsJSON'];
export type Registration = Parameters<typeof startRegistration>[0]['optionsJSON'];

/** A passkey is bound to a name: browsers make none for a bare address. */
export const hasPasskeys: boolean =
  isSecureContext && 'credentials' in navigator && !/^[\d.]+$|^\[/.test(location.hostname);

/** What the browser asks of the person, with words where they turn it down. */
export async function atAuthenticator<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused('operator.passkey', 'The passkey was not used. Try again, or use the password.');
  }
}

function Door({ title, children }: { readonly title: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <main class="welcome">
      <div class="stack">
        <img class="brand" src="/icons/icon.svg" alt="" />
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

export function Unreachable({ words, again }: { readonly words: string; readonly again: () => void }): JSX.Element {
  return (
    <Door title="Sealcam operators">
      <Note tone="danger">
        <p>{words}</p>
      </Note>
      <button class="button primary" onClick={again}>
        Try again
      </button>
    </Door>
  );
}

interface Coming {
  readonly onIn: () => Promise<boolean>;
}

export function SignIn({ onIn }: Coming): JSX.Element {
  const act = useAct();
  const byPassword = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const password = form.get('password');
    void act.run(async () => {
      await ask('sign-in-password', { name: fieldText(form, 'name'), password });
      await onIn();
    });
  };
  const byPasskey = (): void =>
    void act.run(async () => {
      const optionsJSON = await ask<Authentication>('sign-in-passkey-ask');
      const response = await atAuthenticator(() => startAuthentication({ optionsJSON }));
      await ask('sign-in-passkey', { response });
      await onIn();
    });
  return (
    <Door title="Sealcam operators">
      <p class="quiet">For those who run this relay. Your cameras are in the app, not here.</p>
      <ActNote act={act} />
      {hasPasskeys && (
        <button class="button primary big" disabled={act.busy.value} onClick={byPasskey}>
          <KeyRound size={20} aria-hidden /> Sign in with a passkey
        </button>
      )}
      <form class="stack" onSubmit={byPassword}>
        <label class="field">
          <span>Name</span>
          <input name="name" autocomplete="username" autocapitalize="none" required maxLength={60} />
        </label>
        <label class="field">
          <span>Password</span>
          <input name="password" type="password" autocomplete="current-password" required maxLength={256} />
        </label>
        <button class={`button${hasPasskeys ? '' : ' primary'}`} disabled={act.busy.value}>
          <LogIn size={20} aria-hidden /> Sign in with the password
        </button>
      </form>
    </Door>
  );
}

interface Invited {
  readonly name: string;
  readonly role: OperatorRole;
}

export function Join({ code, onIn }: Coming & { readonly code: string }): JSX.Element {
  const act = useAct();
  const asked = useAsked<Invited>('join-look', { code });
  const done = async (): Promise<void> => {
    await onIn();
    joinCode.value = undefined;
  };
  const withPasskey = (): void =>
    void act.run(async () => {
      const optionsJSON = await ask<Registration>('join-passkey-ask', { code });
      const response = await atAuthenticator(() => startRegistration({ optionsJSON }));
      await ask('join-passkey', { code, response });
      await done();
    });
  const withPassword = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    void act.run(async () => {
      await ask('join-password', { code, password: form.get('password') });
      await done();
    });
  };
  return (
    <Door title="You become an operator">
      <Shown asked={asked} what="the invitation">
        {({ name, role }) => (
          <>
            <p>
              As <strong>{name}</strong>. {ROLE_WORDS[role]}
            </p>
            <ActNote act={act} />
            {hasPasskeys ? (
              <button class="button primary big" disabled={act.busy.value} onClick={withPasskey}>
                <KeyRound size={20} aria-hidden /> Make a passkey
              </button>
            ) : (
              <p class="quiet small">
                For a passkey, open this page by a name (https://… or http://localhost), not by a number.
              </p>
            )}
            <form class="stack" onSubmit={withPassword}>
              <input type="hidden" name="name" autocomplete="username" value={name} />
              <label class="field">
                <span>{hasPasskeys ? 'Or a password' : 'A password'}</span>
                <input
                  name="password"
                  type="password"
                  autocomplete="new-password"
                  aria-describedby="password-length"
                  required
                  minLength={12}
                  maxLength={256}
                />
              </label>
              <p id="password-length" class="quiet small">
                At least 12 characters; a sentence is good.
              </p>
              <button class={`button${hasPasskeys ? '' : ' primary'}`} disabled={act.busy.value}>
                Use this password
              </button>
            </form>
          </>
        )}
      </Shown>
    </Door>
  );
}
