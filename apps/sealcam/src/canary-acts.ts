/** What `sealcam canaries` asks of the process that runs the relay. */
import { SealcamError, type CanaryView } from '@sealcam/protocol';
import type { RelayHost } from './relay-host.ts';

/** @param mayRun whether this process runs canaries at all */
export function canaryActs(
  host: Pick<RelayHost, 'relay'>,
  mayRun: boolean,
): Record<string, (input: unknown) => Promise<unknown>> {
  const view = (): CanaryView => ({ on: mayRun && host.relay.canaries.on, counts: host.relay.canaries.status() });
  return {
    'canaries.status': () => Promise.resolve(view()),
    'canaries.set': async (input) => {
      const on = (input as { on?: unknown } | null)?.on === true;
      if (on && !mayRun) throw new SealcamError('config.invalid', 'Start it with --operator first.');
      await host.relay.canaries.set(on);
      await host.relay.operators.note('terminal', on ? 'switched canaries on' : 'switched canaries off', '');
      return view();
    },
  };
}
