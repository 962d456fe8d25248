/** How a tablet comes to open Sealcam: not while it listens to this machine alone; then by what the pairing page shows. */
import type { Page } from 'playwright-core';
import { encodeReach } from '@sealcam/protocol';
import { expect, test } from 'vitest';
import { App } from './app.ts';
import { violations } from './axe.ts';
import { KINDS, screenshot } from './devices.ts';
import { Display } from './display.ts';
import { look, untilSeen } from './look.ts';
import { setScene } from './scene.ts';

const HOME = 'Maple Street';
const SIZES = [KINDS.phone.viewport, { width: 1024, height: 768 }, KINDS.wide.viewport] as const;

let app: App;
const scene = setScene(async ({ sealcam, devices }) => {
  app = new App((await devices.add('admin', 'desktop')).page);
  await app.claim(await sealcam.claimLink(), HOME);
});

/** Pictures of it in every size, light and dark. @returns what is wrong with it */
async function inspect(page: Page, name: string): Promise<string[]> {
  const before = page.viewportSize() ?? KINDS.desktop.viewport;
  const problems: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    problems.push(...(await violations(page)));
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await look(page, 'frame');
      problems.push(...(await look(page, 'lost')).map((problem) => `at ${size.width} px: ${problem}`));
      await screenshot(page, `${name}-${colorScheme}-${size.width}x${size.height}`);
    }
  }
  await page.setViewportSize(KINDS.phone.viewport);
  await page.evaluate("document.documentElement.style.fontSize = '200%'");
  await look(page, 'frame');
  problems.push(...(await look(page, 'lost')).map((problem) => `letters of 200 %: ${problem}`));
  await page.evaluate("document.documentElement.style.fontSize = ''");
  await page.setViewportSize(before);
  return problems;
}

/** The addresses that the page has codes of, as a tablet's camera reads them. */
async function codes(page: Page): Promise<string[]> {
  const read: string[] = [];
  for (const code of await page.getByRole('img', { name: /^Code of /u }).all()) {
    if (!(await code.isVisible())) continue;
    const png = await code.screenshot({ scale: 'css' });
    read.push(await look(page, 'readQr', png.toString('base64')));
  }
  return read;
}

test('while it listens to this machine alone, no address is shown, but the line that opens it', async () => {
  await app.openPairing();
  await app.page.getByText('Only this computer can open Sealcam now').waitFor();
  await app.page.getByText('npm start -- --host 0.0.0.0 --tls local').waitFor();
  expect(await app.page.getByText('/display').count()).toBe(0);
  expect(await codes(app.page)).toEqual([]);
  expect(await inspect(app.page, 'opened-not-yet')).toEqual([]);
});

test('started with that line, it shows addresses with their codes, and this browser is still the admin', async () => {
  await scene.sealcam.kill();
  await scene.sealcam.start('--host', '0.0.0.0', '--tls', 'local');
  await app.page.reload();
  await app.page.getByText('Scan this with the tablet').waitFor();
  const shown = await codes(app.page);
  expect(shown).toHaveLength(1);
  for (const more of await app.page.getByText('It does not open there').all()) await more.click();
  const all = await codes(app.page);
  for (const each of all) {
    expect(each).toMatch(new RegExp(`^https://[^/]+:${scene.sealcam.port}/display$`, 'u'));
    expect(new URL(each).hostname).not.toMatch(/^(?:localhost|127\.|\[::1\]|\[fe80|169\.254\.|172\.17\.)/u);
    expect(scene.sealcam.printed()).toContain(each);
  }
  expect(await inspect(app.page, 'opened-network')).toEqual([]);
  await app.button('A phone or computer').click();
  expect(await codes(app.page)).toEqual(all.map((each) => each.replace('/display', '/app')));
});

/** Whatever the relay says, instead of what this one does. */
async function whenSaid(body: string, status = 200): Promise<void> {
  await app.page.route('**/reach', (route) => route.fulfill({ status, body, contentType: 'application/json' }));
  await app.page.reload();
}

test('several addresses: the best one first, the others where it does not open', async () => {
  const addresses = [
    'https://192.168.1.20:8420',
    'https://[fd00::20]:8420',
    'https://a-computer-with-a-long-name.local:8420',
  ];
  await whenSaid(encodeReach({ from: 'network', addresses, trust: 'http://192.168.1.20:8421' }));
  await app.page.getByText('Scan this with the tablet').waitFor();
  expect(await codes(app.page)).toEqual([`${addresses[0]}/display`]);
  await app.page.getByText('It does not open there').click();
  expect(await codes(app.page)).toEqual(addresses.map((address) => `${address}/display`));
  expect(await inspect(app.page, 'opened-several')).toEqual([]);
});

test.each([
  ['plain HTTP', encodeReach({ from: 'plain', addresses: [] }), 200, 'over HTTPS only'],
  [
    'a certificate that is good for nothing here',
    encodeReach({ from: 'network', addresses: [] }),
    200,
    'needs one that you have',
  ],
  ['nothing, as a relay of before does', 'Not found.\n', 404, 'did not say another one'],
  ['nonsense', '{"version":1,"from":"network","addresses":["javascript:alert(1)"]}', 200, 'did not say another one'],
])('of %s it says what to do, and shows no address', async (_, body, status, words) => {
  await whenSaid(body, status);
  await app.page.getByText(words).waitFor();
  expect(await codes(app.page)).toEqual([]);
  expect(await app.page.getByText(/(?:\/display|javascript)/u).count()).toBe(0);
});

test('the tablet that opens it, past the warning of its browser, is paired and shows a picture', async () => {
  await app.page.unroute('**/reach');
  await app.page.reload();
  await app.page.getByText('Scan this with the tablet').waitFor();
  const [address = ''] = await codes(app.page);
  const tablet = await scene.devices.add('tablet', 'tablet', { pastWarnings: true });
  await tablet.page.goto(address);
  const display = new Display(tablet.page);
  await display.showDigits();
  await app.typeNumber(await display.meetingNumber());
  await app.typeDigits(await display.sixDigits());
  const camera = (await app.page.getByRole('checkbox').first().locator('xpath=..').innerText()).trim();
  await app.letIn('Kitchen tablet', [camera]);
  await display.joinButton(HOME).click();
  await app.page.getByText('Kitchen tablet is in.').waitFor();
  await untilSeen(tablet.page, camera, ({ state }) => state === 'live');
});
