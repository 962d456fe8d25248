/**
 * Runs in a page before anything of it, and reads whose picture is in the pixels: of every picture that is drawn on a canvas, by
 * standing in front of the browser's own `drawImage`, and at each refresh of what is on the canvases. The page knows nothing of it.
 */
import { BARCODE, readBarcode, type Barcode } from '../../../../tests/cameras/barcode.ts';
import type { ByCamera, Probed } from './probed.ts';

const drawn: ByCamera = {};
const onScreen = new Map<number, Set<number>>();
const canvases = new Set<HTMLCanvasElement>();
let damaged = 0;

/** 'empty' where nothing is drawn, undefined where something is and nobody knows whose it is. */
function barcodeOn(context: CanvasRenderingContext2D): Barcode | 'empty' | undefined {
  const { width } = context.canvas;
  const height = Math.ceil((BARCODE.rows * width) / BARCODE.columns);
  if (width === 0 || height > context.canvas.height) return 'empty';
  const { data } = context.getImageData(0, 0, width, height);
  if (data.every((byte) => byte === 0)) return 'empty';
  return readBarcode(data, width, height);
}

type Draw = (this: CanvasRenderingContext2D, ...args: unknown[]) => void;
const browsers = CanvasRenderingContext2D.prototype as unknown as { drawImage: Draw };
const { drawImage } = browsers;
browsers.drawImage = function (...args) {
  drawImage.apply(this, args);
  // A scratch canvas that was never put into the page is nobody's screen, but its pixels may go there: it counts as drawn.
  canvases.add(this.canvas);
  const barcode = barcodeOn(this);
  if (barcode === 'empty' || barcode === undefined) damaged += 1;
  else drawn[barcode.cameraId] = (drawn[barcode.cameraId] ?? 0) + 1;
};

const refresh = (): void => {
  for (const canvas of canvases) {
    const context = canvas.isConnected ? canvas.getContext('2d') : null;
    const barcode = context === null ? 'empty' : barcodeOn(context);
    if (barcode === 'empty') continue;
    const { cameraId, counter } = barcode ?? { cameraId: -1, counter: 0 };
    onScreen.set(cameraId, (onScreen.get(cameraId) ?? new Set()).add(counter));
  }
  requestAnimationFrame(refresh);
};
requestAnimationFrame(refresh);

const probed = (): Probed => ({
  drawn: { ...drawn },
  onScreen: Object.fromEntries([...onScreen].map(([camera, counters]) => [camera, counters.size])),
  damaged,
});
Object.assign(globalThis, { sealcamProbed: probed });
