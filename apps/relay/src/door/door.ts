/** What stands before everything else of a relay: places for strangers, who is asking, and by which name. */
import type { Clock } from '../clock.ts';
import type { EventLog } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { RelayLimits, RelayOptions } from '../options.ts';
import { Arrivals } from './arrivals.ts';
import { OwnNames } from './own-names.ts';
import { Proxies } from './proxies.ts';
import { Strangers } from './strangers.ts';

export interface Door {
  readonly arrivals: Arrivals;
  readonly ownNames: OwnNames;
}

/** @throws {SealcamError} `config.invalid` for a proxy or a name that is none */
export function openDoor(
  { host, names = [], tls, proxy }: Pick<RelayOptions, 'host' | 'names' | 'tls' | 'proxy'>,
  limits: Pick<RelayLimits, 'strangers' | 'strangersPerNetwork'>,
  parts: { readonly clock: Clock; readonly metrics: Metrics; readonly log: EventLog },
): Door {
  const strangers = new Strangers({ perNetwork: limits.strangersPerNetwork, total: limits.strangers });
  return {
    arrivals: new Arrivals({ ...parts, strangers, proxies: new Proxies(proxy) }),
    ownNames: new OwnNames({ host, names, cert: tls?.cert, clock: parts.clock }),
  };
}
