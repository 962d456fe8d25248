/** What is suspended now, what was, and suspending by hand at five widths. */
import { mayAs, type OperatorMe, type SuspensionTargetView, type SuspensionView } from '@sealcam/protocol';
import { useSignal } from '@preact/signals';
import { ShieldCheck } from 'lucide-preact';
import type { JSX } from 'preact';
import { Dialog } from '../../parts/dialog.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { Blank } from '../../parts/note.tsx';
import { ask } from '../api.ts';
import { DeskPage } from '../desk-page.tsx';
import { placeHref } from '../place.ts';
import { ActNote, Shown, useAct, useAsked } from '../use-asked.tsx';
import { moment, targetWords, WIDTH_NAMES } from '../words.ts';
import { MissingNote, type MissingView } from './missing.tsx';
import { SuspendDialog } from './suspend-dialog.tsx';

interface Found {
  readonly active: readonly SuspensionView[];
  readonly past: readonly SuspensionView[];
  readonly missing: MissingView;
}

export function SuspensionsPage({ me }: { readonly me: OperatorMe }): JSX.Element {
  const asked = useAsked<Found>('suspensions', {}, 5_000);
  const lifting = useSignal<SuspensionView | undefined>(undefined);
  return (
    <DeskPage title="Suspensions">
      <Shown asked={asked} what="the suspensions">
        {({ active, past, missing }) => (
          <>
            <MissingNote missing={missing} may={mayAs(me.role, 'suspend')} onDone={() => void asked.again()} />
            <section class="section">
              <h2>Active now</h2>
              {active.length === 0 ? (
                <Blank icon={<ShieldCheck size={32} aria-hidden />} title="Nothing is suspended">
                  <p>Every display sees what its home lets it see.</p>
                </Blank>
              ) : (
                <ul class="list" aria-label="Active suspensions">
                  {active.map((each) => (
                    <li key={each.id} class="item">
                      <About of={each} />
                      {mayAs(me.role, 'lift') && (
                        <button class="button" onClick={() => (lifting.value = each)}>
                          Lift<span class="sr-only">: {targetWords(each.target)}</span>
                        </button>
                      )}
                    </li>
                  ))}
                </ul>
              )}
              {active.length > 0 && !mayAs(me.role, 'lift') && (
                <p class="quiet">Lifting needs an operator whose role is lift.</p>
              )}
            </section>
            {mayAs(me.role, 'suspend') && <SuspendForm onDone={() => void asked.again()} />}
            {past.length > 0 && (
              <section class="section">
                <h2>Lifted</h2>
                <ul class="list" aria-label="Lifted suspensions">
                  {past.map((each) => (
                    <li key={each.id} class="item">
                      <About of={each} />
                    </li>
                  ))}
                </ul>
              </section>
            )}
          </>
        )}
      </Shown>
      {lifting.value !== undefined && (
        <LiftDialog
          suspension={lifting.value}
          onDone={() => {
            lifting.value = undefined;
            void asked.again();
          }}
        />
      )}
    </DeskPage>
  );
}

function About({ of }: { readonly of: SuspensionView }): JSX.Element {
  return (
    <span class="grow">
      <strong>{targetWords(of.target)}</strong>
      <span class="quiet small">
        Since {moment(of.atMs)}, by {of.cause === 'policy' ? `the policy (${of.by})` : of.by}: {of.reason}
        {of.incidentId !== undefined && (
          <>
            {' '}
            <a href={placeHref({ at: 'incidents', id: of.incidentId })}>The incident</a>
          </>
        )}
      </span>
      {of.lifted !== undefined && (
        <span class="small">
          Lifted {moment(of.lifted.atMs)} by {of.lifted.by}: {of.lifted.reason}
        </span>
      )}
    </span>
  );
}

function LiftDialog({
  suspension,
  onDone,
}: {
  readonly suspension: SuspensionView;
  readonly onDone: () => void;
}): JSX.Element {
  const act = useAct();
  const lift = (event: SubmitEvent): void => {
    event.preventDefault();
    const reason = fieldText(new FormData(event.currentTarget as HTMLFormElement), 'reason');
    void act.run(async () => {
      await ask('lift', { id: suspension.id, reason });
      onDone();
    });
  };
  return (
    <Dialog title="Lift the suspension" onClose={onDone}>
      <p>
        <strong>{targetWords(suspension.target)}.</strong> Screens may ask for their pictures again at once. Your name
        and your reason stay with it.
      </p>
      <ActNote act={act} />
      <form class="stack" onSubmit={lift}>
        <label class="field">
          <span>Reason</span>
          <input name="reason" required maxLength={500} />
        </label>
        <div class="row">
          <button class="button primary" disabled={act.busy.value}>
            Lift it
          </button>
          <button type="button" class="button" onClick={onDone}>
            Not now
          </button>
        </div>
      </form>
    </Dialog>
  );
}

type Width = SuspensionTargetView['width'];
interface Field {
  readonly name: string;
  readonly label: string;
  readonly pattern?: string;
}

const HEX = '[0-9a-f]{32}';
const FIELDS: Readonly<Record<Width, readonly Field[]>> = {
  link: [
    { name: 'homeId', label: 'Home (32 hex digits)', pattern: HEX },
    { name: 'deviceId', label: 'Display (32 hex digits)', pattern: HEX },
    { name: 'cameraId', label: 'Camera (32 hex digits)', pattern: HEX },
  ],
  display: [
    { name: 'homeId', label: 'Home (32 hex digits)', pattern: HEX },
    { name: 'deviceId', label: 'Display (32 hex digits)', pattern: HEX },
  ],
  pair: [
    { name: 'cameraModel', label: 'Model of the camera' },
    { name: 'displayModel', label: 'Model of the display' },
  ],
  partner: [{ name: 'partner', label: 'Partner' }],
  everything: [],
};

function SuspendForm({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const width = useSignal<Width>('pair');
  const target = useSignal<SuspensionTargetView | undefined>(undefined);
  const fields = FIELDS[width.value];
  const choose = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const given = Object.fromEntries(fields.map(({ name }) => [name, fieldText(form, name)]));
    target.value = { width: width.value, ...given } as SuspensionTargetView;
  };
  return (
    <section class="section">
      <h2>Suspend by hand</h2>
      <form class="stack" onSubmit={choose}>
        <div class="columns">
          <label class="field">
            <span>What</span>
            <select value={width.value} onChange={(event) => (width.value = event.currentTarget.value as Width)}>
              {(Object.keys(FIELDS) as Width[]).map((each) => (
                <option key={each} value={each}>
                  {WIDTH_NAMES[each]}
                </option>
              ))}
            </select>
          </label>
          {fields.map(({ name, label, pattern }) => (
            <label key={`${width.value} ${name}`} class="field">
              <span>{label}</span>
              <input
                name={name}
                required
                maxLength={64}
                autocapitalize="none"
                {...(pattern !== undefined && { pattern })}
              />
            </label>
          ))}
        </div>
        <div class="row">
          <button class="button danger">Suspend…</button>
        </div>
      </form>
      {target.value !== undefined && (
        <SuspendDialog
          target={target.value}
          onDone={() => {
            target.value = undefined;
            onDone();
          }}
        />
      )}
    </section>
  );
}
