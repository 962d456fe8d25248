/**
 * The canaries of one relay: homes of the operator's own that run while the switch is on, and nothing of which is left when it is off.
 * They watch by every route that a household has, and a frame that is not theirs is an incident. Turns are taken one after the other:
 * whatever the switch did meanwhile, only what it says now is done.
 */
import { join } from 'node:path';
import { rm } from 'node:fs/promises';
import type { DemoSource } from '@sealcam/agent';
import type { Dial, StoredDevice } from '@sealcam/player/viewer';
import { SEALED_ROUTE, SealcamError } from '@sealcam/protocol';
import type { CanaryCounts, Relay } from '@sealcam/relay';
import type { Logger } from 'pino';
import { canaryCamera } from './canary-camera.ts';
import { CanaryHome } from './canary-home.ts';
import type { Sighting, Tally } from './sentinel.ts';
import { dialBy, type RelayAt } from './viewer-ports.ts';

export interface CanaryHost {
  readonly relay: Pick<Relay, 'canaries' | 'incidents'>;
  readonly at: RelayAt;
  /** For the agents of the canaries alone: emptied at start and at the end. */
  readonly folder: string;
  readonly logger: Logger;
  /** False: what a process that was killed left behind is erased, and no more. */
  readonly mayRun: boolean;
  /** What stands between the relay and a viewer. Default: nothing. @param route '' for the home's admin */
  readonly line?: (dial: Dial, route: string, device: StoredDevice) => Dial;
  /** Default: the demo's clip with a watermark. */
  readonly camera?: DemoSource;
}

/** Two, so that one's picture can be told from the other's. */
const HOMES = 2;
const TICK_MS = 1_000;
/** A route that a household has is watched at the latest so long after. */
const ROUTES_EVERY = 5;
/** A start that takes longer has failed; it is tried again, less and less often. */
const START_MS = 60_000;
const RETRY_MS = { first: 5_000, last: 60_000 } as const;

export class CanaryKeeper {
  readonly #host: CanaryHost;
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;
  #turn: Promise<void>;
  #homes: readonly CanaryHome[] | undefined;
  #tally: Tally = newTally();
  #starting: AbortController | undefined;
  #problem: string | undefined;
  #retry = { atMs: 0, delayMs: RETRY_MS.first as number };
  #ticks = 0;
  #wasSilent = 0;
  #closed = false;

  constructor(host: CanaryHost) {
    this.#host = host;
    const { canaries } = host.relay;
    this.#turn = this.#guarded(() => this.#sweep());
    canaries.countBy(() => this.#counts());
    this.#stopListening = canaries.onChange(() => this.#changed());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#settle();
  }

  /** Resolves when what the switch says now is done, or its failure is told of. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  /** Ends all of it. Call it while the relay still runs: the homes are erased there. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      clearInterval(this.#timer);
      this.#stopListening();
      this.#changed();
    }
    await this.#turn;
    this.#host.relay.canaries.countBy(undefined);
  }

  get #isWanted(): boolean {
    return this.#host.mayRun && !this.#closed && this.#host.relay.canaries.on;
  }

  #changed(): void {
    this.#retry = { atMs: 0, delayMs: RETRY_MS.first };
    if (!this.#isWanted) this.#starting?.abort();
    this.#settle();
  }

  #settle(): void {
    this.#turn = this.#turn.then(() =>
      this.#guarded(async () => {
        if (this.#isWanted === (this.#homes !== undefined)) return;
        if (this.#isWanted && performance.now() < this.#retry.atMs) return;
        await (this.#isWanted ? this.#start() : this.#stop());
      }),
    );
  }

  async #start(): Promise<void> {
    this.#tally = newTally();
    this.#wasSilent = 0;
    this.#host.relay.canaries.countBy(() => this.#counts());
    this.#starting = new AbortController();
    const signal = AbortSignal.any([this.#starting.signal, AbortSignal.timeout(START_MS)]);
    const begun = await Promise.allSettled(Array.from({ length: HOMES }, (_, n) => this.#home(n, signal)));
    const homes = begun.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    this.#homes = homes;
    const failed = begun.find((each) => each.status === 'rejected');
    try {
      if (failed !== undefined) throw failed.reason;
      await this.#watchRoutes();
      this.#retry = { atMs: 0, delayMs: RETRY_MS.first };
      this.#problem = undefined;
      this.#host.logger.info({ homes: homes.length, routes: this.#counts().routes }, 'canaries run');
    } catch (error) {
      await this.#stop();
      if (!this.#isWanted) return;
      const { delayMs } = this.#retry;
      this.#retry = { atMs: performance.now() + delayMs, delayMs: Math.min(2 * delayMs, RETRY_MS.last) };
      throw error;
    } finally {
      this.#starting = undefined;
    }
  }

  async #home(n: number, signal: AbortSignal): Promise<CanaryHome> {
    const { at, camera = canaryCamera, folder, line, logger, relay } = this.#host;
    const dial = dialBy(at);
    return await CanaryHome.start(
      {
        ...{ at, camera, tally: this.#tally, name: `Canary ${n + 1}`, folder: join(folder, `${n + 1}`) },
        dial: (route, device) => line?.(dial, route, device) ?? dial,
        invitation: relay.canaries.invite(),
        logger: logger.child({ canary: n + 1 }),
        ownerOf: (kid) => relay.canaries.ownerOf(kid),
        saw: (sighting) => this.#saw(sighting),
      },
      signal,
    );
  }

  async #stop(): Promise<void> {
    const homes = this.#homes ?? [];
    this.#homes = undefined;
    const ended = await Promise.allSettled(homes.map((home) => home.close()));
    await this.#sweep();
    const failed = ended.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#problem = undefined;
    this.#host.logger.info('canaries are off');
  }

  async #sweep(): Promise<void> {
    await this.#host.relay.canaries.sweep();
    await rm(this.#host.folder, { recursive: true, force: true });
  }

  /** A household's first display of a partner brings a route along; its last one takes it away. */
  async #watchRoutes(): Promise<void> {
    const routes = [...new Set([SEALED_ROUTE, ...(await this.#host.relay.canaries.routes())])].sort();
    for (const home of this.#homes ?? []) await home.watchBy(routes);
  }

  #saw(sighting: Sighting): void {
    const { incidents } = this.#host.relay;
    incidents.canary(sighting).catch((error: unknown) => this.#tell(error, 'a canary could not tell what it saw'));
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#homes === undefined) {
      if (this.#isWanted && this.#starting === undefined) this.#settle();
      return;
    }
    const { silent } = this.#counts();
    if (silent !== this.#wasSilent)
      this.#host.logger.warn({ silent }, silent > 0 ? 'canaries see nothing' : 'canaries see again');
    this.#wasSilent = silent;
    if (this.#ticks % ROUTES_EVERY === 0)
      this.#turn = this.#turn.then(() =>
        this.#guarded(async () => {
          if (this.#homes === undefined) return;
          await this.#watchRoutes();
          this.#problem = undefined;
        }),
      );
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#problem = error instanceof SealcamError ? error.code : 'internal';
      this.#tell(error, 'canaries are in trouble');
    }
  }

  #tell(error: unknown, words: string): void {
    const code = error instanceof SealcamError ? error.code : 'internal';
    this.#host.logger.warn({ code, err: error }, words);
  }

  #counts(): CanaryCounts {
    const homes = this.#homes ?? [];
    const sentinels = homes.flatMap((home) => home.sentinels);
    const silent = sentinels.filter((sentinel) => sentinel.isSilent);
    return {
      ...this.#tally,
      ...{
        homes: homes.length,
        viewers: sentinels.length,
        routes: [...new Set(sentinels.map(({ route }) => route))].sort(),
      },
      silent: silent.length,
      suspended: silent.filter((sentinel) => sentinel.isSuspended).length,
      ...(this.#problem !== undefined && { problem: this.#problem }),
    };
  }
}

function newTally(): Tally {
  return { framesRight: 0, framesForeign: 0, lastMs: 0 };
}
