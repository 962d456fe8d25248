/** Two lists that an admin of this home signed: what the display and the app say, and how one decision opens every screen, without a reload. */
import { buildNextRoster, encodeRoster, verifyChain } from '@sealcam/home';
import { concat, toBase64Url } from '@sealcam/protocol';
import type { Page, WebSocketRoute } from 'playwright-core';
import { expect, test } from 'vitest';
import { App } from './app.ts';
import { screenshot } from './devices.ts';
import { Display, pairDisplay } from './display.ts';
import { untilSeen } from './look.ts';
import { setScene } from './scene.ts';

const HOME = 'Linden Street';

let app: App;
let display: Display;
let toApp: Bringer;
let toDisplay: Bringer;

/** Brings a message onto the line that a page's viewer has now. */
type Bringer = (message: string) => void;

setScene(async ({ sealcam, devices }) => {
  const [phone, tablet] = [await devices.add('admin', 'phone'), await devices.add('kitchen', 'tablet', { dark: true })];
  app = new App(phone.page);
  display = new Display(tablet.page);
  [toApp, toDisplay] = [await middle(phone.page), await middle(tablet.page)];
  await app.claim(await sealcam.claimLink(), HOME);
  await pairDisplay(app, display, { url: sealcam.url, home: HOME, name: 'Kitchen tablet', cameras: ['Demo'] });
  await untilSeen(display.page, 'Demo', ({ state }) => state === 'live');
});

async function middle(page: Page): Promise<Bringer> {
  let line: WebSocketRoute | undefined;
  await page.routeWebSocket(/\/ws\/viewer$/u, (route) => {
    line = route;
    route.connectToServer();
  });
  return (message) => line?.send(message);
}

/** What the admin's browser keeps of its home, in the page. */
const STORED = `(async () => {
  const db = await new Promise((resolve) => {
    const request = indexedDB.open('sealcam-app');
    request.onsuccess = () => resolve(request.result);
  });
  const [stored] = await new Promise((resolve) => {
    const request = db.transaction('homes').objectStore('homes').getAll();
    request.onsuccess = () => resolve(request.result);
  });
  db.close();
  return stored;
})()`;

/** Another list of the newest version, without the newest change, signed with the key that only the admin's browser has. */
async function forkByAdmin(): Promise<string> {
  const chain: string[] = await app.page.evaluate(
    `${STORED}.then(({ rosters }) => rosters.map((roster) => btoa(String.fromCharCode(...roster))))`,
  );
  const rosters = chain.map((roster) => Uint8Array.from(Buffer.from(roster, 'base64')));
  const before = await verifyChain(rosters.slice(0, -1));
  const { roster } = await verifyChain(rosters);
  const [display] = roster.entries.filter(({ role }) => role === 'viewer');
  const isIn = before.roster.entries.some(({ deviceId }) => deviceId === display?.deviceId);
  const changes = isIn && display !== undefined ? ([{ do: 'removeDevice', deviceId: display.deviceId }] as const) : [];
  const body = encodeRoster(await buildNextRoster(before, roster.signerId, changes));
  const signature: string = await app.page.evaluate(
    `${STORED}.then(async ({ keys }) => {
      const body = Uint8Array.from(atob('${Buffer.from(body).toString('base64')}'), (char) => char.charCodeAt(0));
      const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.signKey, body);
      return btoa(String.fromCharCode(...new Uint8Array(signature)));
    })`,
  );
  return JSON.stringify({ t: 'roster', roster: toBase64Url(concat(body, Buffer.from(signature, 'base64'))) });
}

/** A page that was loaded again would not know it. */
async function mark(page: Page): Promise<() => Promise<void>> {
  await page.evaluate('globalThis.isTheSamePage = true');
  return async () => expect(await page.evaluate('globalThis.isTheSamePage')).toBe(true);
}

test('a display that was brought a second list says what to do; the app decides, and it goes on without a reload', async () => {
  const isSamePage = await mark(display.page);
  toDisplay(await forkByAdmin());
  const refused = await untilSeen(display.page, 'Demo', ({ state }) => state === 'refused');
  expect(refused.shown).toEqual({ kind: 'nothing' });
  expect(refused.words).toContain('Two different lists of members exist. Nothing is shown until an admin has decided.');
  expect(refused.words).toContain('Ask an admin to open Devices in Sealcam, and to decide which list to keep.');
  await screenshot(display.page, 'two-lists-display');
  await app.go('Devices');
  await app.page.getByText('A display says that two lists of members exist').click();
  await app.button('Keep the list of this device').click();
  await untilSeen(display.page, 'Demo', ({ state }) => state === 'live');
  await isSamePage();
});

test('an app that was brought one shows both sides, who signed and whom they name, and the one press that ends it', async () => {
  const isSamePage = await mark(app.page);
  toApp(await forkByAdmin());
  const lists = app.page.getByRole('list', { name: 'Both lists' });
  await lists.getByText('The list of this device').waitFor();
  expect(await lists.getByText(/^Household code (\d{5} ?){6}$/u).count()).toBe(2);
  expect(await lists.innerText()).toContain('Only here: Kitchen tablet.');
  await screenshot(app.page, 'two-lists-app');
  await app.page.locator('.strip').getByRole('button', { name: 'Keep the list of this device' }).click();
  await lists.waitFor({ state: 'detached' });
  await isSamePage();
  await untilSeen(display.page, 'Demo', ({ state }) => state === 'live');
});
