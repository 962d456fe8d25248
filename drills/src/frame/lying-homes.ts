/**
 * Homes that lie about key ids, as raw sockets on a real relay; and the relay of before, in which the first unit under a key id owned
 * it. For the drills about what notices and cuts, turned against honest homes.
 */
import type { AnnouncedKey } from '@sealcam/home';
import type { HomeId, KeyId } from '@sealcam/protocol';
import type { Relay } from '@sealcam/relay';
import { sealedUnit } from '../../../apps/relay/test/house.ts';
import { report, targets, worked, type Living } from '../../../apps/relay/test/living.ts';

/** A unit of an honest home that has not come by then was lost. */
const LOST_MS = 10_000;
const MOST_INCIDENTS = 1_000;

/** The liar's home announces these for its own camera, one a stream, and sends a unit under each. */
export async function squat({ house, agent, camera }: Living, kids: readonly KeyId[], ctr = 0): Promise<void> {
  const lies = kids.map((kid, index) => ({ cameraId: camera, streamId: index as AnnouncedKey['streamId'], kid }));
  await house.bulletin(agent, Math.max(house.epoch + 1, Date.now()), lies);
  for (const { streamId, kid } of lies) agent.unit(house.envelope(camera, streamId, sealedUnit(kid, ctr, 0)));
  await agent.settled();
}

/** The liar's own display says that it refused such a frame. */
export async function accuse(liar: Living, kid: KeyId, ctr = 0): Promise<void> {
  liar.display.send(await report(liar, kid, ctr));
  await worked(liar.display);
}

/** One unit of an honest home under its newest key. @returns to how many of its displays it came */
export async function deliver({ house, agent, camera, admin, display }: Living, ctr: number): Promise<number> {
  agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), ctr, 0)));
  const came = [admin, display].map(async (peer) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((done) => (timer = setTimeout(() => done(false), LOST_MS)));
    const unit = peer.takeUnits(1).then(
      () => true,
      () => false,
    );
    return await Promise.race([unit, late]).finally(() => clearTimeout(timer));
  });
  return (await Promise.all(came)).filter((one) => one).length;
}

/** What a relay must not have been brought to, in words: anything proven, anybody hurt but a liar's own link. */
export async function hurt(relay: Relay, liars: readonly Living[]): Promise<readonly string[]> {
  const lying = new Set<HomeId>(liars.map(({ house }) => house.id));
  const incidents = await relay.incidents.list({ limit: MOST_INCIDENTS });
  const proven = incidents.filter(({ grade }) => grade === 'proven').map(() => 'something was proven');
  const blamed = incidents
    .filter(({ viewer }) => !lying.has(viewer.homeId))
    .map(() => 'an incident about an honest home');
  const cut = (await targets(relay))
    .filter((target) => target.width !== 'link' || !lying.has(target.homeId))
    .map(({ width }) => `suspended: ${width}`);
  return [...proven, ...blamed, ...cut];
}

/** How many incidents say that a home announced what another had first. */
export async function contested(relay: Relay): Promise<number> {
  const incidents = await relay.incidents.list({ limit: MOST_INCIDENTS });
  return incidents.filter(({ grade }) => grade === 'contested').length;
}

/** Whether the exposure report names this home as one whose pictures went astray under that key id. */
export async function isBlamed(relay: Relay, home: HomeId, kid: KeyId, toMs: number): Promise<boolean> {
  const frames = [{ kid, fromCtr: 0, toCtr: 2 ** 40 }];
  const { homes } = await relay.exposure({ fromMs: 0, toMs, of: { frames } });
  return homes.owners.includes(home);
}

/** Key ids of one home that the relay of before had at hand. */
const AT_HAND = 4;

/** A relay as Sealcam's was, in what it made of key ids. Homes are names here. */
export class KeyBook {
  readonly #fixed: boolean;
  readonly #atHand = new Map<string, string>();
  readonly #ofHome = new Map<string, string[]>();
  readonly #ledger = new Map<string, string>();
  readonly #announced = new Map<string, Set<string>>();

  constructor(fixed: boolean) {
    this.#fixed = fixed;
  }

  announce(home: string, kid: string): void {
    const homes = this.#announced.get(kid) ?? new Set();
    this.#announced.set(kid, homes.add(home));
  }

  /**
   * THE MISTAKE: the first unit under a key id owns it, four of each home are at hand, and what is older is asked of the ledger only
   * after it was given away. Put right: a unit enters under what its own home announced, and what two announced proves nothing.
   * @returns `proven`: a frame of the home that had it first is on its way to this one, and that home is in the report
   */
  enter(home: string, kid: string): 'passed' | 'dropped' | 'proven' {
    if (this.#fixed) return this.#announced.get(kid)?.has(home) === true ? 'passed' : 'dropped';
    const owner = this.#atHand.get(kid);
    if (owner !== undefined) return owner === home ? 'passed' : 'dropped';
    this.#keep(home, kid);
    const first = this.#ledger.get(kid) ?? home;
    this.#ledger.set(kid, first);
    return first === home ? 'passed' : 'proven';
  }

  #keep(home: string, kid: string): void {
    const kids = [...(this.#ofHome.get(home) ?? []), kid];
    this.#atHand.set(kid, home);
    this.#ofHome.set(home, kids.slice(-AT_HAND));
    for (const old of kids.slice(0, -AT_HAND)) this.#atHand.delete(old);
  }
}
