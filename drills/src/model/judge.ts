/**
 * Holds what was seen against the reference: each picture at a decoder's input, and each unit that the relay writes to a display's
 * line. The second is the stricter one for all that the relay promises; the first is what this is about.
 */
import type { CameraId } from '@sealcam/protocol';
import { Truth, type Owner, type Sight } from '../frame/truth.ts';
import type { VirtualClock } from '../frame/virtual-clock.ts';
import { names, RefHome, TOLERANCE, type Link, type Suspended } from './reference.ts';

/** A picture as it was made. */
interface Made extends Owner {
  readonly epoch: number;
  readonly atMs: number;
  /** Of the roster that the agent knew then. */
  readonly version: number;
  readonly private: boolean;
}

/** What a display itself has learned, by its own client. */
export interface Learned {
  /** Of the newest bulletin that it accepted. */
  epoch: number | undefined;
  sinceMs: number;
  /** It has read in a roster that it is no member any more. */
  removedMs: number | undefined;
  /** When it was last told that a camera is cut. */
  readonly cutMs: Map<string, number>;
  /** When the relay last sent it a picture, by number of the picture. */
  readonly sentMs: Map<number, number>;
  /** Why the relay should not have sent it, by number of the picture. */
  readonly wronglySent: Map<number, string>;
}

export interface Violation {
  readonly at: 'shown' | 'opened' | 'sent' | 'dark';
  readonly atMs: number;
  readonly words: string;
}

export class ModelTruth extends Truth {
  readonly homes = new Map<string, RefHome>();
  readonly learned = new Map<string, Learned>();
  readonly suspended = new Map<string, Suspended>();
  readonly violations: Violation[] = [];
  /** What counts: a mutant is looked for in one place. */
  heeds: readonly Violation['at'][] = ['shown', 'opened', 'sent', 'dark'];
  /** The same in the same order for the same run. */
  readonly trace: string[] = [];
  /** Set by the agent that makes a picture now. */
  making: { readonly epoch: number } | undefined;
  #pictures = 0;
  readonly #clock: VirtualClock;
  readonly #made = new Map<number, Made>();

  constructor(clock: VirtualClock) {
    super();
    this.#clock = clock;
  }

  get pictures(): number {
    return this.#made.size;
  }

  /** Numbers of pictures are given once in a world: no two pictures of any camera have the same one. */
  nextPictures(): number {
    this.#pictures += 1_000_000;
    return this.#pictures;
  }

  home(homeId: string): RefHome {
    const home = this.homes.get(homeId) ?? new RefHome();
    this.homes.set(homeId, home);
    return home;
  }

  learnedBy(deviceId: string): Learned {
    const known = this.learned.get(deviceId);
    if (known !== undefined) return known;
    const fresh: Learned = {
      epoch: undefined,
      sinceMs: 0,
      removedMs: undefined,
      cutMs: new Map(),
      sentMs: new Map(),
      wronglySent: new Map(),
    };
    this.learned.set(deviceId, fresh);
    return fresh;
  }

  override made(frame: string, owner: Owner): void {
    super.made(frame, owner);
    const home = this.home(owner.homeId);
    const isPrivate = home.cameras.get(owner.cameraId)?.private === true;
    const epoch = this.making?.epoch ?? -1;
    const atMs = this.#clock.wallMs();
    this.#made.set(owner.counter, { ...owner, epoch, atMs, version: home.agentVersion, private: isPrivate });
  }

  override saw(sight: Sight): boolean {
    const isForeign = super.saw(sight);
    const { deviceId } = sight.beholder;
    if (deviceId === undefined || sight.at === 'crossed' || sight.at === 'line') return isForeign;
    if (sight.at === 'shown') this.trace.push(`${this.#clock.monoMs()} shown ${sight.owner.counter}`);
    const link = { homeId: sight.beholder.homeId, deviceId, cameraId: sight.owner.cameraId };
    const wrong = this.#wrong(link, sight.owner, sight.at, sight.label);
    if (wrong !== undefined) this.#violated(sight.at === 'shown' ? 'shown' : 'opened', wrong, link, sight.owner);
    return isForeign;
  }

  /** The relay writes a unit to a display's line. */
  sent(homeId: string, deviceId: string, frame: string): void {
    const owner = this.ownerOf(frame);
    if (owner === undefined) return;
    const link = { homeId, deviceId, cameraId: owner.cameraId };
    this.learnedBy(deviceId).sentMs.set(owner.counter, this.#clock.wallMs());
    const wrong = this.#wronglySent(link, owner);
    if (wrong === undefined) return;
    this.learnedBy(deviceId).wronglySent.set(owner.counter, wrong);
    this.#violated('sent', wrong, link, owner);
  }

  /** Why the relay must not give this to that link now. */
  relayForbids(link: Link): string | undefined {
    const nowMs = this.#clock.wallMs();
    const home = this.home(link.homeId);
    if (!home.relayMay(link.deviceId, link.cameraId, nowMs)) return 'no roster that the relay could be at allows it';
    const camera = home.cameras.get(link.cameraId);
    if (camera?.privateAtRelayMs !== undefined && nowMs > camera.privateAtRelayMs)
      return 'the camera is private, and the relay knows';
    const member = home.newest.get(link.deviceId);
    if (member === undefined || camera === undefined) return undefined;
    for (const { target, ackMs, lost } of this.suspended.values()) {
      const untilMs = ackMs + (lost ? TOLERANCE.lostBroadcast : TOLERANCE.suspension);
      if (nowMs > untilMs && names(target, link, member, camera.model))
        return `suspended (${target.width}${lost ? ', its broadcast lost' : ''}) since ${nowMs - ackMs} ms`;
    }
    return undefined;
  }

  /** Something that had to be is not. */
  dark(words: string): void {
    if (this.heeds.includes('dark')) this.violations.push({ at: 'dark', atMs: this.#clock.wallMs(), words });
  }

  #wronglySent(link: Link, owner: Owner): string | undefined {
    if (owner.homeId !== link.homeId) return 'of another home';
    if (this.#made.get(owner.counter)?.private === true) return 'made while the camera was private';
    return this.relayForbids(link);
  }

  #wrong(link: Link, owner: Owner, at: 'opened' | 'shown', label: CameraId | undefined): string | undefined {
    const made = this.#made.get(owner.counter);
    if (made === undefined) return 'nobody made it';
    if (made.homeId !== link.homeId) return 'of another home';
    if (label !== undefined && label !== made.cameraId) return 'of another camera than the one asked for';
    if (!this.home(made.homeId).mayOpen(made.epoch, link.deviceId, made.cameraId))
      return 'of an epoch whose keys this display must not have';
    if (at === 'opened') return undefined;
    if (made.private) return 'made while the camera was private';
    return this.#known(link, made) ?? this.learnedBy(link.deviceId).wronglySent.get(made.counter);
  }

  /** What the display knows itself it must heed at once, whatever reaches it. */
  #known(link: Link, made: Made): string | undefined {
    const nowMs = this.#clock.wallMs();
    const learned = this.learnedBy(link.deviceId);
    if (learned.removedMs !== undefined && learned.removedMs < nowMs) return 'it knows that it is no member any more';
    if (learned.epoch !== undefined && learned.sinceMs < nowMs) {
      if (!this.home(link.homeId).mayOpen(learned.epoch, link.deviceId, link.cameraId))
        return 'it accepted a bulletin without keys for this camera';
      if (made.epoch < learned.epoch && nowMs - learned.sinceMs > TOLERANCE.oldEpoch)
        return `of an epoch that ended ${nowMs - learned.sinceMs} ms ago, as it knows`;
    }
    const cutMs = learned.cutMs.get(link.cameraId);
    const sentMs = learned.sentMs.get(made.counter);
    if (cutMs === undefined || sentMs === undefined || sentMs > cutMs || cutMs >= nowMs) return undefined;
    return this.#forbidden(link) ? 'it was told that the camera is cut, and shows what was sent before' : undefined;
  }

  #forbidden(link: Link): boolean {
    return !this.home(link.homeId).may(link.deviceId, link.cameraId, this.#clock.wallMs());
  }

  #violated(at: Violation['at'], why: string, link: Link, owner: Owner): void {
    if (!this.heeds.includes(at)) return;
    const made = this.#made.get(owner.counter);
    const age = made === undefined ? '' : `, made ${this.#clock.wallMs() - made.atMs} ms ago`;
    const who = `display ${link.deviceId.slice(0, 6)} of home ${link.homeId.slice(0, 6)}`;
    const whose = `camera ${owner.cameraId.slice(0, 6)} of home ${owner.homeId.slice(0, 6)}`;
    const words = `${at} on ${who}: a picture of ${whose}${age}: ${why}`;
    this.violations.push({ at, atMs: this.#clock.wallMs(), words });
  }
}
