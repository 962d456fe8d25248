/**
 * Keeps this device's membership and the relay's word on the home in step: rosters both ways, bulletins, its HPKE key. Worked
 * off one after another in the order of arrival, so that a bulletin is stored and its keys derived before what follows it.
 */
import { decodeSignedRoster } from '@sealcam/home';
import { CodecError, fromBase64Url, SealcamError, toBase64Url } from '@sealcam/protocol';
import type { Connection } from './connection.ts';
import type { BulletinVerdict, Membership } from './membership.ts';
import type { Clock } from './ports.ts';

const HPKE_CHECK_MS = 60_000;
/** A new connection begins with the relay's newest bulletin. One that is older is its best answer if none followed within this. */
const BEST_ANSWER_MS = 2_000;

export class HomeSync {
  readonly #connection: Connection;
  readonly #membership: Membership;
  readonly #clock: Clock;
  /** Keys or alarms changed: give the viewings what they may have now. */
  readonly #changed: () => Promise<void>;
  #work: Promise<void> = Promise.resolve();
  #bulletinsPending = 0;
  #hpkeCheckedMs = -Infinity;
  /** Whether this connection brought the newest bulletin that we know of, or a newer one. */
  #isNewestSeen = false;
  /** When this connection first brought an older one instead. */
  #olderMs: number | undefined;
  /** The relay has not taken all of our list of members: it waits for the home's agent. */
  #owes = false;

  constructor(connection: Connection, membership: Membership, clock: Clock, changed: () => Promise<void>) {
    this.#connection = connection;
    this.#membership = membership;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Frames may wait for it as long as it takes. */
  get isBulletinPending(): boolean {
    return this.#bulletinsPending > 0;
  }

  /** A connection began. */
  begin(relayVersion: number): void {
    this.#isNewestSeen = false;
    this.#olderMs = undefined;
    this.#owes = false;
    void this.inOrder(() => this.#catchUp(relayVersion));
    void this.inOrder(() => this.#putHpkeKey());
  }

  /** The home's agent came: what the relay did not take before it is offered once more, by a new connection. */
  agentCame(): void {
    if (!this.#owes) return;
    this.#owes = false;
    this.#connection.restart();
  }

  /** Called twice a second while connected. */
  tick(): void {
    this.#lookForRollback();
    if (this.#clock.monotonicMs() - this.#hpkeCheckedMs < HPKE_CHECK_MS) return;
    this.#hpkeCheckedMs = this.#clock.monotonicMs();
    if (this.#membership.isHpkeKeyDue) void this.inOrder(() => this.#putHpkeKey());
  }

  /** A next roster came, or was accepted from us. */
  async roster(roster: Uint8Array): Promise<void> {
    await this.inOrder(async () => {
      const isFarAhead = this.#isFarAhead(roster);
      if (isFarAhead) await this.fetchRosters();
      // One that nothing leads to is none.
      if (!isFarAhead || this.#isFarAhead(roster)) await this.#offer([roster]);
    });
  }

  bulletin(manifest: Uint8Array, wrap: Uint8Array | undefined): void {
    this.#bulletinsPending += 1;
    void this.inOrder(async () => {
      try {
        const before = [this.#membership.alarms.now.get(), this.#membership.keys.get()];
        let verdict = await this.#membership.offerBulletin(manifest, wrap);
        if (verdict === 'ahead') {
          await this.fetchRosters();
          verdict = await this.#membership.offerBulletin(manifest, wrap);
        }
        this.#note(verdict, manifest);
        // What is dropped changes nothing, not even the time at which keys were last given out.
        const after = [this.#membership.alarms.now.get(), this.#membership.keys.get()];
        if (verdict === 'accepted' || before.some((was, i) => was !== after[i])) await this.#changed();
        if (this.#membership.keys.get()?.wrapped === false) await this.#putHpkeKey();
      } finally {
        this.#bulletinsPending -= 1;
      }
    });
  }

  /** All that the relay has from our head on. To be called inside the line. */
  async fetchRosters(): Promise<void> {
    const chain = await this.#connection.request({ t: 'roster.get', from: this.#membership.head.version });
    if (chain.t !== 'roster.chain' || chain.rosters.length === 0) return;
    await this.#offer(
      chain.rosters.map((roster) => fromBase64Url(roster)),
      true,
    );
  }

  /** One after another. A broken connection or a peer's nonsense ends the step, never the line; a fault of ours comes out. */
  async inOrder(step: () => Promise<void>): Promise<void> {
    const done = this.#work.then(step);
    this.#work = done.catch(() => undefined);
    return done.catch((error: unknown) => {
      if (!(error instanceof SealcamError)) throw error;
    });
  }

  async #offer(rosters: readonly Uint8Array[], isBest = false): Promise<void> {
    const { alarms } = this.#membership;
    const before = alarms.now.get();
    await this.#membership.offerRosters(rosters, isBest);
    const removed = this.#membership.facts.get().me === undefined;
    if (removed || before !== alarms.now.get()) await this.#changed();
  }

  /** Of our home, by its own word, and further than one step: what lies between is asked for. Anything else is judged as it is. */
  #isFarAhead(roster: Uint8Array): boolean {
    const { head } = this.#membership;
    try {
      const { homeId, version } = decodeSignedRoster(roster).roster;
      return homeId === head.homeId && version > head.version + 1;
    } catch (error) {
      if (error instanceof CodecError) return false;
      throw error;
    }
  }

  /** Late and replayed bulletins come, too: only what the relay has nothing better than is a rollback. */
  #note(verdict: BulletinVerdict, manifest: Uint8Array): void {
    const { strays } = this.#membership;
    if (verdict === 'accepted') this.#isNewestSeen = true;
    else if (verdict === 'ahead') strays.drop('bulletin', manifest);
    else if (verdict === 'older') {
      strays.drop('bulletin', manifest);
      this.#olderMs ??= this.#clock.monotonicMs();
    }
  }

  #lookForRollback(): void {
    if (this.#isNewestSeen || this.#olderMs === undefined) return;
    if (this.#bulletinsPending > 0 || this.#clock.monotonicMs() - this.#olderMs < BEST_ANSWER_MS) return;
    this.#olderMs = undefined;
    this.#membership.alarms.raise('rollback');
    void this.inOrder(this.#changed);
  }

  /** A relay that fell back is given what it lost; one that is ahead is asked. */
  async #catchUp(relayVersion: number): Promise<void> {
    const { rosters } = this.#membership.device;
    try {
      for (const roster of rosters.slice(relayVersion))
        await this.#connection.request({ t: 'roster.put', roster: toBase64Url(roster) });
      this.#owes = false;
    } catch (error) {
      this.#owes = error instanceof SealcamError && error.code === 'home.offline';
      throw error;
    } finally {
      // Whatever it would not take: what it has instead is looked at.
      await this.fetchRosters();
    }
  }

  async #putHpkeKey(): Promise<void> {
    this.#hpkeCheckedMs = this.#clock.monotonicMs();
    await this.#connection.request({ t: 'hpke.put', key: toBase64Url(await this.#membership.hpkeMessage()) });
  }
}
