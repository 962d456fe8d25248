/** A newcomer's first minutes: from the link on the terminal to a live picture, and then a camera of one's own. */
import { describe, expect, test } from 'vitest';
import { barcodeAgeMs } from '../cameras/barcode.ts';
import { startCamera, type TestCamera } from '../cameras/rig.ts';
import { App } from './app.ts';
import { look, untilSeen } from './look.ts';
import { setScene } from './scene.ts';

let app: App;
let link: string;
const scene = setScene(async ({ sealcam, devices }) => {
  app = new App((await devices.add('admin', 'desktop')).page);
  link = await sealcam.claimLink();
});

describe('the claim link', () => {
  test('makes a home in three screens, the recovery sheet left for later', async () => {
    await app.page.goto(link);
    await app.heading('This becomes your home').waitFor();
    // The secret is not in the address bar's path, which servers see.
    expect(new URL(app.page.url()).search).toBe('');
    await app.page.getByLabel('What do you call it?').fill('Maple Street');
    await app.button('Make it mine').click();

    await app.heading('Recovery sheet').waitFor();
    const words = await app.page.getByRole('list', { name: '24 words' }).getByRole('listitem').allInnerTexts();
    expect(words).toHaveLength(24);
    for (const word of words) expect(word).toMatch(/^\d+\s+[a-z]{3,8}$/u);
    const code = await app.page.getByRole('img', { name: 'Recovery code' }).screenshot();
    const read = await look(app.page, 'readQr', code.toString('base64'));
    expect(read.length).toBeGreaterThan(40);
    await app.button('Later').click();

    await app.heading('Maple Street').waitFor();
  });

  test('and the demo camera is live: its picture moves, and it says so', async () => {
    const tile = app.page.getByRole('list', { name: 'Cameras' }).getByRole('link');
    await tile.waitFor();
    const name = (await tile.getByRole('img').getAttribute('aria-label'))?.split(', ')[0] ?? '';
    const first = await untilSeen(app.page, name, ({ state, shown }) => state === 'live' && shown.kind === 'live');
    expect(first.spoken).toBe(`${name}, live`);
    expect(first.words).toContain('Live');
    const sum = first.shown.kind === 'live' ? first.shown.sum : 0;
    await untilSeen(app.page, name, ({ shown }) => shown.kind === 'live' && shown.sum !== sum);
  });

  test('works once: for another browser it is used up, with the way out in words', async () => {
    const other = await scene.devices.add('too late', 'phone');
    await other.page.goto(link);
    await new App(other.page).button('Make it mine').click();
    const alert = other.page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(/This code .*(not known|used)/u);
    expect(await alert.innerText()).toContain('terminal at home shows a fresh link');
  });

  test('in a browser that has a home already, changes nothing', async () => {
    await app.page.goto(link);
    await app.heading('This browser belongs to Maple Street already').waitFor();
    // The secret is gone from the address and its history, and the way on leads on.
    expect(app.page.url()).not.toContain(link.split('=')[1]);
    await app.go('Pictures');
    await app.heading('Maple Street').waitFor();
  });
});

describe('adding a camera', () => {
  let camera: TestCamera;

  test('with a wrong path or password says how far it came and what to do; what is no address was not tried', async () => {
    camera = await startCamera({ id: 77, auth: 'digest' });
    scene.after(camera.stop);
    await app.openAddCamera();
    const alert = app.page.getByRole('alert');
    const steps = app.page.getByRole('list', { name: 'Trying the camera' }).getByRole('listitem');
    await app.tryCamera({ url: 'front door' });
    await alert.getByText('This is not a camera address.').waitFor();
    expect(await steps.count()).toBe(0);
    const account = { user: camera.user, password: camera.password };
    await app.tryCamera({ url: camera.url.replace(/cam$/u, 'elsewhere'), ...account });
    await alert.getByText('it has no stream at that path').waitFor();
    expect((await steps.allInnerTexts()).at(-1)).toBe('Found its stream: no');
    await app.tryCamera({ url: camera.url, user: camera.user, password: 'wrong' });
    await alert.getByText('password was refused').waitFor();
    expect(await steps.allInnerTexts()).toEqual(['Reached the address', 'It speaks RTSP', 'Signed in: no']);
  });

  test('keeps what was typed but never the password in sight, and with the right one shows its picture', async () => {
    expect(await app.page.locator('input[name=url]').inputValue()).toBe(camera.url);
    expect(await app.page.getByLabel('Password of the camera').getAttribute('type')).toBe('password');
    await app.page.getByLabel('Password of the camera').fill(camera.password);
    await app.button('Try it').click();
    const preview = app.page.getByRole('img', { name: 'What the camera sees now' });
    await preview.waitFor();
    await app.page.getByText('320 × 180 · H.264').waitFor();
    await app.page.waitForFunction(() => {
      const canvas = (
        globalThis as unknown as { document: { querySelector(q: string): { width: number } } }
      ).document.querySelector('canvas.preview');
      return canvas.width === 320;
    });
  });

  test('named, it is on the grid, live, and it is that camera and no other', async () => {
    await app.nameCamera('Front door', 'Hall');
    await app.heading('Maple Street').waitFor();
    await untilSeen(app.page, 'Front door', ({ state }) => state === 'live');
    const { cameras, damaged } = await look(app.page, 'record', 'Front door', 30);
    expect(cameras).toEqual({ 77: 30 });
    expect(damaged).toBe(0);
    const { shown, nowMs } = await untilSeen(
      app.page,
      'Front door',
      (seen) => seen.shown.kind === 'live' && seen.shown.barcode !== undefined,
    );
    const barcode = shown.kind === 'live' ? shown.barcode : undefined;
    // One clock paints and reads: an age below zero or above a few seconds is not this camera's present.
    const ageMs = barcodeAgeMs(barcode!, nowMs);
    expect(ageMs).toBeGreaterThanOrEqual(0);
    expect(ageMs).toBeLessThan(5_000);
  });

  test.each([
    ['ftp://127.0.0.1/', /begins with rtsp/u],
    ['http://127.0.0.1:1/', /nothing listens on that port|Nothing answers/u],
    ['rtsp://127.0.0.1:1/cam', /nothing listens on that port|Nothing answers/u],
  ])('%s is refused with what to try', async (url, words) => {
    await app.openAddCamera();
    await app.tryCamera({ url });
    const alert = app.page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(words);
  });
});
