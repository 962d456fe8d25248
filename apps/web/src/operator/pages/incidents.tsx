/** Incidents: a list of what was refused, newest first. */
import { shortHome, type IncidentView } from '@sealcam/protocol';
import { useSignal } from '@preact/signals';
import { ShieldCheck } from 'lucide-preact';
import type { JSX } from 'preact';
import { Blank } from '../../parts/note.tsx';
import { DeskPage } from '../desk-page.tsx';
import { placeHref } from '../place.ts';
import { Shown, useAsked } from '../use-asked.tsx';
import { GRADE_NAMES, moment, number } from '../words.ts';

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

export function Grade({ incident: { grade } }: { readonly incident: IncidentView }): JSX.Element {
  const tone = grade === 'proven' || grade === 'canary' ? 'danger' : 'warning';
  return <span class={`tag ${tone}`}>{GRADE_NAMES[grade]}</span>;
}

export function frames(count: number): string {
  return count === 1 ? '1 frame' : `${number(count)} frames`;
}

function sentence({ owner, viewer, grade }: IncidentView): string {
  if (grade === 'contested' && owner !== undefined)
    return `Home ${shortHome(viewer.homeId)} announced a key that home ${shortHome(owner.homeId)} had announced before`;
  if (grade === 'replayed') return `An old frame of home ${shortHome(viewer.homeId)} on its way to its own display`;
  const whose = owner === undefined ? 'A frame of an unknown camera' : `A frame of home ${shortHome(owner.homeId)}`;
  const isOwn = owner?.homeId === viewer.homeId;
  return `${whose} on its way to ${isOwn ? 'the wrong place in the same home' : `home ${shortHome(viewer.homeId)}`}`;
}
