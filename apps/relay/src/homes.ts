/**
 * The homes of this relay: their rosters, verified again by us before they are believed, and the projection of them that the
 * gate reads. Nobody else writes members or grants (rule 9), and nobody here can sign one.
 */
import { createHash } from 'node:crypto';
import { equalBytes, SealcamError, toHex, type DeviceId, type HomeId } from '@sealcam/protocol';
import {
  agentOf,
  verifyChain,
  verifyGenesis,
  verifyKeyList,
  verifyManifest,
  verifyNext,
  type AnnouncedKey,
  type Head,
  type Manifest,
} from '@sealcam/home/verify';
import { homeTopic, type Bus } from './bus.ts';
import type { CachedUnits } from './cached-units.ts';
import type { Clock } from './clock.ts';
import type { AnnouncedKeys } from './incidents/announced-keys.ts';
import type { Contest } from './incidents/incident.ts';
import type { Canaries } from './operators/canaries.ts';
import type { ContestedKey } from './store/key-store.ts';
import type { Store, StoredBulletin, StoredRoster } from './store/store.ts';

/** As an agent sends it. */
export interface GivenBulletin {
  /** manifest ‖ signature */
  readonly manifest: Uint8Array;
  /** The key list whose hash the manifest signs. */
  readonly keys: Uint8Array;
  readonly wraps: ReadonlyMap<DeviceId, Uint8Array>;
}

/** Heads kept in memory; a home beyond them is read and verified again when it is next asked for. */
const HEADS = 4096;

export class Homes {
  readonly #store: Store;
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #cached: CachedUnits;
  readonly #open: boolean;
  readonly #changed: (home: HomeId) => void;
  readonly #canaries: Pick<Canaries, 'invites' | 'joined'> | undefined;
  readonly #keys: Pick<AnnouncedKeys, 'take' | 'forget'>;
  readonly #contested: (contest: Contest) => void;
  readonly #heads = new Map<HomeId, Head>();
  /** Changes of one home, one after the other. */
  readonly #turns = new Map<HomeId, Promise<unknown>>();

  /** @param parts `changed` is called after everyone was told of a new roster, or of the home's end; `contested` when a home announces what another had first */
  constructor(parts: {
    store: Store;
    bus: Bus;
    clock: Clock;
    cached: CachedUnits;
    open: boolean;
    changed: (home: HomeId) => void;
    canaries?: Pick<Canaries, 'invites' | 'joined'>;
    keys: Pick<AnnouncedKeys, 'take' | 'forget'>;
    contested: (contest: Contest) => void;
  }) {
    this.#store = parts.store;
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#cached = parts.cached;
    this.#open = parts.open;
    this.#changed = parts.changed;
    this.#canaries = parts.canaries;
    this.#keys = parts.keys;
    this.#contested = parts.contested;
  }

  /** @throws {SealcamError} `home.unknown`, `home.erased` */
  async head(home: HomeId): Promise<Head> {
    const kept = this.#heads.get(home);
    if (kept !== undefined) return kept;
    const stored = await this.#store.home(home);
    if (stored === undefined) throw new SealcamError('home.unknown');
    if (stored.endedMs !== undefined) throw new SealcamError('home.erased');
    const head = await verifyChain(await this.#store.rosters(home, 1), home);
    if (toHex(head.hash) !== stored.headHash) throw new SealcamError('store.corrupt', 'head of a home');
    return this.#keep(head);
  }

  /**
   * A home that is new here, by its agent, whose signature has been checked already.
   * @throws {SealcamError} `home.invitation`
   */
  async join(genesis: Head, invitation: string | undefined): Promise<void> {
    const canaryCode = this.#canaries?.invites(invitation) === true ? invitation : undefined;
    if (canaryCode !== undefined) {
      // No invitation of the operator's is used up.
      const outcome = await this.#store.addHome(projected(genesis), undefined, this.#clock.wallMs(), true);
      this.#canaries?.joined(genesis.homeId, canaryCode);
      if (outcome === 'added') this.#keep(genesis);
      return;
    }
    if (!this.#open && invitation === undefined) throw new SealcamError('home.invitation');
    const hash = this.#open || invitation === undefined ? undefined : invitationHash(invitation);
    const outcome = await this.#store.addHome(projected(genesis), hash, this.#clock.wallMs());
    if (outcome === 'invitation') throw new SealcamError('home.invitation');
    if (outcome === 'added') this.#keep(genesis);
  }

  /**
   * Whether a new home could join now. The invitation is not used up; a code is 128 bits, so that asking finds none.
   * @throws {SealcamError} `home.invitation`
   */
  async mayJoin(invitation: string | undefined): Promise<void> {
    if (this.#open || this.#canaries?.invites(invitation) === true) return;
    const hash = invitation === undefined ? undefined : invitationHash(invitation);
    if (hash === undefined || !(await this.#store.hasInvitation(hash, this.#clock.wallMs())))
      throw new SealcamError('home.invitation');
  }

  /**
   * The next roster, from any member. One signed by the recovery sheet is taken from the agent alone: it is there that somebody
   * confirmed it (SEALING, recovery).
   * @throws {SealcamError} `roster.invalid`, `roster.stale`, `roster.forked`, `device.role`
   */
  putRoster(home: HomeId, roster: Uint8Array, fromAgent: boolean): Promise<void> {
    return this.#inTurn(home, async () => {
      const head = await this.head(home);
      if (equalBytes(head.bytes, roster)) return;
      const next = await verifyNext(head, roster);
      if (next.signerRole === 'recovery' && !fromAgent)
        throw new SealcamError('device.role', 'recovery goes through the agent');
      const outcome = await this.#store.putRoster(projected(next), this.#clock.wallMs());
      if (outcome === 'behind') throw new SealcamError('roster.stale');
      this.#keep(next);
      this.#bus.publish(homeTopic(home), { t: 'roster', head: next });
      this.#changed(home);
    });
  }

  /**
   * The agent's bulletin, checked as far as it can be without a key, stored with the key ids that it announces, and told to the home.
   * @throws {SealcamError} `bulletin.invalid`, `bulletin.behind`, `roster.stale`
   */
  putBulletin(home: HomeId, { manifest, keys: list, wraps }: GivenBulletin): Promise<StoredBulletin> {
    return this.#inTurn(home, async () => {
      const head = await this.head(home);
      const checked = await verifyManifest(head, manifest);
      checkWraps(checked, wraps);
      const keys = await verifyKeyList(checked, list);
      const bulletin = { homeId: home, epoch: checked.epoch, manifest, wraps, storedMs: this.#clock.wallMs() };
      const put = await this.#store.putBulletin(bulletin, keys);
      if (put.at === 'reused') throw new SealcamError('bulletin.invalid', 'a key id that the home has had before');
      if (put.at !== 'stored') return await this.#sameAsStored(bulletin);
      // First the key ids, then the word to the home's devices: nobody can derive one before it has its owner here.
      this.#keys.take(home, bulletin.epoch, keys, put.contested);
      this.#tellContested(head, keys, put.contested);
      this.#cached.deleteOlder(home, bulletin.epoch);
      this.#bus.publish(homeTopic(home), { t: 'bulletin', bulletin });
      return bulletin;
    });
  }

  /** A bulletin that came again, as it does with each connection, is what is stored; anything else of that epoch is refused. */
  async #sameAsStored({ homeId: home, epoch, manifest }: StoredBulletin): Promise<StoredBulletin> {
    const stored = await this.#store.bulletin(home);
    if (stored !== undefined && epoch < stored.epoch) throw new SealcamError('bulletin.behind');
    if (stored === undefined || !equalBytes(stored.manifest, manifest))
      throw new SealcamError('bulletin.invalid', 'epoch');
    return stored;
  }

  #tellContested(head: Head, keys: readonly AnnouncedKey[], contested: readonly ContestedKey[]): void {
    const [example] = contested;
    const key = keys.find(({ kid }) => kid === example?.kid);
    if (example === undefined || key === undefined) return;
    const { cameraId, streamId, kid } = key;
    const agent = { homeId: head.homeId, deviceId: agentOf(head).deviceId };
    const second = { homeId: head.homeId, cameraId, streamId };
    this.#contested({ agent, second, first: example.first, kid, count: contested.length });
  }

  /** Forgets a home and tells all who are connected to it. */
  end(home: HomeId): Promise<void> {
    return this.#inTurn(home, async () => {
      await this.#store.endHome(home, this.#clock.wallMs());
      this.#heads.delete(home);
      this.#keys.forget(home);
      this.#cached.deleteHome(home);
      this.#bus.publish(homeTopic(home), { t: 'ended' });
      this.#changed(home);
    });
  }

  #keep(head: Head): Head {
    this.#heads.delete(head.homeId);
    this.#heads.set(head.homeId, head);
    const oldest = this.#heads.keys().next();
    if (this.#heads.size > HEADS && oldest.done === false) this.#heads.delete(oldest.value);
    return head;
  }

  async #inTurn<T>(home: HomeId, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(home) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.#turns.set(home, settled);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(home) === settled) this.#turns.delete(home);
    }
  }
}

/** @throws {SealcamError} `roster.invalid` when it is not the genesis of that home */
export async function genesisOf(home: HomeId, bytes: Uint8Array): Promise<Head> {
  const genesis = await verifyGenesis(bytes);
  if (genesis.homeId !== home) throw new SealcamError('roster.invalid', 'genesis of another home');
  return genesis;
}

/** Invitations are kept only as their hash. */
export function invitationHash(code: string): string {
  return createHash('sha256').update('sealcam/1 invitation\0').update(code).digest('hex');
}

function projected(head: Head): StoredRoster {
  return {
    homeId: head.homeId,
    version: head.version,
    hash: toHex(head.hash),
    roster: head.bytes,
    agentId: agentOf(head).deviceId,
    members: head.roster.entries.map((entry) => ({
      deviceId: entry.deviceId,
      sigPub: entry.sigPub,
      role: entry.role,
      cameras: entry.grants,
      notAfter: entry.notAfterMs,
    })),
  };
}

/** Each wrap is the one that the manifest names, and none is missing or too many. */
function checkWraps(manifest: Manifest, wraps: ReadonlyMap<DeviceId, Uint8Array>): void {
  const named = manifest.entries.filter((entry) => entry.keySeq !== 0);
  if (named.length !== wraps.size) throw new SealcamError('bulletin.invalid', 'number of wraps');
  for (const entry of named) {
    const wrap = wraps.get(entry.deviceId);
    const hash = wrap === undefined ? undefined : createHash('sha256').update(wrap).digest();
    if (hash === undefined || !equalBytes(hash, entry.wrapHash))
      throw new SealcamError('bulletin.invalid', 'hash of a wrap');
  }
}
