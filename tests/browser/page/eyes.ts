/** What the tests can ask of a page: index.ts answers, inside it; ../look.ts asks. Types only. */
import type { Barcode } from '../../cameras/barcode.ts';

export type Shown =
  /** No canvas with a picture is visible. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'live' | 'still';
      readonly width: number;
      readonly height: number;
      /** Another one for another picture. */
      readonly sum: number;
      readonly grey: boolean;
      readonly barcode?: Barcode;
    };

export interface Seen {
  readonly state: string;
  /** What a screen reader says. */
  readonly spoken: string;
  /** What is written on it. */
  readonly words: string;
  readonly shown: Shown;
  /** The clock of the page. */
  readonly nowMs: number;
}

export interface Followed {
  readonly state: string;
  readonly words: string;
  readonly showed: Shown['kind'];
  readonly grey: boolean;
}

export interface PageEyes {
  see(camera: string): Seen | undefined;
  /** @returns how many different pictures of which camera id were on that camera's live canvas, and how many could not be read */
  record(
    camera: string,
    pictures: number,
  ): Promise<{ readonly cameras: Record<number, number>; readonly damaged: number }>;
  follow(camera: string): void;
  followed(camera: string): readonly Followed[];
  /** The next one is drawn. */
  frame(): Promise<void>;
  readQr(png: string): Promise<string>;
  lost(): readonly string[];
  heard(): { readonly running: number; readonly pieces: number; readonly loudest: number };
}
