/**
 * The exposure report: after a mix-up, who could have been shown a stranger's picture, who was handed one, and whose it was.
 * Exact, from the ledger and the history of links; worked out on a thread of its own (`report.ts`), so that no picture waits.
 *
 * The words, which the guide (docs/guide/exposure.md) and every export use in the same sense:
 *
 * - A *link* is one display (or other device) of a home and one camera of it that it may see, with the models of both and the
 *   display's route. A question draws a circle of links: those of a pair of models, of a route, of the pair and route of an
 *   incident, or (a set of frames) those of the cameras that the frames come from.
 * - A frame is *foreign* to a viewing when its key id entered this relay from another home or another camera than the one
 *   that was asked for. Only foreign frames are counted here; a home's own pictures on its own displays are no exposure.
 * - **delivered**: a foreign frame reached a display of the home: the relay wrote down that it sent it, or the display signed
 *   that it came. **shown**: the display signed that it painted it. **refused**: the display signed that it refused it.
 *   A frame that only the display speaks of (no record of sending, as when something behind the relay mixed up) is delivered
 *   and refused and also **claimed**: so far as the display tells the truth.
 * - **affected**: delivered, or the owner of a frame that was delivered to someone else.
 * - Canary homes, the operator’s own sentinels, are in the rows, as evidence, and in none of the counts.
 * - **could have been**: the home had a link in the circle in the window, or a viewing that a crash left open (what went out
 *   at its end is not known), and is not affected.
 */
import type { CameraId, DeviceId, HomeId, KeyId, StreamId } from '@sealcam/protocol';

/** Frames of one key: counters inclusive. */
export interface FrameRange {
  readonly kid: KeyId;
  readonly fromCtr: number;
  readonly toCtr: number;
}

export type ExposureOf =
  | { readonly pair: { readonly cameraModel: string; readonly displayModel: string } }
  /** 'sealed' (the homes' own devices), or a partner's name. */
  | { readonly route: string }
  /** At most 256 ranges. */
  | { readonly frames: readonly FrameRange[] }
  /** An incident of this relay: its route and, where both models are declared, its pair. */
  | { readonly incidentId: string };

export interface ExposureQuestion {
  /** Unix ms, both inclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly of: ExposureOf;
}

/** Foreign frames of one key on one link, added up over the window. */
export interface ExposureRow {
  readonly owner: { readonly homeId: HomeId; readonly cameraId: CameraId; readonly streamId: StreamId };
  /** The device that got them, and what it had asked for. */
  readonly viewer: {
    readonly homeId: HomeId;
    readonly deviceId: DeviceId;
    readonly cameraId: CameraId;
    readonly streamId: StreamId;
  };
  readonly route: string;
  readonly kid: KeyId;
  readonly fromCtr: number;
  readonly toCtr: number;
  /** Frames sent by the relay's own records; shown and refused by the display's signed word; claimed: without such a record. */
  readonly delivered: number;
  readonly shown: number;
  readonly refused: number;
  readonly claimed: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Sets of homes, each sorted by id. Their words are at the head of this file. */
export interface ExposedHomes {
  readonly withBoth: readonly HomeId[];
  readonly delivered: readonly HomeId[];
  readonly shown: readonly HomeId[];
  readonly refused: readonly HomeId[];
  /** Of `delivered`: those of whom nothing but a display's own word speaks. */
  readonly claimedOnly: readonly HomeId[];
  /** Whose frames reached someone else. */
  readonly owners: readonly HomeId[];
  /** With a viewing in the circle that a crash left open. */
  readonly leftOpen: readonly HomeId[];
  readonly couldHave: readonly HomeId[];
}

export interface ExposureAnswer {
  readonly question: ExposureQuestion;
  readonly homes: ExposedHomes;
  /** Ordered by first moment, then key; at most `ROWS_IN_ANSWER` of `rowCount` (the files hold all). */
  readonly rows: readonly ExposureRow[];
  readonly rowCount: number;
  /** Foreign frames in all. `delivered` = sent by the relay's records + claimed. */
  readonly frames: { readonly delivered: number; readonly shown: number; readonly refused: number };
  /** First and last moment at which a foreign frame was delivered; undefined when none was. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  /** The ledger's head that the answer rests on. */
  readonly head: { readonly seq: number; readonly hash: string };
}

export const ROWS_IN_ANSWER = 5_000;
export const MOST_FRAME_RANGES = 256;

/**
 * `csv`: RFC 4180, one line a row. `homes`: the same for homes, one line each. `json`: the whole answer, all rows. `html`: a page to
 * print, complete in itself.
 */
export type ExposureFormat = 'csv' | 'homes' | 'json' | 'html';
export const EXPOSURE_FORMATS: readonly ExposureFormat[] = ['csv', 'homes', 'json', 'html'];

/** The sets of an answer, in the order in which they are told. */
export const SET_NAMES: readonly (keyof ExposedHomes)[] = [
  'withBoth',
  'delivered',
  'shown',
  'refused',
  'claimedOnly',
  'owners',
  'leftOpen',
  'couldHave',
];
