/** Homes as short ids with their counts: invitations, quotas, and the end of one. */
import { mayAs, shortHome, type OperatorHome, type OperatorMe } from '@sealcam/protocol';
import { useSignal } from '@preact/signals';
import { House, MailPlus } from 'lucide-preact';
import type { JSX } from 'preact';
import { Dialog } from '../../parts/dialog.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { Blank, Note } from '../../parts/note.tsx';
import { ask } from '../api.ts';
import { DeskPage } from '../desk-page.tsx';
import { ActNote, Shown, useAct, useAsked } from '../use-asked.tsx';
import { counted } from '../../words/ages.ts';
import { bytes, moment } from '../words.ts';

interface Found {
  readonly homes: readonly OperatorHome[];
  readonly more: boolean;
}

export function HomesPage({ me }: { readonly me: OperatorMe }): JSX.Element {
  const after = useSignal<string | undefined>(undefined);
  const asked = useAsked<Found>('homes', after.value === undefined ? {} : { after: after.value }, 10_000);
  const open = useSignal<{ readonly home: OperatorHome; readonly to: 'quota' | 'erase' } | undefined>(undefined);
  const mayChange = mayAs(me.role, 'lift');
  const close = (): void => {
    open.value = undefined;
    void asked.again();
  };
  return (
    <DeskPage title="Homes">
      {mayChange && <Invitation />}
      <Shown asked={asked} what="the homes">
        {({ homes, more }) => (
          <>
            {homes.length === 0 ? (
              <Blank icon={<House size={32} aria-hidden />} title="No home yet">
                <p>A home joins with a code: make one above, or type npx sealcam invite on its machine.</p>
              </Blank>
            ) : (
              <ul class="list" aria-label="Homes">
                {homes.map((home) => (
                  <li key={home.homeId} class="item">
                    <span class="grow">
                      <span class="row">
                        <span class="id" title={home.homeId}>
                          {shortHome(home.homeId)}
                        </span>
                        <span class={`tag${home.online ? '' : ' warning'}`}>
                          {home.online ? 'connected' : 'not connected'}
                        </span>
                      </span>
                      <span class="quiet small">
                        {counted(home.cameras, 'camera')} · {counted(home.members, 'member')} ·{' '}
                        {counted(home.viewers, 'screen')} connected · here since {moment(home.sinceMs)}
                      </span>
                      {quotaWords(home) !== '' && <span class="small">Quota: {quotaWords(home)}</span>}
                    </span>
                    {mayChange && (
                      <span class="row">
                        <button class="button" onClick={() => (open.value = { home, to: 'quota' })}>
                          Quota<span class="sr-only"> of {shortHome(home.homeId)}</span>
                        </button>
                        <button class="button danger" onClick={() => (open.value = { home, to: 'erase' })}>
                          Erase<span class="sr-only"> {shortHome(home.homeId)}</span>
                        </button>
                      </span>
                    )}
                  </li>
                ))}
              </ul>
            )}
            <div class="row">
              {after.value !== undefined && (
                <button class="button" onClick={() => (after.value = undefined)}>
                  First
                </button>
              )}
              {more && (
                <button class="button" onClick={() => (after.value = homes.at(-1)?.homeId)}>
                  Next
                </button>
              )}
            </div>
          </>
        )}
      </Shown>
      {open.value?.to === 'quota' && <QuotaDialog home={open.value.home} onDone={close} />}
      {open.value?.to === 'erase' && <EraseDialog home={open.value.home} onDone={close} />}
    </DeskPage>
  );
}

function quotaWords({ quota: { cameras, viewers, bytesPerSecond } }: OperatorHome): string {
  return [
    ...(cameras === undefined ? [] : [counted(cameras, 'camera')]),
    ...(viewers === undefined ? [] : [counted(viewers, 'screen')]),
    ...(bytesPerSecond === undefined ? [] : [`${bytes(bytesPerSecond)} a second`]),
  ].join(', ');
}

function Invitation(): JSX.Element {
  const act = useAct();
  const code = useSignal<string | undefined>(undefined);
  const invite = (): void =>
    void act.run(async () => {
      code.value = (await ask<{ code: string }>('home-invite')).code;
    });
  return (
    <section class="section">
      <header>
        <h2>Invite a home</h2>
        <button class="button" disabled={act.busy.value} onClick={invite}>
          <MailPlus size={18} aria-hidden /> Make a code
        </button>
      </header>
      <ActNote act={act} />
      {code.value !== undefined && (
        <Note tone="done">
          <p>It works once, for a day. It is shown here only now. In the home:</p>
          <p class="command">
            npx sealcam agent --relay {location.protocol === 'https:' ? 'wss' : 'ws'}://{location.host} --invite{' '}
            {code.value}
          </p>
        </Note>
      )}
    </section>
  );
}

interface OfHome {
  readonly home: OperatorHome;
  readonly onDone: () => void;
}

function QuotaDialog({ home, onDone }: OfHome): JSX.Element {
  const act = useAct();
  const { quota } = home;
  const set = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const given = ['cameras', 'viewers', 'megabytes'].map((name) => [name, fieldText(form, name)] as const);
    const values = Object.fromEntries(
      given.filter(([, text]) => text !== '').map(([name, text]) => [name, Number(text)]),
    );
    const { megabytes, ...rest } = values;
    const next = { ...rest, ...(megabytes !== undefined && { bytesPerSecond: Math.round(megabytes * 1e6) }) };
    void act.run(async () => {
      await ask('home-quota', { home: home.homeId, quota: next });
      onDone();
    });
  };
  return (
    <Dialog title={`Quota of home ${shortHome(home.homeId)}`} onClose={onDone}>
      <p>An empty field is the relay’s own limit. Cameras and bytes hold at once, screens when they next connect.</p>
      <ActNote act={act} />
      <form class="stack" onSubmit={set}>
        <label class="field">
          <span>Cameras</span>
          <input name="cameras" type="number" min={0} max={256} value={quota.cameras} />
        </label>
        <label class="field">
          <span>Screens at one time</span>
          <input name="viewers" type="number" min={0} max={100000} value={quota.viewers} />
        </label>
        <label class="field">
          <span>Megabytes a second, from the home</span>
          <input
            name="megabytes"
            type="number"
            min={0}
            max={10000}
            step="any"
            value={quota.bytesPerSecond === undefined ? undefined : quota.bytesPerSecond / 1e6}
          />
        </label>
        <div class="row">
          <button class="button primary" disabled={act.busy.value}>
            Set it
          </button>
          <button type="button" class="button" onClick={onDone}>
            Not now
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function EraseDialog({ home, onDone }: OfHome): JSX.Element {
  const act = useAct();
  const short = shortHome(home.homeId);
  const erase = (event: SubmitEvent): void => {
    event.preventDefault();
    const typed = fieldText(new FormData(event.currentTarget as HTMLFormElement), 'short');
    void act.run(async () => {
      await ask('home-erase', { home: home.homeId, short: typed });
      onDone();
    });
  };
  return (
    <Dialog title="Erase a home" onClose={onDone}>
      <p>
        Everything of home <span class="id">{short}</span> goes from this relay: members, cameras, keys, what is kept of
        pictures (sealed). Its screens and its agent are told and disconnected. The ledger stays; it names nobody. This
        cannot be undone.
      </p>
      <ActNote act={act} />
      <form class="stack" onSubmit={erase}>
        <label class="field">
          <span>Type {short} to go on</span>
          <input name="short" required pattern={short} autocomplete="off" autocapitalize="none" spellcheck={false} />
        </label>
        <div class="row">
          <button class="button danger" disabled={act.busy.value}>
            Erase it
          </button>
          <button type="button" class="button" onClick={onDone}>
            Not now
          </button>
        </div>
      </form>
    </Dialog>
  );
}
