/** What the probe in the page has noted, as the figures read it. */

/** One frame drawn on a canvas of a full-screen picture. */
export interface Drawn {
  /** Unix ms, with fractions, when the call returned. */
  readonly atMs: number;
  /** The agent's clock when the first packet of it came, Unix ms: what the decoder was given as timestamp. */
  readonly arrivedMs: number;
  /** The 80 cells of the barcode as 0 and 1. */
  readonly cells: string;
}

export interface ProbeWindow {
  sealcamProbe: {
    /** When the last click happened, by the browser's stamp of the input event, on the page's clock. */
    tappedMs: number;
    /** When, after that, the first live frame was visible and its refresh over; undefined while there is none. */
    paintedMs: number | undefined;
    /** Collects drawn frames while it is an array. */
    drawn: Drawn[] | undefined;
  };
}
