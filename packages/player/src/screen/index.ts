/** The browser's end of the path: opened units in, pictures and sound out (step 9). Needs DOM and WebCodecs. */
export { missingInBrowser, type MissingFeature } from './support.ts';
export type { ScreenUnit } from './screen-unit.ts';
export { canPlay, MAX_PIXELS, MAX_SIDE } from './playable.ts';
export { PictureDecoder, type DecoderEvents, type DecoderTrouble } from './decoder.ts';
export { Painter, type Painted } from './painter.ts';
export { AudioPlayer, type AudioState } from './audio.ts';
export { paintStill, type StillOutcome } from './still.ts';
export { Picture, type PictureEvents } from './picture.ts';
