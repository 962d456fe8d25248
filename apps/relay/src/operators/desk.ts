/** All that operators have of a relay, put together: people, switches, and the rows of the route table that the page asks. */
import type { Route } from '../http/route.ts';
import type { RelayParts } from '../relay-parts.ts';
import type { Policies } from '../incidents/policies.ts';
import { Attempts } from './attempts.ts';
import { exposureEndpoints } from './exposure-endpoints.ts';
import { houseEndpoints } from './house-endpoints.ts';
import { LedgerCheck, ledgerEndpoints, type Verify } from './ledger-check.ts';
import { Passkeys } from './passkeys.ts';
import { Passwords } from './passwords.ts';
import { peopleEndpoints } from './people-endpoints.ts';
import { privateRoutes, type Endpoint } from './requests.ts';
import { Sessions } from './sessions.ts';
import { signInEndpoints } from './sign-in-endpoints.ts';
import { incidentEndpoints, openIncidents } from './incident-endpoints.ts';
import { suspensionEndpoints } from './suspension-endpoints.ts';

export interface DeskParts extends RelayParts {
  readonly invite: (validMs?: number) => Promise<string>;
  readonly verify: Verify;
  readonly policies: Policies;
}

/** @returns what the operator page of this relay may ask, each as a private route */
export function operatorRoutes(parts: DeskParts): Route[] {
  const { clock, log, operators } = parts;
  const store = parts.store.operators;
  const sessions = new Sessions(store, clock);
  const check = new LedgerCheck({
    clock,
    log,
    verify: parts.verify,
    rows: async () => (await parts.store.ledgerHead()).seq,
  });
  const endpoints: Endpoint[] = [
    ...signInEndpoints({
      store,
      operators,
      sessions,
      attempts: new Attempts(parts.store.tries, clock),
      passwords: new Passwords(),
      passkeys: new Passkeys(store, clock),
    }),
    ...houseEndpoints({ ...parts, openIncidents: () => openIncidents(parts.incidents) }),
    ...incidentEndpoints(parts),
    ...suspensionEndpoints(parts),
    ...exposureEndpoints(parts),
    ...ledgerEndpoints(check, operators),
    ...peopleEndpoints({ operators, store }),
  ];
  return privateRoutes(endpoints, { sessions, log });
}
