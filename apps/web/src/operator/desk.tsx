/** The frame of a signed-in operator: the places, and the page of the place. */
import type { OperatorMe } from '@sealcam/protocol';
import {
  Activity,
  BookCheck,
  House,
  ListChecks,
  LogOut,
  ScrollText,
  ShieldBan,
  TriangleAlert,
  Users,
} from 'lucide-preact';
import type { JSX } from 'preact';
import { ask, me as signedIn } from './api.ts';
import { ExposurePage } from './pages/exposure.tsx';
import { HealthPage } from './pages/health.tsx';
import { HomesPage } from './pages/homes.tsx';
import { IncidentPage } from './pages/incident.tsx';
import { IncidentsPage } from './pages/incidents.tsx';
import { LedgerPage } from './pages/ledger.tsx';
import { OperatorsPage } from './pages/operators.tsx';
import { PolicyPage } from './pages/policy.tsx';
import { SuspensionsPage } from './pages/suspensions.tsx';
import { place, placeHref, PLACES, type Place } from './place.ts';
import { ActNote, useAct } from './use-asked.tsx';

const LOOKS = {
  health: { name: 'Health', Icon: Activity },
  incidents: { name: 'Incidents', Icon: TriangleAlert },
  suspensions: { name: 'Suspensions', Icon: ShieldBan },
  exposure: { name: 'Exposure', Icon: ScrollText },
  homes: { name: 'Homes', Icon: House },
  policy: { name: 'Policy', Icon: ListChecks },
  ledger: { name: 'Ledger', Icon: BookCheck },
  operators: { name: 'Operators', Icon: Users },
} as const satisfies Record<Place['at'], { name: string; Icon: unknown }>;

export function Desk({ me }: { readonly me: OperatorMe }): JSX.Element {
  const now = place.value;
  const act = useAct();
  const leave = (): void =>
    void act.run(async () => {
      await ask('sign-out');
      signedIn.value = null;
    });
  return (
    <div class="frame desk">
      <div>
        <p class="strip row between small">
          <span class="quiet">
            Operator <strong>{me.name}</strong>, may {me.role}
          </span>
          <button class="button plain" onClick={leave}>
            <LogOut size={18} aria-hidden /> Sign out
          </button>
        </p>
        {act.failed.value !== undefined && (
          <div class="strip">
            <ActNote act={act} />
          </div>
        )}
        <At now={now} me={me} />
      </div>
      <nav class="places" aria-label="Places">
        <p class="home-name">
          <img src="/icons/icon.svg" width="32" height="32" alt="" />
          <span>Relay</span>
        </p>
        <ul>
          {PLACES.map((at) => {
            const { name, Icon } = LOOKS[at];
            return (
              <li key={at}>
                <a href={placeHref({ at })} aria-current={at === now.at ? 'page' : undefined}>
                  <Icon size={22} aria-hidden />
                  {name}
                </a>
              </li>
            );
          })}
        </ul>
      </nav>
    </div>
  );
}

function At({ now, me }: { readonly now: Place; readonly me: OperatorMe }): JSX.Element {
  switch (now.at) {
    case 'health':
      return <HealthPage />;
    case 'incidents':
      return now.id === undefined ? <IncidentsPage /> : <IncidentPage key={now.id} id={now.id} me={me} />;
    case 'suspensions':
      return <SuspensionsPage me={me} />;
    case 'exposure':
      return <ExposurePage key={now.id} incidentId={now.id} me={me} />;
    case 'homes':
      return <HomesPage me={me} />;
    case 'policy':
      return <PolicyPage me={me} />;
    case 'ledger':
      return <LedgerPage />;
    case 'operators':
      return <OperatorsPage me={me} />;
  }
}
