/** Puts the parts of the agent together: its folder, its lock, and either a claim that waits or a home that runs. */
import { exportDeviceKeys, NOTHING_DECLARED, type OfferedHome } from '@sealcam/home';
import { PROGRAM_VERSION, SealcamError, toBase64Url } from '@sealcam/protocol';
import type { Agent, AgentOptions, AgentState, AgentStatus, ClaimLink } from './agent.ts';
import { withDemo } from './cameras-of-home.ts';
import { Claim } from './claim.ts';
import { serveControl } from './control.ts';
import { makeFolder } from './durable-file.ts';
import { Endings } from './ending.ts';
import { agentFormats } from './formats.ts';
import { lockFolder } from './folder-lock.ts';
import { HomeStore, type StoredHome } from './home-store.ts';
import { loadIdentity, newIdentity, type Identity } from './identity.ts';
import { Cell, type Observable } from './observable.ts';
import { Keepsake } from './keepsake.ts';
import type { RelayLink } from './relay-socket.ts';
import { RunningHome } from './running-home.ts';
import { Vault } from './secrets.ts';

const ONLINE_SOON_MS = 5_000;

/**
 * Starts the agent of one data folder and returns when its own state is loaded; the relay may come later.
 * @throws {SealcamError} `store.in-use`, `store.newer`, `store.corrupt`, `store.read-only`, `store.full`, `config.invalid`
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  checkUrl(options.relayUrl);
  makeFolder(options.dataDir);
  const unlock = lockFolder(options.dataDir);
  try {
    return await AgentProcess.start(options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

class AgentProcess implements Agent {
  readonly #options: AgentOptions;
  readonly #unlock: () => void;
  readonly #store: HomeStore;
  readonly #vault: Vault;
  readonly #link: RelayLink;
  readonly #clock: () => number;
  readonly #state = new Cell<AgentState>({ at: 'unclaimed', claimLink: undefined, problem: undefined });
  #identity: Identity;
  #endings: Endings | undefined;
  #running: { readonly claim: Claim } | { readonly home: RunningHome } | undefined;
  #closeControl: (() => Promise<void>) | undefined;
  #closing: Promise<void> | undefined;

  static async start(options: AgentOptions, unlock: () => void): Promise<AgentProcess> {
    // Before the first of them is written: where one is from a newer Sealcam, all stay as they are.
    agentFormats(options.dataDir);
    const store = new HomeStore(options.dataDir);
    if (options.demo) withDemo(store);
    const known = await loadIdentity(options.dataDir);
    // Keys are made anew for each home: an agent that is nobody's does not keep those of the last one.
    const identity =
      known === undefined || store.record.home === undefined ? await newIdentity(options.dataDir) : known;
    if (store.record.home !== undefined && known === undefined) throw new SealcamError('store.corrupt', 'no identity');
    const agent = new AgentProcess(options, unlock, store, identity);
    try {
      await agent.#begin();
      return agent;
    } catch (error) {
      agent.#stop();
      throw error;
    }
  }

  private constructor(options: AgentOptions, unlock: () => void, store: HomeStore, identity: Identity) {
    this.#options = options;
    this.#unlock = unlock;
    this.#store = store;
    this.#identity = identity;
    this.#vault = new Vault(options.dataDir);
    this.#clock = options.clock ?? Date.now;
    this.#link = linkOf(options);
  }

  get state(): Observable<AgentState> {
    return this.#state;
  }

  get claimLink(): ClaimLink | undefined {
    const { value } = this.#state;
    return value.at === 'unclaimed' ? value.claimLink : undefined;
  }

  async resetHome(): Promise<void> {
    const { home } = this.#store.record;
    if (home === undefined || this.#closing !== undefined) return;
    const keys = await exportDeviceKeys(this.#identity.keys);
    this.#store.update(({ home: _over, ...record }) => ({
      ...record,
      endings: [...record.endings, { homeId: home.homeId, keys }],
    }));
    this.#stopRunning();
    this.#options.logger.warn({ home: home.homeId }, 'home reset at this machine');
    this.#identity = await newIdentity(this.#options.dataDir);
    await this.#run();
    this.#endings?.start();
  }

  async confirmRecovery(): Promise<boolean> {
    return this.#home === undefined ? false : await this.#home.household.confirmRecovery();
  }

  status(): AgentStatus {
    const { value: state } = this.#state;
    const home = this.#home;
    const epoch = home?.epoch;
    const recoveryCode = home?.household.recoveryCode;
    const stored = this.#store.record.home;
    const problem = state.at === 'unclaimed' || state.at === 'offline' ? state.problem : undefined;
    return {
      at: state.at,
      ...(problem === undefined ? {} : { problem }),
      ...(stored === undefined
        ? {}
        : { homeId: stored.homeId, homeName: stored.homeName, rosterVersion: stored.rosters.length }),
      ...(epoch === undefined ? {} : { epoch }),
      ...(recoveryCode === undefined ? {} : { recoveryCode }),
      cameras: home?.cameraStatus() ?? [],
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #home(): RunningHome | undefined {
    return this.#running !== undefined && 'home' in this.#running ? this.#running.home : undefined;
  }

  async #begin(): Promise<void> {
    await this.#run();
    this.#closeControl = await serveControl(this.#options.dataDir, {
      status: () => this.status(),
      resetHome: () => this.resetHome(),
      confirmRecovery: () => this.confirmRecovery(),
      claimLink: () => this.claimLink?.url,
    });
    this.#endings = new Endings({ store: this.#store, link: this.#link, logger: this.#options.logger });
  }

  /** As the record says: a home, or nobody's. */
  async #run(): Promise<void> {
    const { home } = this.#store.record;
    if (home === undefined) this.#runClaim();
    else await this.#runHome(home);
  }

  #runClaim(): void {
    const { pagesUrl, onClaimLink } = this.#options;
    this.#state.set({ at: 'unclaimed', claimLink: undefined, problem: undefined });
    const claim = new Claim({
      ...{ identity: this.#identity, link: this.#link, pagesUrl, clock: this.#clock },
      invitation: () => this.#options.invitation,
      onLink: (link, problem) => {
        this.#state.set({ at: 'unclaimed', claimLink: link, problem });
        if (link !== undefined) onClaimLink?.(link);
      },
      onClaimed: (home) => this.#claimed(home),
    });
    this.#running = { claim };
  }

  async #runHome({ homeId }: StoredHome): Promise<void> {
    const { dataDir, relayUrl, demo, demoSource, logger, invitation } = this.#options;
    this.#state.set({ at: 'offline', homeId, problem: undefined });
    const home = await RunningHome.start({
      ...{ store: this.#store, vault: this.#vault, identity: this.#identity, link: this.#link },
      ...{ demo, logger, clock: this.#clock, version: PROGRAM_VERSION },
      monotonicMs: this.#options.monotonicMs ?? (() => performance.now()),
      keepsake: new Keepsake(dataDir, relayUrl, logger),
      ...(invitation === undefined ? {} : { invitation }),
      ...(demoSource === undefined ? {} : { demoSource }),
      onRecovery: (code) => this.#options.onRecovery?.(code),
      onOnline: () => this.#state.set({ at: 'online', homeId }),
      onOffline: (problem) => this.#state.set({ at: 'offline', homeId, problem }),
    });
    if (this.#closing === undefined) this.#running = { home };
    else home.close();
  }

  async #claimed(offered: OfferedHome): Promise<void> {
    try {
      this.#store.update((record) => ({
        ...record,
        // The admin may come with a home whose agent this one replaces: never below what its devices have seen.
        epoch: Math.max(record.epoch, offered.epoch),
        home: homeOf(offered, this.#identity),
      }));
      this.#options.logger.info({ home: offered.homeId }, 'claimed');
      await this.#run();
      await this.#onlineSoon();
    } catch (error) {
      const code = error instanceof SealcamError ? error.code : 'internal';
      this.#options.logger.error({ code, err: error }, 'the claim could not be kept');
      if (this.#closing !== undefined) return;
      this.#runClaim();
      this.#state.set({ at: 'unclaimed', claimLink: undefined, problem: code });
    }
  }

  /** The browser dials as soon as it is told; a relay that does not know the home yet would send it away. */
  async #onlineSoon(): Promise<void> {
    if (this.#state.value.at !== 'offline') return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ONLINE_SOON_MS);
      const stop = this.#state.subscribe(({ at }) => {
        if (at === 'offline') return;
        clearTimeout(timer);
        stop();
        resolve();
      });
    });
  }

  #stopRunning(): void {
    if (this.#running === undefined) return;
    if ('home' in this.#running) this.#running.home.close();
    else this.#running.claim.close();
    this.#running = undefined;
  }

  #stop(): void {
    this.#stopRunning();
    this.#endings?.close();
  }

  async #close(): Promise<void> {
    this.#stop();
    this.#state.set({ at: 'closed' });
    await this.#closeControl?.();
    this.#unlock();
  }
}

function homeOf(offered: OfferedHome, { keys }: Identity): StoredHome {
  return {
    homeId: offered.homeId,
    homeName: offered.homeName,
    rosters: offered.rosters.map((roster) => toBase64Url(roster)),
    members: { [keys.deviceId]: { name: 'Agent', kind: 'agent', ...NOTHING_DECLARED } },
    hpkeKeys: {},
    recoveryUsedAtMs: 0,
  };
}

function linkOf({ relayUrl: url, trust }: AgentOptions): RelayLink {
  if (trust === undefined) return { url };
  return {
    url,
    get trust() {
      return typeof trust === 'string' ? trust : trust();
    },
  };
}

function checkUrl(relayUrl: string): void {
  const { protocol = '' } = URL.parse(relayUrl) ?? {};
  if (protocol !== 'ws:' && protocol !== 'wss:') {
    throw new SealcamError('config.invalid', 'the relay is an address that begins with ws:// or wss://');
  }
}
