/** What the probe in a page has counted, as the drill in Node reads it. Types only. */

/** Pictures by the camera that is burnt into their pixels. */
export type ByCamera = Record<number, number>;

export interface Probed {
  /** Every picture that was drawn on any canvas, also one that no refresh put on the screen. */
  readonly drawn: ByCamera;
  /** Different pictures that a refresh of the screen found on any canvas. */
  readonly onScreen: ByCamera;
  /** Drawn pictures in which no whole barcode could be read: nothing is known of whose they are. */
  readonly damaged: number;
}

export type ProbedWindow = typeof globalThis & { readonly sealcamProbed: () => Probed };
