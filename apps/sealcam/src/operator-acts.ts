/** What `sealcam operator` asks of the process that runs the relay. */
import { OPERATOR_ROLES, SealcamError, type OperatorRole } from '@sealcam/protocol';
import type { RelayHost } from './relay-host.ts';
import type { Settings } from './settings.ts';

/** Whoever has the terminal of the relay's machine may do all of it. */
const BY = 'terminal';

export function operatorActs(
  host: Pick<RelayHost, 'relay' | 'front' | 'port'>,
  settings: Pick<Settings, 'operator'>,
): Record<string, (input: unknown) => Promise<unknown>> {
  return {
    'operator.add': async (input) => {
      const { name, role } = texts(input);
      if (!settings.operator) throw new SealcamError('config.invalid', 'Start it with --operator first.');
      if (!isRole(role)) throw new SealcamError('config.invalid', `The role is one of ${OPERATOR_ROLES.join(', ')}.`);
      const code = await host.relay.operators.invite({ name, role, by: BY });
      return `${host.front.pagesUrl(host.port)}/operator#join=${code}`;
    },
    'operator.list': () => host.relay.operators.list(),
    'operator.remove': (input) => host.relay.operators.remove(texts(input).name, BY),
  };
}

function texts(input: unknown): { readonly name: string; readonly role: string } {
  const { name, role } = (input ?? {}) as Record<string, unknown>;
  return { name: typeof name === 'string' ? name : '', role: typeof role === 'string' ? role : '' };
}

function isRole(text: string): text is OperatorRole {
  return (OPERATOR_ROLES as readonly string[]).includes(text);
}
