/** One incident as a story in the order of time, with what one can do about it. */
import {
  mayAs,
  type IncidentView,
  type OperatorMe,
  type SuspensionTargetView,
  type SuspensionView,
} from '@sealcam/protocol';
import { useSignal } from '@preact/signals';
import { ArrowLeft, ScrollText } from 'lucide-preact';
import type { ComponentChildren, JSX } from 'preact';
import { fieldText } from '../../parts/field-text.ts';
import { ask } from '../api.ts';
import { DeskPage } from '../desk-page.tsx';
import { placeHref } from '../place.ts';
import { ActNote, Shown, useAct, useAsked } from '../use-asked.tsx';
import {
  actionWords,
  endWords,
  GRADE_WORDS,
  moment,
  routeWords,
  sameTarget,
  SEALED_WORDS,
  short,
  targetWords,
} from '../words.ts';
import { frames, Grade } from './incidents.tsx';
import { LiftRestingDialog } from './lift-resting-dialog.tsx';
import { SuspendDialog } from './suspend-dialog.tsx';

interface Suspended {
  readonly active: readonly SuspensionView[];
  readonly past: readonly SuspensionView[];
}

export function IncidentPage({ id, me }: { readonly id: string; readonly me: OperatorMe }): JSX.Element {
  const asked = useAsked<IncidentView>('incident', { id }, 5_000);
  const suspensions = useAsked<Suspended>('suspensions', {}, 5_000);
  const known = suspensions.state.value;
  const suspended: Suspended = known.at === 'here' ? known.value : { active: [], past: [] };
  return (
    <DeskPage
      title="One incident"
      actions={
        <a class="button" href="#/incidents">
          <ArrowLeft size={18} aria-hidden /> All incidents
        </a>
      }
    >
      <Shown asked={asked} what="the incident">
        {(incident) => (
          <>
            <Story incident={incident} suspended={suspended} />
            <Doing
              incident={incident}
              me={me}
              put={asked.put}
              active={suspended.active}
              onSuspended={() => void suspensions.again()}
            />
          </>
        )}
      </Shown>
    </DeskPage>
  );
}

/** What people did about it, and what was lifted again. What the policy did is among the incident's own actions. */
function ofPeople(id: string, { active, past }: Suspended): { readonly atMs: number; readonly text: string }[] {
  return [...active, ...past]
    .filter(({ incidentId }) => incidentId === id)
    .flatMap(({ target, cause, by, reason, atMs, lifted }) => [
      ...(cause === 'policy' ? [] : [{ atMs, text: `${by} suspended: ${targetWords(target)}. ${reason}` }]),
      ...(lifted === undefined
        ? []
        : [{ atMs: lifted.atMs, text: `${lifted.by} lifted: ${targetWords(target)}. ${lifted.reason}` }]),
    ]);
}

function Story({
  incident,
  suspended,
}: {
  readonly incident: IncidentView;
  readonly suspended: Suspended;
}): JSX.Element {
  const { kid, ctr } = incident;
  const later = [
    ...ofPeople(incident.id, suspended),
    ...incident.actions.map(({ atMs, what }) => ({ atMs, text: actionWords(what) })),
    ...incident.notes.map(({ atMs, by, text }) => ({ atMs, text: `${by}: ${text}` })),
    ...(incident.count > 1 ? [{ atMs: incident.lastMs, text: `The last of ${frames(incident.count)} like it.` }] : []),
    ...(incident.closed === undefined
      ? []
      : [{ atMs: incident.closed.atMs, text: `Closed by ${incident.closed.by}.` }]),
  ].sort((one, other) => one.atMs - other.atMs);
  return (
    <section class="section">
      <div class="row">
        <Grade incident={incident} />
        <span>{GRADE_WORDS[incident.grade]}</span>
      </div>
      <ol class="story" aria-label="What happened, in order">
        <At ms={incident.atMs}>
          {incident.grade === 'contested' ? <Copied of={incident} /> : <Came of={incident} />}{' '}
          <strong>{endWords(incident)}</strong>
          {incident.sealed !== undefined && <> {SEALED_WORDS[incident.sealed]}</>}
          {kid !== undefined && (
            <span class="quiet small">
              Key <span class="id">{kid}</span>
              {ctr !== undefined && `, frame ${ctr}`}
            </span>
          )}
        </At>
        {later.map(({ atMs, text }, at) => (
          <At key={at} ms={atMs}>
            {text}
          </At>
        ))}
      </ol>
    </section>
  );
}

function Came({ of: { viewer, asked, owner, route } }: { readonly of: IncidentView }): JSX.Element {
  return (
    <>
      Display <Id of={viewer.deviceId} /> of home <Id of={viewer.homeId} /> watched camera <Id of={asked.cameraId} />{' '}
      over {routeWords(route)}.{' '}
      {owner === undefined ? (
        'A frame came whose owner this relay does not know.'
      ) : (
        <>
          A frame came of camera <Id of={owner.cameraId} /> of home <Id of={owner.homeId} />.
        </>
      )}
    </>
  );
}

function Copied({ of: { viewer, asked, owner } }: { readonly of: IncidentView }): JSX.Element {
  return (
    <>
      Home <Id of={viewer.homeId} /> announced a key for its camera <Id of={asked.cameraId} />
      {owner !== undefined && (
        <>
          {' '}
          that home <Id of={owner.homeId} /> had announced before, for its camera <Id of={owner.cameraId} />
        </>
      )}
      .
    </>
  );
}

function At({ ms, children }: { readonly ms: number; readonly children: ComponentChildren }): JSX.Element {
  return (
    <li>
      <time dateTime={new Date(ms).toISOString()}>{moment(ms)}</time>
      <span>{children}</span>
    </li>
  );
}

function Id({ of }: { readonly of: string }): JSX.Element {
  return (
    <span class="id" title={of}>
      {short(of)}
    </span>
  );
}

function Doing({
  incident,
  me,
  put,
  active,
  onSuspended,
}: {
  readonly incident: IncidentView;
  readonly me: OperatorMe;
  readonly put: (incident: IncidentView) => void;
  readonly active: readonly SuspensionView[];
  readonly onSuspended: () => void;
}): JSX.Element {
  const act = useAct();
  const suspending = useSignal<SuspensionTargetView | undefined>(undefined);
  const { id } = incident;
  const resting = active.filter(
    (each) => each.incidentId === id || incident.actions.some(({ suspensionId }) => suspensionId === each.id),
  );
  const lifting = useSignal(false);
  const note = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = fieldText(new FormData(form), 'text');
    void act.run(async () => {
      put(await ask<IncidentView>('incident-note', { id, text }));
      form.reset();
    });
  };
  return (
    <section class="section">
      <h2>What to do</h2>
      <ActNote act={act} />
      <div class="row">
        <a class="button primary" href={placeHref({ at: 'exposure', id })}>
          <ScrollText size={18} aria-hidden /> Who could have been shown it
        </a>
        {mayAs(me.role, 'suspend') && (
          <>
            {targetsOf(incident)
              .filter(([, target]) => !active.some((each) => sameTarget(each.target, target)))
              .map(([words, target]) => (
                <button key={words} class="button danger" onClick={() => (suspending.value = target)}>
                  {words}
                </button>
              ))}
            {incident.closed === undefined && (
              <button
                class="button"
                disabled={act.busy.value}
                onClick={() => void act.run(async () => put(await ask<IncidentView>('incident-close', { id })))}
              >
                Close it
              </button>
            )}
          </>
        )}
        {mayAs(me.role, 'lift') && resting.length > 0 && (
          <button class="button" onClick={() => (lifting.value = true)}>
            Lift all that rests on it ({resting.length})
          </button>
        )}
        <a class="button" href="#/suspensions">
          Suspensions
        </a>
      </div>
      {mayAs(me.role, 'suspend') && (
        <form class="row" onSubmit={note}>
          <label class="field grow">
            <span>A note</span>
            <input name="text" required maxLength={1000} />
          </label>
          <button class="button" disabled={act.busy.value}>
            Write it down
          </button>
        </form>
      )}
      {lifting.value && (
        <LiftRestingDialog
          incidentId={id}
          resting={resting}
          onDone={() => {
            lifting.value = false;
            onSuspended();
          }}
        />
      )}
      {suspending.value !== undefined && (
        <SuspendDialog
          target={suspending.value}
          incidentId={id}
          onDone={() => {
            suspending.value = undefined;
            onSuspended();
          }}
        />
      )}
    </section>
  );
}

/** From narrow to wide, none where nothing was on its way to a display; a pair of models is chosen in Suspensions, since an incident names ids. */
function targetsOf({
  viewer,
  asked,
  route,
  grade,
}: IncidentView): readonly (readonly [string, SuspensionTargetView])[] {
  if (grade === 'contested') return [];
  const { homeId, deviceId } = viewer;
  return [
    ['Suspend this camera on this display', { width: 'link', homeId, deviceId, cameraId: asked.cameraId }],
    ['Suspend this display', { width: 'display', homeId, deviceId }],
    ...(route === 'sealed'
      ? []
      : [[`Suspend all displays of ${route}`, { width: 'partner', partner: route }] as const]),
    ['Suspend everything', { width: 'everything' }],
  ];
}
