/** What `sealcam suspend`, `lift` and `suspensions` ask of the process that runs the relay. */
import { homeId, SealcamError } from '@sealcam/protocol';
import { checkedTarget, type Ground, type SuspensionTarget } from '@sealcam/relay';
import type { RelayHost } from './relay-host.ts';

/** Of the latest, lifted ones too. */
const MOST = 1_000;

export function suspensionActs(host: Pick<RelayHost, 'relay'>): Record<string, (input: unknown) => Promise<unknown>> {
  return {
    'suspension.suspend': (input) => {
      const { target } = fields(input);
      if (typeof target !== 'object' || target === null) throw new SealcamError('command.invalid', 'no target');
      const asked = checkedTarget(target as SuspensionTarget);
      return host.relay.suspensions.suspend({
        target: asked,
        cause: 'operator',
        by: text(input, 'by'),
        reason: text(input, 'reason'),
      });
    },
    'suspension.lift': (input) =>
      host.relay.suspensions.lift(text(input, 'id'), { by: text(input, 'by'), reason: text(input, 'reason') }),
    'suspension.missing': () => host.relay.restores.missing(),
    'suspension.putBack': () => host.relay.restores.putBack(),
    'suspension.lift-resting': (input) =>
      host.relay.resting.lift(groundOf(input), { by: text(input, 'by'), reason: text(input, 'reason') }),
    'suspension.list': (input) =>
      fields(input)['all'] === true ? host.relay.suspensions.all(MOST) : host.relay.suspensions.active(),
    'suspension.list-resting': (input) => host.relay.resting.on(groundOf(input)),
  };
}

/** @throws {SealcamError} `codec.malformed` for what is no home */
function groundOf(input: unknown): Ground {
  const incidentId = text(input, 'incidentId');
  return incidentId === '' ? { homeId: homeId(text(input, 'homeId')) } : { incidentId };
}

function fields(input: unknown): Readonly<Record<string, unknown>> {
  return (input ?? {}) as Readonly<Record<string, unknown>>;
}

function text(input: unknown, name: string): string {
  const value = fields(input)[name];
  return typeof value === 'string' ? value : '';
}
