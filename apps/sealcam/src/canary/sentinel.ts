/** One viewer of a canary home, on one route: a real viewer whose screen is a check of the watermark in each picture that it opened. */
import { HomeClient, type Dial, type StoredDevice, type ViewerUnit, type Watch } from '@sealcam/player/viewer';
import { cameraId as toCameraId, homeId as toHomeId, STREAM, type CameraId, type Track } from '@sealcam/protocol';
import type { Incidents } from '@sealcam/relay';
import { LineWatch, type Stray } from './line-watch.ts';
import { MarkCheck } from './mark-check.ts';
import { viewerPorts, type RelayAt } from './viewer-ports.ts';

export type Sighting = Parameters<Incidents['canary']>[0];

/** What all viewers saw since the switch was turned. */
export interface Tally {
  framesRight: number;
  framesForeign: number;
  /** Unix ms; 0 before the first. */
  lastMs: number;
}

export interface SentinelParts {
  readonly at: RelayAt;
  readonly dial: Dial;
  readonly device: StoredDevice;
  readonly cameraId: CameraId;
  readonly route: string;
  readonly tally: Tally;
  readonly ownerOf: (kid: string) => Track | undefined;
  readonly saw: (sighting: Sighting) => void;
}

/** Without a picture for so long, a canary sees nothing and says so. */
export const SILENT_MS = 10_000;

export class Sentinel {
  readonly #parts: SentinelParts;
  readonly #check: MarkCheck;
  readonly #client: HomeClient;
  readonly #watch: Watch;
  #rightMs = performance.now();

  /** @throws {SealcamError} `device.unknown` */
  static async open(parts: SentinelParts): Promise<Sentinel> {
    const { at, cameraId, device, dial, ownerOf } = parts;
    const { homeId } = device;
    const line = new LineWatch({ homeId, cameraId, ownerOf, stray: (stray) => parts.saw(sightingOf(stray, device)) });
    const ports = viewerPorts(device, line.over(dial));
    return new Sentinel(parts, await HomeClient.open({ url: `${at.url}/ws/viewer`, ports }));
  }

  private constructor(parts: SentinelParts, client: HomeClient) {
    this.#parts = parts;
    this.#check = new MarkCheck(parts.device.homeId, parts.cameraId);
    this.#client = client;
    this.#watch = client.watch(parts.cameraId, STREAM.main, {
      // A group that is kept is fed while `watch` still runs.
      unit: (unit) => queueMicrotask(() => this.#look(unit)),
      reset: () => undefined,
    });
  }

  get route(): string {
    return this.#parts.route;
  }

  get device(): StoredDevice {
    return this.#parts.device;
  }

  get isSilent(): boolean {
    return performance.now() - this.#rightMs > SILENT_MS;
  }

  get isSuspended(): boolean {
    return this.#watch.picture.get().state === 'suspended';
  }

  close(): void {
    this.#client.close();
  }

  #look(unit: ViewerUnit): void {
    const { tally, saw, device, cameraId } = this.#parts;
    const verdict = this.#check.look(unit);
    if (verdict.is === 'again') return;
    tally.lastMs = Date.now();
    if (verdict.is === 'right') {
      tally.framesRight += 1;
      this.#rightMs = performance.now();
      this.#watch.painted(unit);
      return;
    }
    tally.framesForeign += 1;
    const { homeId, keys } = device;
    saw({
      viewer: { homeId, deviceId: keys.deviceId },
      asked: { homeId, cameraId, streamId: STREAM.main },
      ctr: unit.ctr,
      ...(verdict.mark && { owner: ownerIn(verdict.mark) }),
    });
  }
}

function sightingOf({ asked, owner, kid, ctr, isKnown }: Stray, { homeId, keys }: StoredDevice): Sighting {
  return { viewer: { homeId, deviceId: keys.deviceId }, asked, owner, kid, ctr, count: isKnown ? 0 : 1 };
}

function ownerIn({ homeId, cameraId }: { homeId: string; cameraId: string }): NonNullable<Sighting['owner']> {
  return { homeId: toHomeId(homeId), cameraId: toCameraId(cameraId) };
}
