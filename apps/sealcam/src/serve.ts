/** What `up`, `relay` and `agent` share: they run until they are told to stop, and two of them run a relay. */
import { flushCompileCache } from 'node:module';
import { noMoreWords } from './arguments.ts';
import { canaryActs } from './canary-acts.ts';
import { CanaryKeeper } from './canary/canaries.ts';
import type { Invocation } from './commands/command.ts';
import { startControl } from './control.ts';
import { ledgerActs } from './ledger-acts.ts';
import { noticeActs } from './notice-acts.ts';
import { operatorActs } from './operator-acts.ts';
import { canaryFolder, prepareDataFolder } from './data-folder.ts';
import { Ending } from './ending.ts';
import { makeLogger } from './logger.ts';
import { refuseNewer } from './formats.ts';
import { ensurePages } from './pages.ts';
import { startRelayHost, type RelayHost } from './relay-host.ts';
import { runningActs } from './running.ts';
import { stopSignal } from './stop-signal.ts';
import { suspensionActs } from './suspension-acts.ts';
import { showFront, showOperators } from './welcome.ts';

/** @param start adds to `ending` whatever must be closed, also where it fails half way. @returns the exit code */
export async function serveUntilStopped(
  invocation: Invocation,
  start: (ending: Ending) => Promise<void>,
): Promise<number> {
  noMoreWords(invocation.words, 0);
  const stop = stopSignal();
  const ending = new Ending();
  try {
    // All of it before any part of it: a relay that is brought to today's version beside an agent that cannot start is half an update.
    refuseNewer(invocation.settings.data);
    await prepareDataFolder(invocation);
    await start(ending);
    // Written now, for a process that is killed writes nothing at its end.
    flushCompileCache();
    await stop;
    invocation.terminal.note('Stopping …');
  } finally {
    await ending.run();
  }
  return 0;
}

/** The relay with its pages, said to the terminal and reachable for `sealcam invite`. @param command what runs, for `sealcam status` */
export async function serveRelay(invocation: Invocation, command: 'up' | 'relay', ending: Ending): Promise<RelayHost> {
  const { settings, terminal } = invocation;
  const logger = makeLogger(settings.log);
  // In a household's own process they would cost without a use: who runs a relay for others asks for them.
  const mayRun = command === 'relay' || settings.operator;
  const host = await startRelayHost(settings, await ensurePages(terminal), logger, {
    beside: (relay, front) => {
      const at = { url: front.dialUrl(relay.port), ...(front.trust !== undefined && { trust: front.trust }) };
      const keeper = new CanaryKeeper({ relay, at, mayRun, logger, folder: canaryFolder(settings.data) });
      return () => keeper.close();
    },
  });
  ending.add(() => host.close());
  ending.add(
    await startControl(settings.data, {
      command,
      invite: () => host.invite(),
      acts: {
        ...operatorActs(host, settings),
        ...suspensionActs(host),
        ...canaryActs(host, mayRun),
        ...ledgerActs(host),
        ...noticeActs(host),
        ...runningActs(command, invocation, () => host),
      },
    }),
  );
  showFront(terminal, settings, host);
  if (settings.operator) await showOperators(terminal, host);
  return host;
}
