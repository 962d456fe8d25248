/** How old a picture is when it is on the canvas, and how much of that is ours: read from the barcode a live camera burns in. */
import { barcodeAgeMs, decodeBarcode } from '../../../tests/cameras/barcode.ts';
import { startCamera } from '../../../tests/cameras/rig.ts';
import { median, quantile, type Bench } from '../figure.ts';
import { startSealcam } from '../home/household.ts';
import { CAMERA, builtPages, drawnFrames, openDisplay, tapToPainted } from '../screen/display-page.ts';
import type { Drawn } from '../screen/page/probed.ts';

/** While a kept GOP is caught up with, pictures lie in the past by intent. */
const SETTLE_MS = 5_000;

interface Ages {
  /** From painted in the camera to drawn on the canvas. */
  readonly canvas: number;
  /** From painted in the camera to its first packet at the agent: the camera's encoder and server. */
  readonly camera: number;
  /** From there to drawn on the canvas: agent, relay, viewer, decoder, screen refresh. */
  readonly added: number;
}

function agesOf({ atMs, arrivedMs, cells }: Drawn): Ages | undefined {
  const bytes = Uint8Array.from({ length: 10 }, (_, at) => Number.parseInt(cells.slice(8 * at, 8 * at + 8), 2));
  const barcode = decodeBarcode(bytes);
  if (barcode === undefined) return undefined;
  // The barcode's clock is cut to whole milliseconds: on average half of one too old.
  const canvas = barcodeAgeMs(barcode, atMs) + (atMs % 1) - 0.5;
  const camera = barcodeAgeMs(barcode, arrivedMs) + (arrivedMs % 1) - 0.5;
  return { canvas, camera, added: canvas - camera };
}

export const addedDelay: Bench = {
  name: 'added-delay',
  about: 'camera to canvas of a live 720p15 camera, read from the barcode in the picture',
  run: async ({ quick, progress }) => {
    const seconds = quick ? 20 : 60;
    const pages = await builtPages();
    const camera = await startCamera({ id: 11, width: 1280, height: 720, gop: 60 });
    const sealcam = await startSealcam({ relay: { pages }, agent: {} });
    let screen;
    let drawn: readonly Drawn[] = [];
    try {
      screen = await openDisplay(sealcam.relayUrl.replace(/^ws/u, 'http'), sealcam.claimLink ?? '', camera.url);
      await tapToPainted(screen);
      await screen.page.waitForTimeout(SETTLE_MS);
      progress(`watching ${CAMERA} for ${String(seconds)} s`);
      drawn = await drawnFrames(screen, 1000 * seconds);
    } finally {
      await screen?.close();
      await sealcam.close();
      await camera.stop();
    }
    const ages = drawn.map(agesOf).filter((age) => age !== undefined);
    progress(`${String(drawn.length)} frames drawn, the barcode of ${String(ages.length)} read`);
    if (ages.length < 0.9 * drawn.length || ages.length === 0) throw new Error('the barcode could not be read');
    const samples = {
      added: ages.map(({ added }) => added),
      canvas: ages.map(({ canvas }) => canvas),
      camera: ages.map(({ camera: inCamera }) => inCamera),
    };
    const trials = ages.length;
    return {
      samples,
      figures: [
        { name: 'added-delay', value: median(samples.added), unit: 'ms', bar: { most: 30 }, trials },
        { name: 'added-delay-p95', value: quantile(samples.added, 0.95), unit: 'ms', trials },
        { name: 'camera-to-canvas', value: median(samples.canvas), unit: 'ms', trials },
        { name: 'camera-to-agent', value: median(samples.camera), unit: 'ms', trials },
      ],
    };
  },
};
