/** What a camera sends beside plain H.264: a main stream this browser cannot play, and sound. */
import { beforeAll, describe, expect, test } from 'vitest';
import { startCameras, type TestCamera } from '../cameras/rig.ts';
import { App } from './app.ts';
import { look, untilSeen } from './look.ts';
import { oneAddress } from './one-address.ts';
import { setScene } from './scene.ts';

let app: App;
const scene = setScene(async ({ sealcam, devices }) => {
  app = new App((await devices.add('admin', 'desktop')).page);
  await app.claim(await sealcam.claimLink(), 'Elm Court');
});

describe('a camera whose main stream is H.265', () => {
  let camera: TestCamera;
  let host: string;

  beforeAll(async () => {
    const [main, sub] = await startCameras([
      { id: 51, codec: 'h265', path: '/stream1', auth: 'digest', width: 640, height: 360, fps: 5 },
      { id: 52, codec: 'h264', path: '/stream2', auth: 'digest' },
    ]);
    camera = main!;
    scene.after(main!.stop);
    const address = await oneAddress({ '/stream1': main!.port, '/stream2': sub!.port });
    scene.after(address.close);
    host = address.host;
  });

  test.each(['brand', 'address'])(
    'added by its %s: its smaller H.264 one is played, and the screen says so',
    async (how) => {
      const name = `Garden by ${how}`;
      await app.openAddCamera();
      if (how === 'brand') {
        await app.button('Choose its brand').click();
        await app.page.getByRole('combobox', { name: 'Brand' }).selectOption('tapo');
        await app.page.getByLabel('Address in your network').fill(host);
      } else {
        await app.page.locator('input[name=url]').fill(`rtsp://${host}/stream1`);
        await app.page.getByText('It has a smaller stream, too').click();
        await app.page.getByLabel('Address of the smaller stream').fill(`rtsp://${host}/stream2`);
      }
      await app.page.getByLabel('User of the camera').fill(camera.user);
      await app.page.getByLabel('Password of the camera').fill(camera.password);
      await app.button('Try it').click();
      await app.page.getByText('640 × 360 · H.265 · a smaller second stream').waitFor();
      await app.page
        .getByText(/this browser cannot play them\. Its smaller picture will be shown instead\./u)
        .waitFor();
      await app.nameCamera(name);

      await untilSeen(app.page, name, ({ state }) => state === 'live');
      expect((await look(app.page, 'record', name, 10)).cameras).toEqual({ 52: 10 });
      await app.tile(name).click();
      const note = app.page.locator('main.single').getByText(`The main picture of ${name} is in a format (H.265)`);
      await note.waitFor();
      const seen = await untilSeen(app.page, name, ({ state, shown }) => state === 'live' && shown.kind === 'live');
      expect(seen.words).toContain('This is its smaller one.');
      expect((await look(app.page, 'record', name, 10)).cameras).toEqual({ 52: 10 });
      await app.page.keyboard.press('Escape');
    },
  );
});

test.each(['aac', 'opus', 'pcmu'] as const)(
  'sound (%s) is off until a person switches it on, then it is heard, and off again',
  async (audio) => {
    const [camera] = await startCameras([{ id: 60, audio }]);
    scene.after(camera!.stop);
    await app.addCamera(`Hall ${audio}`, { url: camera!.url });
    await app.tile(`Hall ${audio}`).click();
    await untilSeen(app.page, `Hall ${audio}`, ({ state }) => state === 'live');
    const { pieces } = await look(app.page, 'heard');
    expect((await look(app.page, 'heard')).running).toBe(0);
    await app.button('Sound on').click();
    await app.button('Sound off').waitFor();
    await app.page.waitForFunction((before) => {
      const heard = (globalThis as unknown as { sealcamEyes: { heard(): { pieces: number } } }).sealcamEyes.heard();
      return heard.pieces > before + 10;
    }, pieces);
    const { running, loudest } = await look(app.page, 'heard');
    expect(running).toBe(1);
    // A tone, not the silence of a decoder that was fed with rubbish.
    expect(loudest).toBeGreaterThan(0.1);
    await app.button('Sound off').click();
    await app.button('Sound on').waitFor();
    await app.page.waitForFunction(() => {
      const heard = (globalThis as unknown as { sealcamEyes: { heard(): { running: number } } }).sealcamEyes.heard();
      return heard.running === 0;
    });
    await app.page.keyboard.press('Escape');
    await camera!.stop();
  },
);
