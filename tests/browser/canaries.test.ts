/** The canaries' switch in the operator page: on, what they see, off. */
import { expect, test, vi } from 'vitest';
import { canaryCamera } from '../../apps/sealcam/src/canary/canary-camera.ts';
import { ensurePages } from '../../apps/sealcam/src/pages.ts';
import { systemTerminal } from '../../apps/sealcam/src/terminal.ts';
import { keeperOn } from '../canary/flock.ts';
import { kept, onEnd } from '../harness/cleanup.ts';
import { startWorld } from '../harness/world.ts';
import { Devices, screenshot } from './devices.ts';

vi.setConfig({ testTimeout: 120_000 });

test('an operator switches canaries on, reads what they see, and that they see nothing; and off', async () => {
  const pages = await ensurePages(systemTerminal);
  const world = kept(await startWorld({ operator: true, pages }));
  const { relay } = world;
  let stands = false;
  keeperOn(world, {
    camera: (of) => (listener) =>
      canaryCamera(of)({ ...listener, onUnit: (unit) => (stands ? undefined : listener.onUnit(unit)) }),
  });
  const devices = kept(await Devices.open());
  onEnd(() => expect(devices.troubles).toEqual([]));
  const { page } = await devices.add('Ada', 'desktop');
  const code = await relay.operators.invite({ name: 'Ada', role: 'lift', by: 'terminal' });
  await page.goto(`http://localhost:${relay.port}/operator#join=${code}`);
  await page.getByLabel(/password/iu).fill('a sentence that nobody guesses');
  await page.getByRole('button', { name: 'Use this password' }).click();
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Policy', exact: true }).click();
  await page.getByRole('switch', { name: 'Canaries are off' }).click();
  await page.getByRole('switch', { name: 'Canaries are on' }).waitFor();
  const count = (name: string): ReturnType<typeof page.locator> =>
    page.locator('dl.counts > div').filter({ hasText: name }).locator('dd');
  await expect.poll(() => count('Own marks seen').innerText(), { timeout: 30_000 }).toMatch(/^[1-9]/);
  expect(await count('Canary homes').innerText()).toBe('2');
  expect(await count('Routes').innerText()).toBe('1');
  await page.getByText('They watch by the homes’ own displays.').waitFor();
  expect(await count('Foreign marks').innerText()).toBe('0');
  await count('Own marks seen').scrollIntoViewIfNeeded();
  await screenshot(page, 'operator-canaries');
  stands = true;
  await page.getByText('2 of their 2 screens have seen nothing for ten seconds').waitFor({ timeout: 60_000 });
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Health', exact: true }).click();
  await page.getByText('Canaries: 2 of their 2 screens').waitFor();
  await screenshot(page, 'operator-canaries-silent');
  await page.getByRole('link', { name: 'Look at the canaries' }).click();
  await page.getByRole('switch', { name: 'Canaries are on' }).click();
  await page.getByRole('switch', { name: 'Canaries are off' }).waitFor();
  await vi.waitUntil(() => relay.canaries.status().homes === 0, { timeout: 30_000 });
});
