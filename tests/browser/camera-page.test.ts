/** The page of one camera: what it sends, what was odd, what to change; and what every screen says while a camera takes its time. Pictures are kept. */
import { expect, test } from 'vitest';
import { startOdd } from '../cameras/odd-camera.ts';
import { noise, type HostileCamera } from '../cameras/hostile.ts';
import { startCamera, type TestCamera } from '../cameras/rig.ts';
import { App } from './app.ts';
import { KINDS, screenshot } from './devices.ts';
import { look } from './look.ts';
import { setScene } from './scene.ts';

let app: App;
let good: TestCamera;
let odd: HostileCamera;

setScene(async ({ sealcam, devices, after }) => {
  good = await startCamera({ id: 5, audio: 'aac' });
  odd = await startOdd({
    ...{
      fps: 1 / 3,
      timestamp: () => 4711,
      between: (index) => (index % 2 === 0 ? noise(30, 'between') : Buffer.alloc(0)),
    },
    sdp: () => 'm=audio 0 RTP/AVP 97\r\na=rtpmap:97 G726-32/8000\r\na=control:track2\r\n',
  });
  after(async () => {
    await good.stop();
    await odd.stop();
  });
  app = new App((await devices.add('admin', 'phone')).page);
  await app.claim(await sealcam.claimLink(), 'Orchard House');
  await app.addCamera('Porch', good);
  await app.addCamera('Old barn', { url: odd.url });
}, 240_000);

async function open(name: string): Promise<void> {
  await app.go('Cameras');
  await app.page
    .getByRole('link', { name: new RegExp(name, 'u') })
    .first()
    .click();
  await app.heading(name).waitFor();
}

/** What stands beside a word in the list of facts. */
async function fact(name: string): Promise<string> {
  const value = app.page.locator('dl.facts dt', { hasText: new RegExp(`^${name}`, 'u') }).locator('+ dd');
  return await value.innerText();
}

async function keep(name: string): Promise<void> {
  for (const kind of ['phone', 'tablet', 'wide'] as const) {
    await app.page.setViewportSize(KINDS[kind].viewport);
    expect(await look(app.page, 'lost')).toEqual([]);
    await screenshot(app.page, `camera-page-${name}-${kind}`);
  }
  await app.page.setViewportSize(KINDS.phone.viewport);
}

test('a good camera: what it sends, and nothing odd', async () => {
  await open('Porch');
  await expect
    .poll(async () => await fact('Picture'), { timeout: 30_000 })
    .toMatch(/pictures a second · a full one every 1 s/u);
  expect(await fact('Picture')).toMatch(
    /^H\.264 [\w ]+ \d\.\d · 320 × 180\n1[3-7](?:\.\d)? pictures a second · .* kbit\/s · TCP$/u,
  );
  expect(await fact('Sound')).toMatch(/^AAC \d+(?:\.\d)? kHz/u);
  expect(await fact('State')).toMatch(/^Sends pictures since \d\d:\d\d$/u);
  expect(await fact('Last')).toMatch(/^[\d,]+ pictures, all whole$/u);
  expect(await app.page.getByText('What is odd about it').count()).toBe(0);
  await keep('good');
});

test('an odd one: each oddity with what to change, while its picture is shown with its age', async () => {
  await open('Old barn');
  const notes = app.page.locator('.note');
  await expect
    .poll(async () => await notes.allInnerTexts().then((texts) => texts.join('\n')), { timeout: 60_000, interval: 500 })
    .toMatch(/It is a slow camera: a picture comes every 3 s/u);
  const words = (await notes.allInnerTexts()).join('\n');
  expect(words).toContain('Stray bytes came between its packets.');
  expect(words).toContain('Besides, it offers sound as G.726. Sealcam leaves that alone.');
  expect(await fact('Picture')).toMatch(/\n\d\d pictures a minute · /u);
  await keep('odd');
});

test('one that goes away: since when, why, how often; a press tries it at once', async () => {
  await open('Porch');
  await good.kill();
  await expect
    .poll(async () => await fact('State'), { timeout: 40_000 })
    .toMatch(/^Does not answer since \d\d:\d\d · /u);
  expect(await fact('Last')).toMatch(/pictures, all whole\nAway once, \d+ seconds? in all\.\nonce: /u);
  await keep('gone');
  await app.button('Try again now').click();
  await expect.poll(async () => await app.page.getByText('Trying…').count(), { timeout: 10_000 }).toBe(0);
  expect(await fact('State')).toMatch(/^Does not answer/u);
});
