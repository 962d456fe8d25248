/**
 * This device's part in its home: the roster head it verified, the bulletins it accepted, the HPKE keys it gives out. Every
 * highest value is stored **before** it is used; lower or forked is refused with an alarm (SEALING.md, Roster and bulletin).
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
import { SealcamError, type CameraId, type Epoch } from '@sealcam/protocol';
import { importEpochSecret } from '@sealcam/seal';
import type { CameraKey } from './key-index.ts';
import type { StoredDevice, ViewerPorts } from './ports.ts';
import { Store, type Readable } from './store.ts';

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

export interface Alarm {
  /** `forked`, `rollback`: see the error code. `recovery`: the recovery sheet was used in the last 7 days. */
  readonly kind: 'forked' | 'rollback' | 'recovery';
  /** Unix milliseconds. */
  readonly sinceMs: number;
}

/** Keys of the newest bulletin, by camera. */
export interface HomeKeys {
  readonly epoch: Epoch;
  readonly cameras: ReadonlyMap<CameraId, CameraKey>;
  /** False when the agent had no HPKE key of ours yet: the next bulletin will have a wrap. */
  readonly wrapped: boolean;
}

export type BulletinVerdict = 'accepted' | 'ahead' | 'behind' | 'refused';

const DAY_MS = 24 * 3600_000;
const RECOVERY_SHOWN_MS = 7 * DAY_MS;

export class Membership {
  readonly #ports: ViewerPorts;
  readonly #facts: Store<HomeFacts>;
  readonly #keys = new Store<HomeKeys | undefined>(undefined);
  readonly #alarms = new Store<readonly Alarm[]>([]);
  #device: StoredDevice;
  /** The last bulletin accepted here. Not what is stored: another tab of this browser may be ahead. */
  #mark: BulletinMark | undefined;

  private constructor(ports: ViewerPorts, device: StoredDevice, facts: HomeFacts) {
    this.#ports = ports;
    this.#device = device;
    this.#mark = device.mark;
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

  get alarms(): Readable<readonly Alarm[]> {
    return this.#alarms;
  }

  get head(): Head {
    return this.#facts.get().head;
  }

  /** An admin has looked: `forked` or `rollback` is over. */
  dismiss(kind: 'forked' | 'rollback'): void {
    this.#lower(kind);
  }

  raise(kind: Alarm['kind']): void {
    if (this.#alarms.get().some((alarm) => alarm.kind === kind)) return;
    this.#alarms.set([...this.#alarms.get(), { kind, sinceMs: this.#ports.clock.wallMs() }]);
  }

  /**
   * Rosters the relay handed over: same or longer is fine; lower or forked is an alarm.
   * @param rosters ascending, from any version up to the head's next
   */
  async offerRosters(rosters: readonly Uint8Array[]): Promise<void> {
    const before = this.head;
    let head: Head;
    try {
      head = await extendHead(before, rosters);
    } catch (error) {
      if (!(error instanceof SealcamError)) throw error;
      if (error.code === 'roster.forked') this.raise('forked');
      if (error.code === 'roster.rollback') this.raise('rollback');
      return;
    }
    if (head === before) return;
    const added = rosters
      .slice(rosters.length - (head.version - before.version))
      .map((bytes) => Uint8Array.from(bytes));
    await this.#update((now) =>
      now.rosters.length >= head.version ? now : { ...now, rosters: [...now.rosters, ...added] },
    );
    const { names, manifest } = this.#facts.get();
    this.#facts.set(await factsOf(head, this.#device, names, manifest));
    this.#noteRecovery();
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
      if (outcome.at === 'refused') this.#refused(outcome);
      return outcome.at;
    }
    if (outcome.mark.epoch < epochFloor) {
      this.raise('rollback');
      return 'refused';
    }
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

  /** The next number for a command, stored before it is used. */
  async nextCommandSeq(): Promise<number> {
    const device = await this.#update((now) => ({
      ...now,
      commandSeq: Math.max(now.commandSeq + 1, this.#ports.clock.wallMs()),
    }));
    return device.commandSeq;
  }

  async noteReplySeq(seq: number): Promise<void> {
    await this.#update((now) => ({ ...now, replySeq: Math.max(now.replySeq, seq) }));
  }

  async #update(change: (now: StoredDevice) => StoredDevice): Promise<StoredDevice> {
    this.#device = await this.#ports.store.update(change);
    return this.#device;
  }

  #refused({ code, alarm }: Extract<BulletinOutcome, { at: 'refused' }>): void {
    if (alarm) this.raise(code === 'roster.rollback' ? 'rollback' : 'forked');
    // A good bulletin that is not for us: removed, or a guest's time is over. What we hold is worth nothing from here on.
    const epoch = this.#mark?.epoch;
    if (code.startsWith('device.') && epoch !== undefined) this.#keys.set({ epoch, cameras: new Map(), wrapped: true });
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
    const names = wrap?.names ?? this.#facts.get().names;
    this.#facts.set(await factsOf(this.head, this.#device, names, manifest));
    this.#noteRecovery();
  }

  #lower(kind: Alarm['kind']): void {
    const left = this.#alarms.get().filter((alarm) => alarm.kind !== kind);
    if (left.length < this.#alarms.get().length) this.#alarms.set(left);
  }

  /** Said on every screen for 7 days. */
  #noteRecovery(): void {
    const { head, names } = this.#facts.get();
    const usedMs = names?.recoveryUsedAtMs ?? 0;
    const recent = usedMs > 0 && this.#ports.clock.wallMs() - usedMs < RECOVERY_SHOWN_MS;
    if (recent || (names === undefined && head.signerRole === 'recovery')) return this.raise('recovery');
    this.#lower('recovery');
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
