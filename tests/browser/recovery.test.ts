/** Every admin device is lost: the words of the sheet, a confirmation at home, and what every other screen says of it. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { App } from './app.ts';
import { Display, pairDisplay } from './display.ts';
import { untilSeen } from './look.ts';
import { setScene } from './scene.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'apps', 'sealcam', 'src', 'main.ts');
const HOME = 'Maple Street';
const DEMO = 'Demo';
const USED = /recovery sheet .*was used in the last 7 days/u;

let words: string;
let lost: App;
let saved: App;
let display: Display;
const scene = setScene(async ({ sealcam, devices }) => {
  lost = new App((await devices.add('lost', 'desktop')).page);
  saved = new App((await devices.add('saved', 'phone')).page);
  display = new Display((await devices.add('tablet', 'tablet')).page);
  await lost.page.goto(await sealcam.claimLink());
  await lost.page.getByLabel('What do you call it?').fill(HOME);
  await lost.button('Make it mine').click();
  await lost.heading('Recovery sheet').waitFor();
  const items = await lost.page.getByRole('list', { name: '24 words' }).getByRole('listitem').allInnerTexts();
  words = items.map((item) => item.replace(/^\d+\s+/u, '')).join(' ');
  await lost.button('Save').click();
  await lost.page.getByText('This sheet counts now.').waitFor();
  await lost.button('Done').click();
  await lost.heading(HOME).waitFor();
  await pairDisplay(lost, display, { url: sealcam.url, home: HOME, name: 'Tablet', cameras: [DEMO] });
});

async function enter(text: string): Promise<void> {
  await saved.page.getByLabel('The 24 words').fill(text);
  await saved.button('Find my home').click();
}

async function confirmAtHome(): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    MAIN,
    ...['home', 'confirm', '--yes', '--data', scene.sealcam.data],
  ]);
  return stdout + stderr;
}

test('a browser without a home finds the way in, and says what is no sheet and what is nobody’s', async () => {
  await saved.page.goto(`${scene.sealcam.url}/app`);
  await saved.button('I have a recovery sheet').click();
  await saved.page.getByLabel('The 24 words').fill('abandon sealcam ability');
  await saved.page.getByText('No sheet has the word “sealcam”.').waitFor();
  await enter(words.split(' ').slice(1).join(' '));
  await saved.page.getByRole('alert').getByText('That is not a recovery sheet').waitFor();
  await enter(`${'abandon '.repeat(23)}art`);
  await saved.page.getByRole('alert').getByText('No home has this sheet').waitFor();
});

test('with the words it asks at home, where the same digits are shown; until then nothing changes, also over a reload', async () => {
  await enter(`  ${words.toUpperCase()}  `);
  await saved.page.getByText('1 admin device and 1 other device').waitFor();
  await saved.button('Make this device an admin').click();
  await saved.heading('Now confirm it at home').waitFor();
  const digits = await saved.page.locator('.code-groups span').allInnerTexts();
  expect(digits.join('')).toMatch(/^\d{30}$/u);
  expect(scene.sealcam.printed()).toContain(digits.join(' '));
  expect(await lost.page.getByText(USED).count()).toBe(0);
  await saved.page.reload();
  await saved.heading('Now confirm it at home').waitFor();
  expect(await confirmAtHome()).toContain(digits.join(' '));
});

test('confirmed, this browser is the admin, the lost one is out, and every screen says so', async () => {
  await saved.heading(HOME).waitFor();
  await untilSeen(saved.page, DEMO, ({ state }) => state === 'live');
  await lost.page.getByText('This device was removed from the home.').waitFor();
  for (const page of [saved.page, display.page]) await page.getByText(USED).waitFor();
  await untilSeen(display.page, DEMO, ({ state }) => state === 'live');
  await saved.go('Devices');
  const names = saved.page.getByRole('main').getByRole('listitem');
  expect(await names.count()).toBe(2);
  await expect(confirmAtHome()).rejects.toMatchObject({ code: 1 });
});
