/** Displays on the wall: paired by code and by numbers, watching what they may see, told what to show, and removed. */
import { decodeEnvelope, parseSealedHeader } from '@sealcam/protocol';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { startCameras } from '../cameras/rig.ts';
import { App } from './app.ts';
import type { Device } from './devices.ts';
import { Display, pairDisplay } from './display.ts';
import { look, untilSeen } from './look.ts';
import { setScene } from './scene.ts';

const HOME = 'Maple Street';
const IDS = { 'Front door': 11, Nursery: 22 } as const;
type Name = keyof typeof IDS;

let app: App;
let admin: Device;
let kitchen: Display;
let bedroom: Display;
let adminWire: Wire;
let bedroomWire: Wire;

const scene = setScene(async ({ sealcam, devices, after }) => {
  const cameras = await startCameras(Object.values(IDS).map((id) => ({ id })));
  after(cameras[0]!.stop);
  admin = await devices.add('admin', 'phone');
  app = new App(admin.page);
  kitchen = new Display((await devices.add('kitchen', 'tablet')).page);
  bedroom = new Display((await devices.add('bedroom', 'tablet')).page);
  adminWire = keysOnTheWire(admin.page);
  bedroomWire = keysOnTheWire(bedroom.page);
  await app.claim(await sealcam.claimLink(), HOME);
  for (const [index, name] of Object.keys(IDS).entries()) await app.addCamera(name, { url: cameras[index]!.url });
});

/** That many different pictures, every one of that camera's own. */
async function showsOnly(display: Display, camera: Name, pictures: number): Promise<void> {
  const { cameras, damaged } = await look(display.page, 'record', camera, pictures);
  expect(cameras).toEqual({ [IDS[camera]]: pictures });
  expect(damaged).toBe(0);
}

describe('pairing', () => {
  test('by the code on the screen: no camera is chosen beforehand, one press under the home’s name, and only what was granted', async () => {
    await kitchen.open(scene.sealcam.url);
    const link = await kitchen.readCode();
    expect(link.startsWith(`${scene.sealcam.url}/app#pair=`)).toBe(true);
    await app.openLink(link);
    await app.heading(/display wants to show your cameras/u).waitFor();
    for (const box of await app.page.getByRole('checkbox').all()) expect(await box.isChecked()).toBe(false);
    await app.letIn('Kitchen tablet', ['Front door', 'Nursery']);
    await kitchen.joinButton(HOME).waitFor();
    expect(await kitchen.page.getByRole('heading').allInnerTexts()).toContainEqual(expect.stringContaining(HOME));
    await kitchen.joinButton(HOME).click();
    await app.page.getByText('Kitchen tablet is in.').waitFor();
    await app.button('Done').click();

    await kitchen.tile('Front door').waitFor();
    expect(await kitchen.tiles().count()).toBe(2);
    for (const name of ['Front door', 'Nursery']) await untilSeen(kitchen.page, name, ({ state }) => state === 'live');
  });

  test('by numbers: a wrong one pairs nothing and is said, the right six digits let it in', async () => {
    await bedroom.open(scene.sealcam.url);
    await bedroom.showDigits();
    await app.openPairing();
    await app.typeNumber(await bedroom.meetingNumber());
    const digits = await bedroom.sixDigits();
    await app.typeDigits(String((Number(digits) + 1) % 1_000_000).padStart(6, '0'));
    await app.page.getByRole('alert').getByText('The digits do not match. Nothing was paired.').waitFor();
    await bedroom.page.getByRole('alert').waitFor();

    await bedroom.page.getByRole('button', { name: 'Show a new code' }).click();
    await app.button('Try again with a new code').click();
    await app.typeNumber(await bedroom.meetingNumber());
    await app.typeDigits(await bedroom.sixDigits());
    await app.letIn('Bedroom tablet', ['Nursery']);
    await bedroom.joinButton(HOME).click();
    await app.page.getByText('Bedroom tablet is in.').waitFor();
    await app.button('Done').click();

    await bedroom.tile('Nursery').waitFor();
    expect(await bedroom.tiles().count()).toBe(1);
    await untilSeen(bedroom.page, 'Nursery', ({ state }) => state === 'live');
  });

  test('a code that was used pairs nobody else', async () => {
    const stranger = new Display((await scene.devices.add('stranger', 'tablet')).page);
    await stranger.open(scene.sealcam.url);
    const link = await stranger.readCode();
    await app.openLink(link);
    await app.button('Not mine, refuse').click();
    await stranger.page.getByRole('alert').waitFor();
    await app.openLink(link);
    await app.page.getByRole('alert').waitFor();
    expect(await app.page.getByRole('alert').innerText()).toMatch(/code is not known|used already|went away/u);
    await app.go('Pictures');
    await stranger.page.close();
  });
});

describe('watching', () => {
  test('a tap fills the screen with that camera, live; a swipe and the arrows bring the next and the one before', async () => {
    await kitchen.tile('Front door').tap();
    await kitchen.full('Front door').waitFor();
    await untilSeen(kitchen.page, 'Front door', ({ state }) => state === 'live');
    await showsOnly(kitchen, 'Front door', 10);
    await kitchen.swipe('left');
    await kitchen.full('Nursery').waitFor();
    await showsOnly(kitchen, 'Nursery', 10);
    await kitchen.page.keyboard.press('ArrowLeft');
    await kitchen.full('Front door').waitFor();
    await kitchen.page.keyboard.press('ArrowRight');
    await kitchen.full('Nursery').waitFor();
    await kitchen.swipe('down');
    await kitchen.tile('Nursery').waitFor();
  });

  test('two displays and two cameras: on each the pictures of its own, never the other’s', async () => {
    await kitchen.tile('Front door').click();
    await bedroom.tile('Nursery').click();
    await kitchen.full('Front door').waitFor();
    await bedroom.full('Nursery').waitFor();
    await Promise.all([showsOnly(kitchen, 'Front door', 90), showsOnly(bedroom, 'Nursery', 90)]);
    await kitchen.page.keyboard.press('Escape');
    await bedroom.page.keyboard.press('Escape');
    await Promise.all([showsOnly(kitchen, 'Front door', 45), showsOnly(kitchen, 'Nursery', 45)]);
  });

  test('several at once, each its own', async () => {
    await kitchen.tile('Front door').click();
    await kitchen.page.getByRole('button', { name: 'Two pictures' }).click();
    await kitchen.full('Nursery').waitFor();
    await Promise.all([showsOnly(kitchen, 'Front door', 20), showsOnly(kitchen, 'Nursery', 20)]);
    await kitchen.page.keyboard.press('Escape');
  });
});

describe('a typed sentence', () => {
  test('shows the camera that was meant, mistyped as well', async () => {
    expect(await kitchen.say('show me the frnt door')).toBe('Front door.');
    await kitchen.full('Front door').waitFor();
    expect(await kitchen.say('next')).toBe('');
    await kitchen.full('Nursery').waitFor();
  });

  test('tells how old the picture is, and who can see it', async () => {
    await untilSeen(kitchen.page, 'Nursery', ({ state }) => state === 'live');
    expect(await kitchen.say('how old is this picture')).toMatch(
      /^Nursery is live, (less than a second|1 second) old\.$/u,
    );
    const who = await kitchen.say('who can see the nursery');
    expect(who).toMatch(/^Nursery is sealed to 3 devices of this home: /u);
    // The first admin has a name as well, though nobody gave it one: never "A new device".
    expect(who.split(': ')[1]).toMatch(
      /^(?=.*Kitchen tablet)(?=.*Bedroom tablet)(?=.*Phone|.*Browser)(?!.*new device)/u,
    );
    await kitchen.page.getByRole('dialog', { name: 'Who can open Nursery' }).waitFor();
    await kitchen.page.getByRole('button', { name: 'Close' }).click();
    expect(await kitchen.say('who can see the front door')).toMatch(/sealed to 2 devices/u);
    await kitchen.page.getByRole('button', { name: 'Close' }).click();
  });

  test('with an unknown name offers the two nearest, and never a camera this display may not see', async () => {
    expect(await kitchen.say('show the garage')).toMatch(
      /^There is no camera called "the garage" here\. Did you mean (Front door or Nursery|Nursery or Front door)\?$/u,
    );
    const said = await bedroom.say('show the front door');
    expect(said).toMatch(/There is no camera called "the front door" here/u);
    expect(said).toContain('Did you mean Nursery?');
  });

  test('brings everything back', async () => {
    expect(await kitchen.say('all cameras')).toBe('2 cameras.');
    await kitchen.tile('Front door').waitFor();
    await kitchen.say('show nursery');
    await kitchen.full('Nursery').waitFor();
    await kitchen.say('stop');
    await kitchen.tile('Front door').waitFor();
  });
});

describe('privacy', () => {
  test('blanks the picture at once on every screen and says so; switched off, it is live again', async () => {
    await bedroom.tile('Nursery').click();
    await untilSeen(bedroom.page, 'Nursery', ({ state }) => state === 'live');
    await untilSeen(kitchen.page, 'Nursery', ({ state }) => state === 'live');
    for (const { page } of [kitchen, bedroom]) await look(page, 'follow', 'Nursery');
    await app.setPrivacy('Nursery', true);
    for (const { page } of [kitchen, bedroom]) {
      const seen = await untilSeen(page, 'Nursery', ({ state }) => state === 'private');
      expect(seen.shown).toEqual({ kind: 'nothing' });
      expect(seen.words).toContain('Privacy is on. Nobody can see Nursery.');
      // Nothing in between: no grey picture, no old still, not "gone".
      const states = (await look(page, 'followed', 'Nursery')).map(({ state }) => state);
      expect(states).toEqual(['live', 'private']);
    }
    await showsOnly(kitchen, 'Front door', 5);
    await app.setPrivacy('Nursery', false);
    for (const { page } of [kitchen, bedroom]) await untilSeen(page, 'Nursery', ({ state }) => state === 'live');
    await bedroom.page.keyboard.press('Escape');
  });
});

describe('removal', () => {
  test('waits for the home, says when it is done and what was seen; the display is blank, and all later pictures are under keys it never had', async () => {
    await untilSeen(bedroom.page, 'Nursery', ({ state }) => state === 'live');
    expect(bedroomWire.keys.size).toBeGreaterThan(0);

    await app.go('Devices');
    await app.page.getByRole('link', { name: 'Change Bedroom tablet' }).click();
    await app.button('Remove Bedroom tablet').click();
    await app.button('Remove').click();
    await app.heading('Bedroom tablet is removed').waitFor();
    const done = await app.page.getByText(/^Removed\. From \d\d:\d\d:\d\d it can open nothing new\.$/u).innerText();
    expect(done).toBeTruthy();
    await app.page.getByText('It may have seen:').waitFor();
    expect(await app.page.getByRole('main').getByRole('listitem').allInnerTexts()).toContainEqual(
      expect.stringContaining('Nursery'),
    );

    await bedroom.page.getByRole('heading', { name: `This display was removed from ${HOME}.` }).waitFor();
    expect(await bedroom.page.locator('canvas').count()).toBe(0);
    const { frames } = bedroomWire;

    adminWire.keys.clear();
    await app.go('Pictures');
    await untilSeen(app.page, 'Nursery', ({ state }) => state === 'live');
    await showsOnly(kitchen, 'Nursery', 20);
    expect(adminWire.keys.size).toBeGreaterThan(0);
    for (const key of adminWire.keys) expect(bedroomWire.keys).not.toContain(key);
    expect(bedroomWire.frames).toBe(frames);
  });

  test('the removed display stays removed after a reload, and can be paired again', async () => {
    await bedroom.page.reload();
    await bedroom.page.getByRole('heading', { name: /removed/u }).waitFor();
    await bedroom.page.getByRole('button', { name: 'Pair again' }).click();
    // It forgets its keys first; a page that is left before has them still.
    await bedroom.page.getByRole('img', { name: 'Pairing code of this device' }).waitFor();
    await pairDisplay(app, bedroom, {
      url: scene.sealcam.url,
      home: HOME,
      name: 'Guest tablet',
      cameras: ['Front door'],
    });
    await untilSeen(bedroom.page, 'Front door', ({ state }) => state === 'live');
    expect(await bedroom.tiles().count()).toBe(1);
  });
});

interface Wire {
  /** Ids of the keys under which pictures came. */
  readonly keys: Set<string>;
  /** Pictures that came. */
  frames: number;
}

/** Notes what comes to a page over the sockets that it opens from now on. */
function keysOnTheWire(page: Page): Wire {
  const wire: Wire = { keys: new Set(), frames: 0 };
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload === 'string') return;
      wire.frames += 1;
      wire.keys.add(parseSealedHeader(decodeEnvelope(payload).sealed).kid);
    });
  });
  return wire;
}
