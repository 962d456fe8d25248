/**
 * The truth of a drill: whose picture every unit is, by whoever made it, and what reached which display, by taps on the line, on the
 * cipher and at the decoder's input. Nothing here is read from the relay.
 */
import type { CameraId, DeviceId, HomeId } from '@sealcam/protocol';

/** What is written into the picture itself. */
export interface Owner {
  readonly homeId: string;
  readonly cameraId: string;
  readonly counter: number;
}

/** A display and the home it belongs to. */
export interface Beholder {
  readonly homeId: HomeId;
  /** Undefined for a track inside the relay. */
  readonly deviceId: DeviceId | undefined;
}

export interface Sight {
  /** `crossed`: inside the relay it was put on the track of another home that somebody watches. */
  readonly at: 'crossed' | 'line' | 'opened' | 'shown';
  /** Unix ms of the stage's clock. */
  readonly atMs: number;
  readonly beholder: Beholder;
  /** Under which label it came: the camera that this display had asked for, or whatever was on the envelope. */
  readonly label: CameraId | undefined;
  readonly owner: Owner;
  /** `KID/CTR` of the sealed unit; undefined in the twin. */
  readonly frame: string | undefined;
}

export class Truth {
  /** Only of strangers' pictures. */
  readonly foreign: Sight[] = [];
  /** All pictures at decoders, strangers' or not: a drill in which nobody sees anything proves nothing. */
  shownInAll = 0;
  /** The same by display. */
  readonly shownBy = new Map<DeviceId, number>();
  /** When the last picture byte came down on a link, Unix ms; by `deviceId/cameraId` of the label. */
  readonly lastByteMs = new Map<string, number>();
  readonly #owners = new Map<string, Owner>();

  /** A camera made this sealed unit. @param frame `KID/CTR` */
  made(frame: string, owner: Owner): void {
    this.#owners.set(frame, owner);
  }

  ownerOf(frame: string): Owner | undefined {
    return this.#owners.get(frame);
  }

  /** @returns whether it is a stranger's */
  saw(sight: Sight): boolean {
    if (sight.at === 'shown') this.#shown(sight.beholder);
    if (sight.at === 'line' && sight.label !== undefined)
      this.lastByteMs.set(`${sight.beholder.deviceId}/${sight.label}`, sight.atMs);
    const isForeign = sight.owner.homeId !== sight.beholder.homeId;
    if (isForeign) this.foreign.push(sight);
    return isForeign;
  }

  /** Of a picture in strips: a stranger's, if there is one among the owners. @returns whether there is */
  sawAny(sight: Omit<Sight, 'owner'>, owners: readonly Owner[]): boolean {
    const stranger = owners.find(({ homeId }) => homeId !== sight.beholder.homeId);
    const owner = stranger ?? owners[0];
    return owner !== undefined && this.saw({ ...sight, owner });
  }

  #shown({ deviceId }: Beholder): void {
    this.shownInAll += 1;
    if (deviceId !== undefined) this.shownBy.set(deviceId, (this.shownBy.get(deviceId) ?? 0) + 1);
  }

  count(at: Sight['at']): number {
    return this.foreign.filter((sight) => sight.at === at).length;
  }
}
