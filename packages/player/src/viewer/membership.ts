/**
 * This device's part in its home: the roster head it verified, the bulletins it accepted, the HPKE keys it gives out. Every
 * highest value is stored **before** it is used; what is forked is refused with an alarm, what is not this home's is dropped and counted
 * (SEALING.md, Roster and bulletin; decision 0022).
 */
import {
  acceptBulletin,
  extendHead,
  generateHpkeKeys,
  householdCode,
  member,
  signHpkeKey,
  verifyChain,
  type BulletinMark,
  type BulletinOutcome,
  type Head,
  type HomeNames,
  type Manifest,
  type OpenedWrap,
  type RosterEntry,
} from '@sealcam/home';
import { equalBytes, SealcamError, type CameraId, type Epoch } from '@sealcam/protocol';
import { importEpochSecret } from '@sealcam/seal';
import { Alarms, forkBetween } from './alarms.ts';
import type { CameraKey } from './key-index.ts';
import type { StoredDevice, ViewerPorts } from './ports.ts';
import { Store, type Readable } from './store.ts';
import { Strays } from './strays.ts';

/** What the pages show of the home; all of it verified, or opened from this device's own wrap. */
export interface HomeFacts {
  readonly head: Head;
  /** Six groups of five digits. */
  readonly code: readonly string[];
  /** Undefined: this device was removed. */
  readonly me: RosterEntry | undefined;
  /** Of the newest bulletin that had a wrap for this device. */
  readonly names: HomeNames | undefined;
  readonly manifest: Manifest | undefined;
}

/** Keys of the newest bulletin, by camera. */
export interface HomeKeys {
  readonly epoch: Epoch;
  readonly cameras: ReadonlyMap<CameraId, CameraKey>;
  /** False when the agent had no HPKE key of ours yet: the next bulletin will have a wrap. */
  readonly wrapped: boolean;
}

export type BulletinVerdict = BulletinOutcome['at'];

const DAY_MS = 24 * 3600_000;
const RECOVERY_SHOWN_MS = 7 * DAY_MS;

export class Membership {
  readonly #ports: ViewerPorts;
  readonly #facts: Store<HomeFacts>;
  readonly #keys = new Store<HomeKeys | undefined>(undefined);
  readonly #alarms: Alarms;
  readonly strays = new Strays();
  #device: StoredDevice;
  /** The last bulletin accepted here. Not what is stored: another tab of this browser may be ahead. */
  #mark: BulletinMark | undefined;

  private constructor(ports: ViewerPorts, device: StoredDevice, facts: HomeFacts) {
    this.#ports = ports;
    this.#device = device;
    this.#mark = device.mark;
    this.#alarms = new Alarms(ports.clock);
    this.#facts = new Store(facts);
  }

  /** @throws {SealcamError} `device.unknown` where nothing is stored, `roster.invalid` or `roster.forked` where it is damaged */
  static async load(ports: ViewerPorts): Promise<Membership> {
    const device = await ports.store.load();
    if (device === undefined) throw new SealcamError('device.unknown', 'not paired');
    const head = await verifyChain(device.rosters, device.homeId);
    const facts = await factsOf(head, device, undefined, undefined);
    const membership = new Membership(ports, device, facts);
    membership.#noteRecovery();
    return membership;
  }

  get device(): StoredDevice {
    return this.#device;
  }

  /** The last bulletin accepted by this page. */
  get mark(): BulletinMark | undefined {
    return this.#mark;
  }

  get facts(): Readable<HomeFacts> {
    return this.#facts;
  }

  get keys(): Readable<HomeKeys | undefined> {
    return this.#keys;
  }

  get alarms(): Alarms {
    return this.#alarms;
  }

  get head(): Head {
    return this.#facts.get().head;
  }

  /**
   * Rosters the relay handed over: same or longer is fine, a second list of this home's admins is an alarm, anything else is dropped.
   * @param rosters ascending, from any version up to the head's next. @param isBest what the relay answered when it was asked for all
   */
  async offerRosters(rosters: readonly Uint8Array[], isBest = false): Promise<void> {
    const added: Head[] = [];
    let isOlder = rosters.length > 0;
    for (const bytes of rosters) {
      const head = added.at(-1) ?? this.head;
      const next = await this.#judge(head, bytes);
      if (next !== 'older') isOlder = false;
      if (next === 'stray') this.strays.drop('roster', bytes);
      if (typeof next === 'object' && next !== head) added.push(next);
    }
    const last = rosters.at(-1);
    if (isOlder && isBest) this.#alarms.raise('rollback');
    else if (isOlder && last !== undefined) this.strays.drop('roster', last);
    await this.#extend(added);
  }

  /** @param manifest manifest ‖ signature. @param wrap this device's own, where the bulletin has one */
  async offerBulletin(manifest: Uint8Array, wrap: Uint8Array | undefined): Promise<BulletinVerdict> {
    const { keys, hpke, epochFloor } = this.#device;
    const outcome = await acceptBulletin({
      head: this.head,
      deviceId: keys.deviceId,
      hpke,
      mark: this.#mark,
      manifest,
      wrap,
    });
    if (outcome.at !== 'accepted') {
      if (outcome.at === 'refused') this.#refused(outcome, manifest);
      return outcome.at;
    }
    if (outcome.mark.epoch < epochFloor) return 'older';
    await this.#accept(outcome);
    return 'accepted';
  }

  get isHpkeKeyDue(): boolean {
    const newest = this.#device.hpke.at(-1);
    return newest === undefined || Math.abs(this.#ports.clock.wallMs() - newest.madeMs) >= DAY_MS;
  }

  /** The signed key message for `hpke.put`; a new key once a day, kept beside the old until a wrap opened with it. */
  async hpkeMessage(): Promise<Uint8Array<ArrayBuffer>> {
    const nowMs = this.#ports.clock.wallMs();
    if (this.isHpkeKeyDue) {
      const newest = this.#device.hpke.at(-1);
      const fresh = { ...(await generateHpkeKeys((newest?.keySeq ?? 0) + 1)), madeMs: nowMs };
      // Another tab of this browser may have been quicker: its key stands.
      await this.#update((now) =>
        now.hpke.some(({ keySeq }) => keySeq >= fresh.keySeq) ? now : { ...now, hpke: [...now.hpke, fresh] },
      );
    }
    const key = this.#device.hpke.at(-1);
    if (key === undefined) throw new SealcamError('internal', 'no HPKE key');
    return signHpkeKey(this.#device.keys, this.#device.homeId, key);
  }

  async #update(change: (now: StoredDevice) => StoredDevice): Promise<StoredDevice> {
    this.#device = await this.#ports.store.update(change);
    return this.#device;
  }

  /** One roster beside the head so far. `older`: one of our own chain. A fork below the head is decided: our list went on. */
  async #judge(head: Head, bytes: Uint8Array): Promise<Head | 'older' | 'stray' | 'forked'> {
    try {
      return await extendHead(head, [bytes]);
    } catch (error) {
      if (!(error instanceof SealcamError)) throw error;
      if (error.code === 'roster.rollback')
        return this.#device.rosters.some((known) => equalBytes(known, bytes)) ? 'older' : 'stray';
      if (error.code !== 'roster.forked') return 'stray';
      const { version, fork } = await forkBetween(head, bytes);
      this.#alarms.raise('forked', { version, fork });
      return 'forked';
    }
  }

  async #extend(added: readonly Head[]): Promise<void> {
    const head = added.at(-1);
    if (head === undefined) return;
    await this.#update((now) =>
      now.rosters.length >= head.version
        ? now
        : { ...now, rosters: [...now.rosters, ...added.map(({ bytes }) => bytes)] },
    );
    const { names, manifest } = this.#facts.get();
    this.#facts.set(await factsOf(head, this.#device, names, manifest));
    this.#noteRecovery();
  }

  #refused({ code, alarm }: Extract<BulletinOutcome, { at: 'refused' }>, manifest: Uint8Array): void {
    const { version } = this.head;
    // For other members than ours, or under another list: either way the agent does not follow what we hold.
    if (alarm) return this.#alarms.raise(code === 'roster.forked' ? 'forked' : 'elsewhere', { version });
    if (!code.startsWith('device.')) return this.strays.drop('bulletin', manifest);
    // A good bulletin that is not for us: removed, or a guest's time is over. What we hold is worth nothing from here on.
    const epoch = this.#mark?.epoch;
    if (epoch !== undefined) this.#keys.set({ epoch, cameras: new Map(), wrapped: true });
  }

  async #accept({ mark, manifest, wrap }: Extract<BulletinOutcome, { at: 'accepted' }>): Promise<void> {
    await this.#update((now) => {
      const lower = now.mark !== undefined && now.mark.epoch > mark.epoch;
      return {
        ...now,
        mark: lower ? now.mark : mark,
        hpke: wrap === undefined ? now.hpke : now.hpke.filter((key) => key.keySeq >= wrap.keySeq),
      };
    });
    this.#mark = mark;
    this.#keys.set({
      epoch: mark.epoch,
      wrapped: wrap !== undefined,
      cameras: wrap === undefined ? new Map() : await importCameras(wrap, mark.epoch, this.#ports.subtle),
    });
    this.#alarms.followed(mark.rosterVersion);
    const names = wrap?.names ?? this.#facts.get().names;
    this.#facts.set(await factsOf(this.head, this.#device, names, manifest));
    this.#noteRecovery();
  }

  /** Said on every screen for 7 days. */
  #noteRecovery(): void {
    const { head, names } = this.#facts.get();
    const usedMs = names?.recoveryUsedAtMs ?? 0;
    const recent = usedMs > 0 && this.#ports.clock.wallMs() - usedMs < RECOVERY_SHOWN_MS;
    if (recent || (names === undefined && head.signerRole === 'recovery')) return this.#alarms.raise('recovery');
    this.#alarms.lower('recovery');
  }
}

async function importCameras(
  wrap: OpenedWrap,
  epoch: Epoch,
  subtle: SubtleCrypto,
): Promise<ReadonlyMap<CameraId, CameraKey>> {
  const cameras = await Promise.all(
    wrap.cameras.map(async ({ cameraId, sessionId, secret }) => {
      const imported = await importEpochSecret(secret, subtle);
      secret.fill(0);
      return { cameraId, sessionId, epoch, secret: imported };
    }),
  );
  return new Map(cameras.map((camera) => [camera.cameraId, camera]));
}

async function factsOf(
  head: Head,
  device: StoredDevice,
  names: HomeNames | undefined,
  manifest: Manifest | undefined,
): Promise<HomeFacts> {
  return { head, code: await householdCode(head.hash), me: member(head, device.keys.deviceId), names, manifest };
}
