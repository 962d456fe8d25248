/** Whether an opened picture is the one that a canary's own camera made: the last witness, after the seal. */
import { readWatermark, type Watermark } from '@sealcam/media';
import type { CameraId, HomeId } from '@sealcam/protocol';

/** What of an opened unit is looked at. */
export interface MarkedPicture {
  readonly epoch: number;
  readonly sessionId: string;
  readonly ctr: number;
  readonly data: Uint8Array;
}

export type MarkVerdict =
  | { readonly is: 'right' }
  /** The same opened unit once more: a screen that was blank is fed the running group again. */
  | { readonly is: 'again' }
  /** Of somebody else, or without a mark of ours. */
  | { readonly is: 'foreign'; readonly mark: Watermark | undefined }
  /** Ours, and not newer than the one before it. */
  | { readonly is: 'old'; readonly mark: Watermark };

/** Units that may be fed again; a group of the canary camera has four. */
const REMEMBERED = 64;

/** The checks of one viewer. */
export class MarkCheck {
  readonly #homeId: HomeId;
  readonly #cameraId: CameraId;
  readonly #seen = new Set<string>();
  #counter = 0;

  constructor(homeId: HomeId, cameraId: CameraId) {
    this.#homeId = homeId;
    this.#cameraId = cameraId;
  }

  look({ epoch, sessionId, ctr, data }: MarkedPicture): MarkVerdict {
    const place = `${epoch}/${sessionId}/${ctr}`;
    if (this.#seen.has(place)) return { is: 'again' };
    this.#remember(place);
    const mark = readWatermark({ codec: 'h264', data });
    if (mark === undefined || mark.homeId !== this.#homeId || mark.cameraId !== this.#cameraId)
      return { is: 'foreign', mark };
    if (mark.counter <= this.#counter) return { is: 'old', mark };
    this.#counter = mark.counter;
    return { is: 'right' };
  }

  #remember(place: string): void {
    this.#seen.add(place);
    const [oldest] = this.#seen;
    if (this.#seen.size > REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
  }
}
