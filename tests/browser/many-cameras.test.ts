/** A home of twenty cameras: on a phone, a tablet and a desktop each is there once, whole, readable and its own. Pictures of it are kept. */
import { expect, test } from 'vitest';
import { startCameras, type TestCamera } from '../cameras/rig.ts';
import { App } from './app.ts';
import { KINDS, screenshot } from './devices.ts';
import { look, untilSeen } from './look.ts';
import { setScene } from './scene.ts';

const HOME = 'Orchard House';
const FIRST_ID = 100;
/** One name is as long as a person would ever make it. */
const NAMES = Array.from({ length: 20 }, (_, n) =>
  n === 6 ? 'Passage behind the old stables 07' : `Camera ${String(n + 1).padStart(2, '0')}`,
);

let app: App;
let cameras: readonly TestCamera[];

setScene(async ({ sealcam, devices, after }) => {
  cameras = await startCameras(NAMES.map((_, n) => ({ id: FIRST_ID + n, fps: 5, clip: true })));
  after(async () => cameras[0]?.stop());
  app = new App((await devices.add('admin', 'desktop')).page);
  await app.claim(await sealcam.claimLink(), HOME);
  for (const [n, name] of NAMES.entries()) await app.addCamera(name, { url: cameras[n]?.url ?? '' });
  await app.go('Pictures');
}, 240_000);

interface Tile {
  readonly name: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where each tile is, whether or not one must scroll to see it. */
async function tiles(): Promise<readonly Tile[]> {
  const links = await app.page.getByRole('list', { name: 'Cameras' }).getByRole('link').all();
  return await Promise.all(
    links.map(async (link) => {
      const spoken = await link.getByRole('img').first().getAttribute('aria-label');
      const box = await link.boundingBox();
      if (spoken === null || box === null) throw new Error('a tile without a picture');
      const { x, y, width, height } = box;
      return { name: spoken.split(', ')[0] ?? '', left: x, top: y, right: x + width, bottom: y + height };
    }),
  );
}

function overlap(a: Tile, b: Tile): boolean {
  return a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
}

test.each(['phone', 'tablet', 'desktop', 'wide'] as const)('twenty cameras on a %s', async (kind) => {
  const { page } = app;
  const { viewport } = KINDS[kind];
  await page.setViewportSize(viewport);
  const all = await tiles();
  expect(all.map(({ name }) => name).filter((name) => name !== 'Demo')).toEqual(NAMES);
  for (const tile of all) {
    expect(tile.left, tile.name).toBeGreaterThanOrEqual(0);
    expect(tile.right, tile.name).toBeLessThanOrEqual(viewport.width);
    expect((tile.right - tile.left) / (tile.bottom - tile.top), tile.name).toBeCloseTo(16 / 9, 1);
    expect(all.filter((other) => other !== tile && overlap(tile, other)).map(({ name }) => name)).toEqual([]);
  }
  expect(await look(page, 'lost')).toEqual([]);
  for (const n of [0, 6, 19]) {
    const name = NAMES[n] ?? '';
    await app.tile(name).scrollIntoViewIfNeeded();
    const seen = await untilSeen(page, name, ({ state, shown }) => state === 'live' && shown.kind === 'live');
    const word = await app.tile(name).getByText('Live', { exact: true }).boundingBox();
    expect(word?.height, 'one word on one line').toBeLessThan(32);
    expect(seen.shown).toMatchObject({ barcode: { cameraId: FIRST_ID + n } });
    await screenshot(page, `twenty-cameras-${String(n + 1).padStart(2, '0')}-${viewport.width}x${viewport.height}`);
  }
});
