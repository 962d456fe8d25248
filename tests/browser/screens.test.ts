/** Every screen, light and dark: what a screen reader, a keyboard and a person with large letters find there. Pictures of it are kept. */
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { startCamera, type TestCamera } from '../cameras/rig.ts';
import { App } from './app.ts';
import { violations } from './axe.ts';
import { KINDS, screenshot, type Device } from './devices.ts';
import { Display, pairDisplay } from './display.ts';
import { look, untilSeen } from './look.ts';
import { setScene } from './scene.ts';

const HOME = 'Maple Street';
const CAMERA = { id: 5, auth: 'digest', audio: 'pcmu', width: 640, height: 360 } as const;

let app: App;
let camera: TestCamera;
let display: Display;

const scene = setScene(async ({ sealcam, devices, after }) => {
  camera = await startCamera(CAMERA);
  after(camera.stop);
  app = new App((await devices.add('admin', 'desktop')).page);
  display = new Display((await devices.add('display', 'tablet')).page);
  await visit(app.page, 'claim', async () => {
    await app.page.goto(await sealcam.claimLink());
    await app.heading('This becomes your home').waitFor();
  });
  await app.page.getByLabel('What do you call it?').fill(HOME);
  await app.button('Make it mine').click();
  await visit(app.page, 'recovery sheet', () => app.heading('Recovery sheet').waitFor());
  await app.button('Later').click();
  await app.addCamera('Front door', { url: camera.url, user: camera.user, password: camera.password });
  await visit(display.page, 'display pairing', async () => {
    await display.open(sealcam.url);
    await display.page.getByRole('img', { name: 'Pairing code of this device' }).waitFor();
  });
  await pairDisplay(app, display, { url: sealcam.url, home: HOME, name: 'Kitchen tablet', cameras: ['Front door'] });
});

/** What axe and the large letters found, by screen. */
const found: { readonly screen: string; readonly problems: readonly string[] }[] = [];

/** Goes to a screen and looks at it in light and dark. */
async function visit(page: Page, screen: string, go: () => Promise<void>): Promise<void> {
  await go();
  const problems: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    problems.push(...(await violations(page)).map((problem) => `${colorScheme}: ${problem}`));
    await photographs(page, `${screen} ${colorScheme}`);
  }
  problems.push(...(await atTwiceTheSize(page, screen)));
  found.push({ screen, problems });
}

const SIZES = { ...KINDS } as const;

async function photographs(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  for (const { viewport } of Object.values(SIZES)) {
    await page.setViewportSize(viewport);
    await look(page, 'frame');
    await screenshot(page, `${name} ${viewport.width}x${viewport.height}`.replaceAll(' ', '-'));
  }
  if (before !== null) await page.setViewportSize(before);
}

/** Letters of twice the size on a phone: everything is still there, and nothing moves sideways. */
async function atTwiceTheSize(page: Page, screen: string): Promise<string[]> {
  const before = page.viewportSize();
  await page.setViewportSize(KINDS.phone.viewport);
  const problems = (await look(page, 'lost')).map((problem) => `at 390 px: ${problem}`);
  await page.evaluate("document.documentElement.style.fontSize = '200%'");
  await look(page, 'frame');
  problems.push(...(await look(page, 'lost')).map((problem) => `at 390 px, letters of 200 %: ${problem}`));
  await screenshot(page, `${screen} large`.replaceAll(' ', '-'));
  await page.evaluate("document.documentElement.style.fontSize = ''");
  if (before !== null) await page.setViewportSize(before);
  return problems;
}

test('all screens are looked at', async () => {
  const { page } = app;
  const id = async (): Promise<string> => (await app.tile('Front door').getAttribute('href'))?.split('/').at(-1) ?? '';
  await app.go('Pictures');
  const cameraId = await id();
  const at = (place: string) => `${scene.sealcam.url}/app#/${place}`;
  await visit(page, 'grid', async () => void (await untilSeen(page, 'Front door', ({ state }) => state === 'live')));
  await visit(page, 'one camera', async () => {
    await page.goto(at(`watch/${cameraId}`));
    await untilSeen(page, 'Front door', ({ state }) => state === 'live');
  });
  await visit(page, 'who can open', async () => {
    await page.goto(at(`who/${cameraId}`));
    await app.heading('Who can open Front door').waitFor();
  });
  await visit(page, 'cameras', async () => {
    await page.goto(at('cameras'));
    await app.heading('Cameras').waitFor();
  });
  await visit(page, 'add a camera', async () => {
    await page.goto(at('cameras/add'));
    await app.heading('Add a camera').waitFor();
  });
  await visit(page, 'add a camera failed', async () => {
    await app.tryCamera({ url: 'rtsp://127.0.0.1:1/cam' });
    await page.getByRole('alert').waitFor();
  });
  await visit(page, 'a camera’s settings', async () => {
    await page.goto(at(`cameras/${cameraId}`));
    await app.heading('Front door').waitFor();
    await page.getByText('Sends pictures').waitFor();
  });
  await visit(page, 'devices', async () => {
    await page.goto(at('devices'));
    await app.heading('Devices').waitFor();
    await page.getByText('Kitchen tablet').waitFor();
  });
  await visit(page, 'a device', async () => {
    await page.getByRole('link', { name: 'Change Kitchen tablet' }).click();
    await app.heading('Kitchen tablet').waitFor();
  });
  await visit(page, 'removing a device', async () => {
    await app.button('Remove Kitchen tablet').click();
    await page.getByRole('dialog').waitFor();
  });
  await app.button('Keep it').click();
  await visit(page, 'pairing', async () => {
    await page.goto(at('devices/pair'));
    await app.heading('Add a device').waitFor();
  });
  await visit(page, 'activity', async () => {
    await page.goto(at('activity'));
    await page.getByRole('list', { name: 'What was shown' }).waitFor();
  });
  await visit(page, 'settings', async () => {
    await page.goto(at('settings'));
    await page.getByText('Sealcam at home').waitFor();
  });
  await visit(display.page, 'display home', async () => {
    await untilSeen(display.page, 'Front door', ({ state }) => state === 'live');
  });
  await visit(display.page, 'display camera', async () => {
    await display.tile('Front door').click();
    await display.full('Front door').waitFor();
    await untilSeen(display.page, 'Front door', ({ state }) => state === 'live');
  });
  await visit(display.page, 'display sentence', async () => {
    await display.page.keyboard.press('/');
    await display.page.getByRole('form', { name: 'What to show' }).waitFor();
  });
  await display.page.keyboard.press('Escape');
  await display.page.keyboard.press('Escape');
  await visit(display.page, 'display settings', async () => {
    await display.page.getByRole('button', { name: 'Settings of this display' }).click();
    await display.page.getByRole('dialog').waitFor();
  });
  await display.page.getByRole('button', { name: 'Done' }).click();
  await camera.kill();
  await visit(display.page, 'display without the camera', async () => {
    await untilSeen(display.page, 'Front door', ({ state }) => state === 'gone');
  });
  await visit(page, 'grid without the camera', async () => {
    await app.go('Pictures');
    await untilSeen(page, 'Front door', ({ state }) => state === 'gone');
  });
  const again = await startCamera({ ...CAMERA, port: camera.port });
  scene.after(again.stop);
  await untilSeen(page, 'Front door', ({ state }) => state === 'live');
  await visit(page, 'a link that is used up', async () => {
    await page.goto(at('').replace('#/', '#pair=AAAA'));
    await page.getByRole('alert').waitFor();
  });
  expect(found.length).toBe(23);
}, 240_000);

test('axe finds nothing serious on any of them, and letters of twice the size lose nothing', () => {
  expect(found.filter(({ problems }) => problems.length > 0)).toEqual([]);
});

test('and both would be noticed: a button without a name, words in too faint a color, a line that does not fit', async () => {
  const { page } = await scene.devices.add('control', 'desktop');
  await page.setViewportSize(KINDS.phone.viewport);
  await page.setContent(
    `<!doctype html><html lang="en"><title>t</title><main><h1>Broken</h1><button></button>
     <p style="color:#ccc;background:#fff">faint</p><p style="width:900px">${'wide '.repeat(40)}</p>
     <div class="box" style="overflow:hidden;height:1em"><p style="margin:0">one<br>two, hidden</p></div></main>`,
  );
  const ids = (await violations(page)).map((problem) => problem.split(':')[0]);
  expect(ids).toEqual(expect.arrayContaining(['button-name', 'color-contrast']));
  const lost = await look(page, 'lost');
  expect(lost).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^the page is \d+ px wide$/u),
      expect.stringMatching(/^"wide .* sticks out/u),
      expect.stringMatching(/two, hidden.* is cut by \.box/u),
    ]),
  );
});

describe('with the keyboard alone', () => {
  let device: Device;
  const focused = () =>
    device.page.evaluate(() => {
      const { document: page } = globalThis as unknown as {
        document: { activeElement: { innerText: string; ariaLabel: string | null; name?: string } };
      };
      return page.activeElement.ariaLabel ?? (page.activeElement.name || page.activeElement.innerText);
    });
  /** Tabs on until the thing with that name has the focus, as a person does; and no further than one round. */
  async function tabTo(name: string | RegExp): Promise<void> {
    const seen: string[] = [];
    for (let presses = 0; presses < 40; presses += 1) {
      const now = (await focused()).trim();
      if (typeof name === 'string' ? now === name : name.test(now)) return;
      seen.push(now);
      await device.page.keyboard.press('Tab');
    }
    throw new Error(`no way to ${String(name)}: ${seen.join(' | ')}`);
  }
  /** The same where the thing has another name than what it says. */
  async function tabOnto(page: Page, wanted: Locator): Promise<void> {
    const hasFocus = async (): Promise<boolean> =>
      await wanted.evaluate((node) => (node as unknown as { matches(query: string): boolean }).matches(':focus'));
    for (let presses = 0; presses < 20 && !(await hasFocus()); presses += 1) await page.keyboard.press('Tab');
    expect(await hasFocus()).toBe(true);
  }
  const press = (key: string) => device.page.keyboard.press(key);

  test('a display is let in, a camera watched, and everything left again', async () => {
    device = { ...(await scene.devices.add('keyboard', 'desktop')), page: app.page };
    const other = new Display((await scene.devices.add('second display', 'tablet')).page);
    await other.open(scene.sealcam.url);
    await other.showDigits();
    await app.go('Pictures');
    await untilSeen(app.page, 'Front door', ({ state }) => state === 'live');

    await tabTo(/^Front door\s+Live/u);
    await press('Enter');
    await app.page.locator('main.single').waitFor();
    await press('ArrowRight');
    await app.page
      .locator('main.single')
      .getByRole('heading', { name: /^(?!Front door)/u })
      .waitFor();
    await press('Escape');
    await app.heading(HOME).waitFor();

    await tabTo('Devices');
    await press('Enter');
    await app.heading('Devices').waitFor();
    await tabTo('Add a device');
    await press('Enter');
    await app.heading('Add a device').waitFor();
    await tabTo('number');
    await app.page.keyboard.type(await other.meetingNumber());
    await press('Enter');
    await app.page.getByLabel(/Six digits/u).waitFor();
    await tabTo('digits');
    await app.page.keyboard.type(await other.sixDigits());
    await press('Enter');
    await app.page.getByLabel('Its name').waitFor();
    await tabTo('name');
    await app.page.keyboard.type('Hall tablet');
    const box = app.page.getByRole('checkbox', { name: 'Front door' });
    await tabOnto(app.page, box);
    await press('Space');
    expect(await box.isChecked()).toBe(true);
    await tabTo('Let it in');
    await press('Enter');

    // The display has a keyboard, too.
    const join = other.joinButton(HOME);
    await join.waitFor();
    await tabOnto(other.page, join);
    await other.page.keyboard.press('Enter');
    await app.page.getByText('Hall tablet is in.').waitFor();
    await untilSeen(other.page, 'Front door', ({ state }) => state === 'live');
    const tile = other.tile('Front door');
    await tabOnto(other.page, tile);
    await other.page.keyboard.press('Enter');
    await other.full('Front door').waitFor();
    await other.page.keyboard.press('Escape');
    await tile.waitFor();
  });
});
