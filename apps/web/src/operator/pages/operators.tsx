/** The operators themselves: who they are, what they did, who joins and goes; and one's own ways to sign in. */
import { mayAs, OPERATOR_ROLES, type OperatorAct, type OperatorMe, type OperatorView } from '@sealcam/protocol';
import { startRegistration } from '@simplewebauthn/browser';
import { useSignal } from '@preact/signals';
import { KeyRound, UserPlus } from 'lucide-preact';
import type { JSX } from 'preact';
import { Dialog } from '../../parts/dialog.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { Note } from '../../parts/note.tsx';
import { ask, me as signedIn } from '../api.ts';
import { DeskPage } from '../desk-page.tsx';
import { atAuthenticator, hasPasskeys, type Registration } from '../sign-in.tsx';
import { ActNote, Shown, useAct, useAsked } from '../use-asked.tsx';
import { moment, ROLE_NAMES } from '../words.ts';

export function OperatorsPage({ me }: { readonly me: OperatorMe }): JSX.Element {
  const asked = useAsked<{ operators: readonly OperatorView[] }>('operators');
  const acts = useAsked<{ acts: readonly OperatorAct[] }>('acts');
  const again = (): void => {
    void asked.again();
    void acts.again();
  };
  return (
    <DeskPage title="Operators">
      <Shown asked={asked} what="the operators">
        {({ operators }) => (
          <ul class="list" aria-label="Operators">
            {operators.map((each) => (
              <li key={each.operatorId} class="item">
                <span class="grow">
                  <strong>{each.name}</strong>
                  <span class="quiet small">
                    May {each.role} · since {moment(each.sinceMs)} · {waysIn(each)}
                  </span>
                </span>
                {mayAs(me.role, 'lift') && each.operatorId !== me.operatorId && (
                  <Change operator={each} onDone={again} />
                )}
              </li>
            ))}
          </ul>
        )}
      </Shown>
      {mayAs(me.role, 'lift') && <Invite onDone={again} />}
      <Own me={me} onDone={again} />
      <section class="section">
        <h2>What was done</h2>
        <Shown asked={acts} what="what was done">
          {({ acts: done }) =>
            done.length === 0 ? (
              <p class="quiet">Nothing yet.</p>
            ) : (
              <ul class="list" aria-label="What operators did, newest first">
                {done.map((act, at) => (
                  <li key={at} class="item">
                    <span class="grow">
                      {act.by} {act.what}
                      {act.about === '' ? '' : `: ${act.about}`}
                    </span>
                    <span class="quiet small">{moment(act.atMs)}</span>
                  </li>
                ))}
              </ul>
            )
          }
        </Shown>
      </section>
    </DeskPage>
  );
}

function waysIn({ hasPassword, passkeys }: OperatorView): string {
  const keys = passkeys === 0 ? [] : [passkeys === 1 ? 'a passkey' : `${passkeys} passkeys`];
  return [...keys, ...(hasPassword ? ['a password'] : [])].join(' and ');
}

function Change({ operator, onDone }: { readonly operator: OperatorView; readonly onDone: () => void }): JSX.Element {
  const act = useAct();
  const removing = useSignal(false);
  const { name, role } = operator;
  return (
    <span class="row">
      <label class="field">
        <span class="sr-only">Role of {name}</span>
        <select
          value={role}
          disabled={act.busy.value}
          onChange={(event) => {
            const wanted = event.currentTarget.value;
            void act.run(async () => ask('operator-role', { name, role: wanted })).then(onDone);
          }}
        >
          {OPERATOR_ROLES.map((each) => (
            <option key={each} value={each}>
              {ROLE_NAMES[each]}
            </option>
          ))}
        </select>
      </label>
      <button class="button danger" onClick={() => (removing.value = true)}>
        Remove<span class="sr-only"> {name}</span>
      </button>
      <ActNote act={act} />
      {removing.value && (
        <Dialog title={`Remove ${name}`} onClose={() => (removing.value = false)}>
          <p>{name} is signed out at once and cannot sign in again.</p>
          <ActNote act={act} />
          <div class="row">
            <button
              class="button danger"
              onClick={() =>
                void act
                  .run(async () => ask('operator-remove', { name }))
                  .then((well) => {
                    if (!well) return;
                    removing.value = false;
                    onDone();
                  })
              }
            >
              Remove
            </button>
            <button class="button" onClick={() => (removing.value = false)}>
              Not now
            </button>
          </div>
        </Dialog>
      )}
    </span>
  );
}

function Invite({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const act = useAct();
  const link = useSignal<string | undefined>(undefined);
  const invite = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    void act.run(async () => {
      const body = { name: fieldText(given, 'name'), role: fieldText(given, 'role') };
      const { code } = await ask<{ code: string }>('operator-invite', body);
      link.value = `${location.origin}/operator#join=${code}`;
      form.reset();
      onDone();
    });
  };
  return (
    <section class="section">
      <h2>Invite an operator</h2>
      <ActNote act={act} />
      <form class="columns" onSubmit={invite}>
        <label class="field">
          <span>Name</span>
          <input name="name" required maxLength={60} autocomplete="off" />
        </label>
        <label class="field">
          <span>May</span>
          <select name="role">
            {OPERATOR_ROLES.map((each) => (
              <option key={each} value={each}>
                {ROLE_NAMES[each]}
              </option>
            ))}
          </select>
        </label>
        <button class="button" disabled={act.busy.value}>
          <UserPlus size={18} aria-hidden /> Make a link
        </button>
      </form>
      {link.value !== undefined && (
        <Note tone="done">
          <p>It works once, for a day, and is shown here only now.</p>
          <p class="command">{link.value}</p>
        </Note>
      )}
    </section>
  );
}

function Own({ me, onDone }: { readonly me: OperatorMe; readonly onDone: () => void }): JSX.Element {
  const act = useAct();
  const changed = useSignal(false);
  const refresh = async (): Promise<void> => {
    signedIn.value = await ask<OperatorMe>('me');
    changed.value = true;
    onDone();
  };
  const addPasskey = (): void =>
    void act.run(async () => {
      const optionsJSON = await ask<Registration>('own-passkey-ask');
      const response = await atAuthenticator(() => startRegistration({ optionsJSON }));
      await ask('own-passkey', { response });
      await refresh();
    });
  const setPassword = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const given = new FormData(form);
    void act.run(async () => {
      await ask('own-password', { old: given.get('old') ?? '', password: given.get('password') });
      form.reset();
      await refresh();
    });
  };
  return (
    <section class="section">
      <header>
        <h2>How you sign in</h2>
        {hasPasskeys && (
          <button class="button" disabled={act.busy.value} onClick={addPasskey}>
            <KeyRound size={18} aria-hidden /> Add a passkey
          </button>
        )}
      </header>
      <ActNote act={act} />
      {changed.value && (
        <Note tone="done">
          <p>Done. It holds from the next time you sign in.</p>
        </Note>
      )}
      <form class="columns" onSubmit={setPassword}>
        {me.hasPassword && (
          <label class="field">
            <span>Password now</span>
            <input name="old" type="password" autocomplete="current-password" required maxLength={256} />
          </label>
        )}
        <label class="field">
          <span>New password (12 characters or more)</span>
          <input name="password" type="password" autocomplete="new-password" required minLength={12} maxLength={256} />
        </label>
        <button class="button" disabled={act.busy.value}>
          {me.hasPassword ? 'Change it' : 'Set a password'}
        </button>
      </form>
    </section>
  );
}
