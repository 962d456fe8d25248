/** What `sealcam ledger` and `sealcam exposure` ask of the process that runs the relay: how far its ledger is durable. */
import type { RelayHost } from './relay-host.ts';

export function ledgerActs(host: Pick<RelayHost, 'relay'>): Record<string, (input: unknown) => Promise<unknown>> {
  return { 'ledger.at': () => host.relay.ledgerAt() };
}
