/** What people see of a suspension: the models at pairing, a plain sentence instead of a picture, and the admin's own device that goes on. */
import { test } from 'vitest';
import { sealcam as typed } from '../harness/child.ts';
import { App } from './app.ts';
import { screenshot, type Device } from './devices.ts';
import { Display } from './display.ts';
import { untilSeen } from './look.ts';
import { setScene } from './scene.ts';

const HOME = 'Linden Street';

let admin: Device;
let app: App;
let kitchen: Display;

const scene = setScene(async ({ sealcam, devices }) => {
  admin = await devices.add('admin', 'phone');
  app = new App(admin.page);
  kitchen = new Display((await devices.add('kitchen', 'tablet', { dark: true })).page);
  await app.claim(await sealcam.claimLink(), HOME);
});

async function operator(...words: string[]): Promise<string> {
  const { code, out, err } = await typed(scene.sealcam.data, ...words).ended;
  if (code !== 0) throw new Error(err);
  return out;
}

test('a display says its model, the admin reads it before it is let in, and keeps seeing it', async () => {
  await kitchen.open(scene.sealcam.url);
  await kitchen.page.getByText('Say which model it is').click();
  await kitchen.page.getByLabel('Make and model').fill('Lenovo  TAB M10');
  await kitchen.page.getByRole('button', { name: 'Keep it' }).click();
  await kitchen.page.getByText('Lenovo Tab M10').waitFor();
  await screenshot(kitchen.page, 'pairing-model');
  await app.openLink(await kitchen.readCode());
  await app.page.getByText('It says it is a Lenovo Tab M10.').waitFor();
  await screenshot(app.page, 'pairing-model-admin');
  await app.letIn('Kitchen tablet', ['Demo']);
  await kitchen.joinButton(HOME).click();
  await app.page.getByText('Kitchen tablet is in.').waitFor();
  await app.button('Done').click();
  await app.page.getByText('Lenovo Tab M10').waitFor();
  await untilSeen(kitchen.page, 'Demo', ({ state }) => state === 'live');
});

test('a pair that is suspended: a sentence on the display, the picture on the admin’s own device, and back', async () => {
  await app.go('Pictures');
  const models = ['Sealcam Demo', 'Lenovo Tab M10'];
  const line = await operator('suspend', 'pair', ...models, '--by', 'Ada', '--reason', 'odd stills');
  await kitchen.page
    .getByText(/^This pair of models, camera and display, is paused by the operator since \d/u)
    .waitFor();
  await screenshot(kitchen.page, 'suspended-1024x600');
  await untilSeen(admin.page, 'Demo', ({ state }) => state === 'live');

  const id = line.slice(0, 32);
  await operator('lift', id, '--by', 'Grace', '--reason', 'mended');
  await untilSeen(kitchen.page, 'Demo', ({ state }) => state === 'live');
});

test('everything: displays of the home stop too, the admin’s own device goes on', async () => {
  await operator('suspend', 'everything', '--by', 'Ada', '--reason', 'a drill');
  await kitchen.page.getByText(/^All displays are paused by the operator since \d/u).waitFor();
  await kitchen.page.setViewportSize({ width: 390, height: 844 });
  await screenshot(kitchen.page, 'suspended-phone');
  await untilSeen(admin.page, 'Demo', ({ state }) => state === 'live');
});
