/** Health, in counts: first what asks for a person, then how much there is. */
import type { OperatorHealth } from '@sealcam/protocol';
import { ArrowRight } from 'lucide-preact';
import type { JSX } from 'preact';
import { Note } from '../../parts/note.tsx';
import { DeskPage } from '../desk-page.tsx';
import { Shown, useAsked } from '../use-asked.tsx';
import { bytes, canaryTrouble, moment, number, span } from '../words.ts';

const EVERY_MS = 5_000;

export function HealthPage(): JSX.Element {
  const asked = useAsked<OperatorHealth>('health', {}, EVERY_MS);
  return (
    <DeskPage title="Health">
      <Shown asked={asked} what="the relay’s counts">
        {(health) => (
          <>
            <Standing health={health} />
            {health.canaries.on && <Canaries of={health.canaries.counts} />}
            <Counts
              title="Now"
              of={[
                ['Homes', number(health.homes)],
                ['Agents connected', number(health.agentsOnline), health.agentsOnline < health.homes],
                ['Cameras', number(health.cameras)],
                ['Screens connected', number(health.viewers)],
                ['Pictures running', number(health.viewings)],
                ['Running for', span(health.upMs)],
              ]}
            />
            <Counts
              title="Since it started"
              of={[
                ['Sealed units in', number(health.unitsIn)],
                ['Sealed units out', number(health.unitsOut)],
                ['Bytes in', bytes(health.bytesIn)],
                ['Bytes out', bytes(health.bytesOut)],
                ['Ledger rows in all', number(health.ledgerRows)],
              ]}
            />
            <Counts
              title="Units that were not passed on"
              none="None."
              of={health.drops
                .filter(({ count }) => count > 0)
                .map(({ reason, count }) => [DROPS[reason] ?? reason, number(count)])}
            />
            <p class="quiet small">As of {moment(health.nowMs)}; read anew every 5 seconds.</p>
          </>
        )}
      </Shown>
    </DeskPage>
  );
}

const DROPS: Readonly<Record<string, string>> = {
  behind: 'Screen too slow',
  lease: 'No leave to watch',
  rate: 'Over the home’s bytes',
  epoch: 'Old or unknown keys',
  unannounced: 'Not announced',
  private: 'Privacy was on',
  header: 'Damaged',
  join: 'Not asked for',
  home: 'Of another home',
  key: 'Key of another camera',
  foreign: 'Stopped: foreign',
};

function Standing({ health }: { readonly health: OperatorHealth }): JSX.Element {
  const { activeSuspensions, openIncidents } = health;
  if (openIncidents + activeSuspensions === 0) {
    return (
      <Note tone="done">
        <p>No open incident, and nothing is suspended.</p>
      </Note>
    );
  }
  return (
    <Note tone={openIncidents > 0 ? 'danger' : 'warning'}>
      <p>
        {counted(openIncidents, 'open incident')} and {counted(activeSuspensions, 'active suspension')}.
      </p>
      <div class="row">
        {openIncidents > 0 && (
          <a class="button" href="#/incidents">
            Look at the incidents <ArrowRight size={18} aria-hidden />
          </a>
        )}
        {activeSuspensions > 0 && (
          <a class="button" href="#/suspensions">
            Look at the suspensions <ArrowRight size={18} aria-hidden />
          </a>
        )}
      </div>
    </Note>
  );
}

/** In none of the counts below; that they see nothing asks for a person, too. */
function Canaries({ of }: { readonly of: OperatorHealth['canaries']['counts'] }): JSX.Element | null {
  const words = canaryTrouble(of);
  if (words === undefined) return null;
  return (
    <Note tone="warning">
      <p>Canaries: {words}</p>
      <div class="row">
        <a class="button" href="#/policy">
          Look at the canaries <ArrowRight size={18} aria-hidden />
        </a>
      </div>
    </Note>
  );
}

function counted(count: number, what: string): string {
  return `${count === 0 ? 'No' : number(count)} ${what}${count === 1 ? '' : 's'}`;
}

export function Counts({
  title,
  of,
  none = 'Nothing yet.',
}: {
  readonly title: string;
  readonly of: readonly (readonly [name: string, value: string, bad?: boolean])[];
  readonly none?: string;
}): JSX.Element {
  return (
    <section class="section">
      <h2>{title}</h2>
      {of.length === 0 ? (
        <p class="quiet">{none}</p>
      ) : (
        <dl class="counts">
          {of.map(([name, value, bad = false]) => (
            <div key={name} class={bad ? 'bad' : ''}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
