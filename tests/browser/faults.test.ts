/** What goes wrong at home and on the way, and what the screens say meanwhile: nothing old passes for live, and all comes back by itself. */
import { describe, expect, test } from 'vitest';
import { startCamera, type TestCamera } from '../cameras/rig.ts';
import { App } from './app.ts';
import { screenshot } from './devices.ts';
import { Display, pairDisplay } from './display.ts';
import { look, untilSeen } from './look.ts';
import { setScene } from './scene.ts';

const HOME = 'Mill Lane';
const ID = 33;

let app: App;
let display: Display;
let camera: TestCamera;

const scene = setScene(async ({ sealcam, devices, after }) => {
  camera = await startCamera({ id: ID });
  after(() => camera.stop());
  app = new App((await devices.add('admin', 'desktop')).page);
  display = new Display((await devices.add('display', 'tablet')).page);
  await app.claim(await sealcam.claimLink(), HOME);
  await app.addCamera('Porch', { url: camera.url });
  await pairDisplay(app, display, { url: sealcam.url, home: HOME, name: 'Kitchen tablet', cameras: ['Porch'] });
  await app.go('Pictures');
});

const screens = () => [app.page, display.page];
const live = () =>
  Promise.all(
    screens().map((page) => untilSeen(page, 'Porch', ({ state, shown }) => state === 'live' && shown.kind === 'live')),
  );

/** Every state since `follow`; whatever is not called live shows no coloured picture. */
async function wentThrough(): Promise<string[][]> {
  const all = await Promise.all(screens().map((page) => look(page, 'followed', 'Porch')));
  for (const notes of all) {
    for (const { state, grey, showed } of notes)
      if (state === 'late') expect({ grey, showed }).toEqual({ grey: true, showed: 'live' });
      else if (state !== 'live' && state !== 'opening') expect(showed).toBe('nothing');
  }
  return all.map((notes) => notes.map(({ state }) => state));
}

describe('a camera', () => {
  test('that dies is said to be gone, since when and what to do; it is live again when it is back', async () => {
    await live();
    for (const page of screens()) await look(page, 'follow', 'Porch');
    await camera.kill();
    for (const page of screens()) {
      const seen = await untilSeen(page, 'Porch', ({ state }) => state === 'gone');
      expect(seen.shown).toEqual({ kind: 'nothing' });
      expect(seen.words).toMatch(/Porch has not answered since \d\d:\d\d\./u);
      expect(seen.spoken).toMatch(/^Porch, no picture\. Porch has not answered since/u);
    }
    const again = await startCamera({ id: ID, port: camera.port });
    scene.after(again.stop);
    camera = again;
    await live();
    for (const states of await wentThrough()) {
      expect(states[0]).toBe('live');
      expect(states).toContain('gone');
      expect(states.at(-1)).toBe('live');
    }
    const { cameras, damaged } = await look(display.page, 'record', 'Porch', 15);
    expect({ cameras, damaged }).toEqual({ cameras: { [ID]: 15 }, damaged: 0 });
  });

  test('that hangs with its connection open turns grey with its age, then blank; and is live again when it goes on', async () => {
    await live();
    for (const page of screens()) await look(page, 'follow', 'Porch');
    camera.hang();
    for (const page of screens()) {
      const seen = await untilSeen(page, 'Porch', ({ state }) => state === 'gone');
      expect(seen.words).toMatch(/Porch has not answered since \d\d:\d\d\./u);
      expect(seen.shown).toEqual({ kind: 'nothing' });
    }
    camera.resume();
    await live();
    for (const [index, states] of (await wentThrough()).entries()) {
      expect(states.slice(0, 3)).toEqual(['live', 'late', 'gone']);
      expect(states.at(-1)).toBe('live');
      const late = (await look(screens()[index]!, 'followed', 'Porch')).find(({ state }) => state === 'late');
      expect(late?.words).toMatch(/\d+ s behind, poor connection/u);
    }
  });
});

describe('Sealcam itself', () => {
  test('killed at once: display and app say that they are not connected, grey out and blank; started again all is live by itself', async () => {
    await live();
    for (const page of screens()) await look(page, 'follow', 'Porch');
    await scene.sealcam.kill();
    await display.page.getByText('Not connected. It comes back by itself.').waitFor();
    await app.page.getByText(/Not connected since \d\d:\d\d\. Sealcam tries again by itself\./u).waitFor();
    for (const page of screens()) {
      const seen = await untilSeen(page, 'Porch', ({ state }) => state === 'offline');
      expect(seen.words).toMatch(/This screen is not connected since \d\d:\d\d\./u);
      expect(seen.shown).toEqual({ kind: 'nothing' });
    }
    await scene.sealcam.start();
    await live();
    // A picture that opened a moment ago is "opening" again until it is late.
    for (const states of await wentThrough())
      expect(states.filter((state) => state !== 'opening').slice(0, 3)).toEqual(['live', 'late', 'offline']);
    await display.page.getByText('Not connected. It comes back by itself.').waitFor({ state: 'detached' });
  });

  test('a reload keeps the pairing: the keys lie in the browser, and nobody signs in', async () => {
    for (const page of screens()) await page.reload();
    await live();
    await app.heading(HOME).waitFor();
    expect(await display.tiles().count()).toBe(1);
  });

  test('a second tab of one device leaves the work to one of them', async () => {
    const second = await app.page.context().newPage();
    await second.goto(`${scene.sealcam.url}/app`);
    await second.getByRole('heading', { name: 'Sealcam is open in another tab' }).waitFor();
    await second.getByRole('button', { name: 'Use it here' }).click();
    await second.getByRole('heading', { name: HOME }).waitFor();
    await app.heading('Sealcam is open in another tab').waitFor();
    expect(await app.page.locator('canvas').count()).toBe(0);
    await second.close();
    await app.button('Use it here').click();
    await app.heading(HOME).waitFor();
  });
});

test('a display whose browser cleared its keys says whose it was; paired again, the app offers to remove the old entry', async () => {
  const storage = await display.page.context().newCDPSession(display.page);
  const lost = display.page.getByRole('heading', { name: `Kitchen tablet belonged to ${HOME}` });
  // The keys alone, and then all that this browser keeps of the page.
  for (const storageTypes of ['indexeddb', 'all']) {
    await storage.send('Storage.clearDataForOrigin', { origin: scene.sealcam.url, storageTypes });
    await display.page.reload();
    await lost.waitFor();
    await display.page.getByText(/^Its keys are lost: this browser cleared them\./u).waitFor();
  }
  await screenshot(display.page, 'lost-keys');
  await app.openLink(await display.readCode());
  await app.letIn('Kitchen tablet', ['Porch']);
  await display.joinButton(HOME).click();
  await app.page.getByText('Kitchen tablet is in.').waitFor();
  await app.button('Done').click();
  await untilSeen(display.page, 'Porch', ({ state }) => state === 'live');
  await app.go('Devices');
  const entries = app.page.getByRole('list', { name: 'Devices of this home' }).getByText('Kitchen tablet');
  await app.page.getByText(/^Kitchen tablet was paired again\. Its old entry has shown nothing since\./u).waitFor();
  expect(await entries.count()).toBe(2);
  await app.button('Remove the old Kitchen tablet').click();
  await app.button('Remove the old Kitchen tablet').waitFor({ state: 'detached' });
  await expect.poll(() => entries.count()).toBe(1);
  await untilSeen(display.page, 'Porch', ({ state }) => state === 'live');
});

test('an app whose browser cleared its keys says which home it belonged to', async () => {
  const storage = await app.page.context().newCDPSession(app.page);
  await storage.send('Storage.clearDataForOrigin', { origin: scene.sealcam.url, storageTypes: 'indexeddb' });
  await app.page.reload();
  await app.heading(`This device belonged to ${HOME}`).waitFor();
});
