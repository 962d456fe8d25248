/** Incidents: a list of what was refused, and each as a story in the order of time with what one can do about it. */
import { shortHome, type IncidentView, type OperatorMe, mayAs, type SuspensionTargetView } from '@sealcam/protocol';
import { useSignal } from '@preact/signals';
import { ArrowLeft, ScrollText, ShieldCheck } from 'lucide-preact';
import type { ComponentChildren, JSX } from 'preact';
import { fieldText } from '../../parts/field-text.ts';
import { Blank } from '../../parts/note.tsx';
import { ask } from '../api.ts';
import { DeskPage } from '../desk-page.tsx';
import { placeHref } from '../place.ts';
import { ActNote, Shown, useAct, useAsked } from '../use-asked.tsx';
import { actionWords, endWords, GRADE_NAMES, GRADE_WORDS, moment, number, routeWords, short } from '../words.ts';
import { SuspendDialog } from './suspend-dialog.tsx';

interface Found {
  readonly incidents: readonly IncidentView[];
  readonly more: boolean;
}

export function IncidentsPage(): JSX.Element {
  const before = useSignal<number | undefined>(undefined);
  const asked = useAsked<Found>('incidents', before.value === undefined ? {} : { before: before.value }, 5_000);
  return (
    <DeskPage title="Incidents">
      <Shown asked={asked} what="the incidents">
        {({ incidents, more }) => (
          <>
            {incidents.length === 0 ? (
              <Blank icon={<ShieldCheck size={32} aria-hidden />} title="No incident">
                <p>No frame was on its way to anybody else’s screen. One that is appears here within a second.</p>
              </Blank>
            ) : (
              <ul class="list" aria-label="Incidents, newest first">
                {incidents.map((incident) => (
                  <li key={incident.id} class="item">
                    <Grade incident={incident} />
                    <span class="grow">
                      <strong>{sentence(incident)}</strong>
                      <span class="quiet small">
                        {moment(incident.atMs)} · {frames(incident.count)} ·{' '}
                        {incident.closed === undefined ? 'open' : `closed by ${incident.closed.by}`}
                      </span>
                    </span>
                    <a class="button" href={placeHref({ at: 'incidents', id: incident.id })}>
                      The story<span class="sr-only"> of {moment(incident.atMs)}</span>
                    </a>
                  </li>
                ))}
              </ul>
            )}
            <div class="row">
              {before.value !== undefined && (
                <button class="button" onClick={() => (before.value = undefined)}>
                  Newest
                </button>
              )}
              {more && (
                <button class="button" onClick={() => (before.value = incidents.at(-1)?.atMs)}>
                  Older
                </button>
              )}
            </div>
          </>
        )}
      </Shown>
    </DeskPage>
  );
}

function Grade({ incident: { grade } }: { readonly incident: IncidentView }): JSX.Element {
  const tone = grade === 'proven' || grade === 'canary' ? 'danger' : 'warning';
  return <span class={`tag ${tone}`}>{GRADE_NAMES[grade]}</span>;
}

function frames(count: number): string {
  return count === 1 ? '1 frame' : `${number(count)} frames`;
}

function sentence({ owner, viewer }: IncidentView): string {
  const whose = owner === undefined ? 'A frame of an unknown camera' : `A frame of home ${shortHome(owner.homeId)}`;
  const isOwn = owner?.homeId === viewer.homeId;
  return `${whose} on its way to ${isOwn ? 'the wrong place in the same home' : `home ${shortHome(viewer.homeId)}`}`;
}

export function IncidentPage({ id, me }: { readonly id: string; readonly me: OperatorMe }): JSX.Element {
  const asked = useAsked<IncidentView>('incident', { id }, 5_000);
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
            <Story incident={incident} />
            <Doing incident={incident} me={me} put={asked.put} />
          </>
        )}
      </Shown>
    </DeskPage>
  );
}

function Story({ incident }: { readonly incident: IncidentView }): JSX.Element {
  const { owner, viewer, asked, kid, ctr } = incident;
  const later = [
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
          Display <Id of={viewer.deviceId} /> of home <Id of={viewer.homeId} /> watched camera{' '}
          <Id of={asked.cameraId} /> over {routeWords(incident.route)}.{' '}
          {owner === undefined ? (
            'A frame came whose owner this relay does not know.'
          ) : (
            <>
              A frame came of camera <Id of={owner.cameraId} /> of home <Id of={owner.homeId} />.
            </>
          )}{' '}
          <strong>{endWords(incident)}</strong>
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
}: {
  readonly incident: IncidentView;
  readonly me: OperatorMe;
  readonly put: (incident: IncidentView) => void;
}): JSX.Element {
  const act = useAct();
  const suspending = useSignal<SuspensionTargetView | undefined>(undefined);
  const { id } = incident;
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
            {targetsOf(incident).map(([words, target]) => (
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
      {suspending.value !== undefined && (
        <SuspendDialog target={suspending.value} incidentId={id} onDone={() => (suspending.value = undefined)} />
      )}
    </section>
  );
}

/** From narrow to wide; a pair of models is chosen in Suspensions, since an incident names ids. */
function targetsOf({ viewer, asked, route }: IncidentView): readonly (readonly [string, SuspensionTargetView])[] {
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
