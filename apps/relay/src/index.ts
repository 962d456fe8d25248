/** Step 6 of the path: the relay, from its data folder to its sockets. It passes sealed bytes on and cannot open them. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { SealcamError, type HomeId } from '@sealcam/protocol';
import { Allowances } from './allowances.ts';
import { Bus } from './bus.ts';
import { CachedUnits } from './cached-units.ts';
import { systemClock } from './clock.ts';
import { openDoor } from './door/door.ts';
import { Turnstile } from './door/turnstile.ts';
import { Gate } from './gate.ts';
import { Homes, invitationHash } from './homes.ts';
import { loadRoutes } from './http/routes.ts';
import { checkTls, createHttp } from './http/server.ts';
import { asksExposure } from './exposure/ask.ts';
import { Notices } from './exposure/notice-desk.ts';
import { AnnouncedKeys } from './incidents/announced-keys.ts';
import { Guard } from './incidents/guard.ts';
import { Incidents } from './incidents/incidents.ts';
import { Policies } from './incidents/policies.ts';
import { Checkpoints } from './ledger/checkpoints.ts';
import { Evidence } from './ledger/evidence.ts';
import { SealedQuestions } from './incidents/sealed-questions.ts';
import { Ledger } from './ledger/ledger.ts';
import { Spans } from './ledger/spans.ts';
import type { VerifyResult } from './ledger/verify.ts';
import { verifyLedger } from './ledger/verify-thread.ts';
import { FanOut } from './live/fan-out.ts';
import { Leases } from './live/leases.ts';
import { EventLog } from './log.ts';
import { Mailboxes } from './mailboxes.ts';
import { createMetrics } from './metrics.ts';
import { RELAY_LIMITS, type Relay, type RelayOptions, type VerifyOptions } from './options.ts';
import { Canaries } from './operators/canaries.ts';
import { Operators } from './operators/operators.ts';
import { loadPages } from './pages.ts';
import { Presence } from './presence.ts';
import { Quotas } from './quotas.ts';
import type { RelayParts } from './relay-parts.ts';
import { keepsakeKey } from './restores/keepsake.ts';
import { Restores } from './restores/restores.ts';
import { SuspensionJournal } from './restores/suspension-journal.ts';
import { readWitness } from './restores/witness.ts';
import { Upgrades } from './sockets/upgrade.ts';
import { openSqliteStore } from './store/sqlite.ts';
import { Stopped } from './suspensions/stopped.ts';
import { Resting } from './suspensions/resting.ts';
import { Suspensions } from './suspensions/suspensions.ts';
import type { Store } from './store/store.ts';

export { storeFormat } from './store/sqlite.ts';
export { RELAY_LIMITS } from './options.ts';
export type { LedgerMoment, Relay, RelayLimits, RelayOptions, VerifyOptions } from './options.ts';
export { PROXY_SPEECHES, type ProxyOptions, type ProxySpeech } from './door/proxies.ts';
export type { RouteInfo } from './http/route.ts';
export type { Canaries, CanaryCounts, CanaryStatus } from './operators/canaries.ts';
export type { Operators } from './operators/operators.ts';
export type { Clock } from './clock.ts';
export type { LogSink } from './log.ts';
export { Bus } from './bus.ts';
export type { Topic } from './bus.ts';
export type * from './incidents/incident.ts';
export type { Incidents } from './incidents/incidents.ts';
export type { Policies } from './incidents/policies.ts';
export { parseRules, type Policy, type Rule } from './incidents/policy.ts';
export { verifyWords, type VerifyResult } from './ledger/verify.ts';
export { openLedger, type OpenLedger } from './ledger/open-ledger.ts';
export { checkStore } from './store/open-check.ts';
export type * from './exposure/exposure.ts';
export { EXPOSURE_FORMATS } from './exposure/exposure.ts';
export type * from './exposure/notices.ts';
export type { WouldTell } from './exposure/notice-lines.ts';
export { checkQuestion } from './exposure/scope.ts';
export type { Loss, Missing, Restores } from './restores/restores.ts';
export { missingWords } from './restores/words.ts';
export { carryOver, type CarriedOver } from './restores/carry-over.ts';
export type { Ground, Resting } from './suspensions/resting.ts';
export type { Suspensions, SuspendInput } from './suspensions/suspensions.ts';
export { checkedTarget, targetKey } from './suspensions/suspension.ts';
export type { Suspension, SuspensionCause, SuspensionTarget, SuspensionWidth } from './suspensions/suspension.ts';

const TICK_MS = 1_000;
/** Connections that the system holds until they are accepted; what comes on top of them it drops, a member's as well. */
const BACKLOG = 4_096;
const INVITATION_MS = 24 * 60 * 60_000;
const METRICS_TOKEN_CHARS = 16;

/**
 * Starts a relay and resolves once it listens.
 * @throws {SealcamError} `store.in-use`, `store.corrupt`, `store.read-only`, `store.full`, `port.in-use`, `config.invalid`
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  if (options.metricsToken !== undefined && options.metricsToken.length < METRICS_TOKEN_CHARS) {
    throw new SealcamError('config.invalid', 'the metrics token is too short');
  }
  const folder = join(options.dataDir, 'relay');
  const store = await openSqliteStore(folder);
  try {
    return await startOn(store, folder, options);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function startOn(store: Store, folder: string, options: RelayOptions): Promise<Relay> {
  const clock = options.clock ?? systemClock;
  const limits = { ...RELAY_LIMITS, ...options.limits };
  const log = new EventLog(options.logger);
  const metrics = createMetrics();
  if (options.tls !== undefined) checkTls(options.tls);
  const door = openDoor(options, limits, { clock, metrics, log });
  const allowances = new Allowances({ clock, log, metrics, times: limits.allowances });
  const pages = options.pages === undefined ? new Map<string, never>() : loadPages(options.pages);
  const checkpoints = new Checkpoints(folder, clock, log);
  const ledger = await Ledger.open({ store, metrics, checkpoints });
  await store.beginHistory(clock.wallMs());
  const bus = options.bus ?? new Bus();
  const spans = new Spans({ ledger, clock, log, spanMs: limits.spanMs });
  const keys = new AnnouncedKeys({
    ...{ store: store.keys, ledger, clock, log },
    mayWrite: (home) => allowances.take(home, 'source'),
  });
  const guard = new Guard({ keys, metrics, crossed: (crossing) => incidents.crossed(crossing) });
  const fanOut = new FanOut({ bus, clock, metrics, guard, closeSpan: (span) => spans.close(span) });
  const gate = new Gate(store, clock, metrics);
  const leases = new Leases({ gate, fanOut, clock, log });
  const stopped = new Stopped(gate, log);
  const suspensions = await Suspensions.open({
    store: store.suspensions,
    bus,
    clock,
    log,
    doubt: (matches) => void leases.doubtAll(matches),
    lifted: () => void stopped.lifted(),
  });
  const restores = await Restores.open(
    {
      store,
      suspensions,
      bus,
      clock,
      log,
      journal: new SuspensionJournal(folder),
      key: keepsakeKey(checkpoints.secret),
      head: () => ledger.head,
    },
    [checkpoints.furthest, readWitness(folder)].filter((witness) => witness !== undefined),
  );
  const canaries = await Canaries.open({
    store: store.homes,
    ownerOf: (kid) => keys.ownerOf(kid),
    end: (home) => homes.end(home),
  });
  const questions = new SealedQuestions(bus, clock);
  const policies = new Policies(store.incidents, clock);
  const incidents = await Incidents.open({
    ...{ store, keys, questions, policies, suspensions, clock, log, metrics, canaries },
  });
  const resting = new Resting({ suspensions, incidents });
  const cached = new CachedUnits(limits.cachedBytesPerHome);
  const homes = new Homes({
    store,
    bus,
    clock,
    cached,
    open: options.open,
    changed: (home) => void leases.doubt(home),
    canaries,
    keys,
    contested: (contest) => incidents.contested(contest),
  });
  const file = join(folder, 'relay.db');
  const bootSeq = ledger.head.seq;
  const { exposure, exposureFile } = asksExposure({ file, bootSeq }, ledger, clock);
  const notices = await Notices.open({
    ...{ store: store.notices, bus, clock, ledger: { file, bootSeq } },
    flush: () => ledger.flush(),
  });
  const mailboxes = new Mailboxes(clock, limits.mailboxes);
  const evidence = new Evidence({ ...{ store, ledger, spans, fanOut, clock, incidents }, keys, metrics, log });
  const presence = new Presence();
  const quotas = new Quotas({ store: store.homes, bus, limits });
  const operators = new Operators(store.operators, clock);
  const turnstile = new Turnstile(limits.checksAtOnce);
  const parts: RelayParts = {
    ...door, allowances, turnstile,
    bus, cached, clock, evidence, fanOut, gate, homes, leases, ledger, limits, log, mailboxes, metrics, presence, spans, store,
    suspensions, resting, stopped, restores, guard, incidents, keys, questions, quotas, operators, canaries,
    exposure, exposureFile, notices,
  }; // prettier-ignore
  const invite = async (validMs = INVITATION_MS): Promise<string> => {
    const code = randomBytes(16).toString('base64url');
    await store.addInvitation(invitationHash(code), clock.wallMs() + validMs);
    return code;
  };
  const verify = async (asked: VerifyOptions = {}): Promise<VerifyResult> => {
    await ledger.flush();
    return await verifyLedger(file, { ...checkpoints.toCheck(), head: ledger.head }, asked);
  };
  const routes = loadRoutes({ ...parts, pages, options, invite, verify: (progress) => verify({ progress }), policies });
  const http = await createHttp({
    ...{ door, tls: options.tls, requestsPerMinute: limits.requestsPerMinute, log, routes },
  });
  const upgrades = new Upgrades(parts);
  upgrades.listen(http.server);
  const stopTick = clock.every(TICK_MS, () => {
    suspensions.tick();
    keys.tick();
    questions.tick();
    incidents.tick();
    leases.tick();
    fanOut.tick(clock.monoMs());
    spans.tick(fanOut);
    mailboxes.tick();
  });
  const stop = async (): Promise<void> => {
    stopTick();
    await upgrades.close();
    door.arrivals.close();
    await http.close();
    await incidents.settled();
    await suspensions.close();
    await restores.close();
    await spans.settled();
    await keys.settled();
    await ledger.flush();
    checkpoints.close();
  };
  const port = await listen(http, options.host, options.port).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  log.info('relay.started', { port });

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await stop();
    await store.close();
    log.info('relay.closed');
  };
  return {
    host: options.host,
    port,
    url: `${options.tls === undefined ? 'http' : 'https'}://${hostForUrl(options.host)}:${port}`,
    close: () => (closing ??= close()),
    invite,
    accept: (stream) => void http.server.emit('connection', stream),
    eraseHome: (home: HomeId) => homes.end(home),
    incidents,
    policy: policies,
    suspensions,
    restores,
    resting,
    operators,
    canaries,
    routes,
    exposure,
    exposureFile,
    notices,
    async ledgerAt() {
      await ledger.flush();
      return { bootSeq, head: ledger.head };
    },
    verifyLedger: verify,
  };
}

async function listen(http: FastifyInstance, host: string, port: number): Promise<number> {
  try {
    await http.listen({ host, port, backlog: BACKLOG });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new SealcamError('port.in-use', `port ${port}`, { cause: error });
    throw new SealcamError('config.invalid', `cannot listen (${String(code)})`, { cause: error });
  }
  return (http.server.address() as AddressInfo).port;
}

function hostForUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
