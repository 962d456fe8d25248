/** The operator's page as operators use it: coming in by passkey and password, an incident, suspending, lifting, homes. */
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { shortHome, STREAM, type OperatorRole } from '@sealcam/protocol';
import { ensurePages } from '../../apps/sealcam/src/pages.ts';
import { systemTerminal } from '../../apps/sealcam/src/terminal.ts';
import { firstCamera } from '../harness/eye.ts';
import { startHouse, startWorld, type House, type World } from '../harness/world.ts';
import { violations } from './axe.ts';
import { Devices, KINDS, screenshot } from './devices.ts';
import { look } from './look.ts';

vi.setConfig({ testTimeout: 120_000 });
const PASSWORD = 'a sentence that nobody guesses';
const NAMES = ['Maple Street', 'Villa Kunterbunt'];
const PLACES = ['Health', 'Incidents', 'Suspensions', 'Exposure', 'Homes', 'Policy', 'Ledger', 'Operators'];

let world: World;
let devices: Devices;
const houses: House[] = [];

beforeAll(async () => {
  const pages = await ensurePages(systemTerminal);
  [world, devices] = await Promise.all([startWorld({ operator: true, pages }), Devices.open()]);
  for (const name of NAMES) houses.push(await startHouse(world, name));
}, 180_000);
afterAll(async () => {
  const { troubles } = devices;
  await devices.close();
  for (const house of houses) await house.close();
  await world.close();
  expect(troubles, 'what pages threw, or were refused by their policy').toEqual([]);
});

/** By a name: browsers make no passkeys for a bare address. */
const at = (hash = ''): string => `http://localhost:${world.relay.port}/operator${hash}`;

async function linkFor(name: string, role: OperatorRole): Promise<string> {
  return at(`#join=${await world.relay.operators.invite({ name, role, by: 'terminal' })}`);
}

/** A browser with an authenticator that says yes. */
async function withAuthenticator(page: Page): Promise<CDPSession> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return cdp;
}

async function joinByPassword(name: string, role: OperatorRole, kind: keyof typeof KINDS = 'desktop'): Promise<Page> {
  const { page } = await devices.add(name, kind);
  await page.goto(await linkFor(name, role));
  await page.getByLabel(/password/iu).fill(PASSWORD);
  await page.getByRole('button', { name: 'Use this password' }).click();
  await heading(page, 'Health');
  return page;
}

async function heading(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

async function go(page: Page, place: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: place, exact: true }).click();
  await heading(page, place);
  await page
    .getByText(/^Reading .*…$/u)
    .first()
    .waitFor({ state: 'detached' });
}

/** One incident of each tone, as a canary and a mix-up would bring them. */
async function someIncidents(): Promise<void> {
  const [one, other] = houses as [House, House];
  const [camera, foreign] = await Promise.all([firstCamera(one.client), firstCamera(other.client)]);
  const asked = { homeId: one.admin.homeId, cameraId: camera, streamId: STREAM.main };
  const viewer = { homeId: one.admin.homeId, deviceId: one.admin.keys.deviceId };
  await world.relay.incidents.canary({
    ...{ viewer, asked, kid: '8f00000000000001', ctr: 77 },
    owner: { homeId: other.admin.homeId, cameraId: foreign },
  });
}

describe('coming in', () => {
  test('by a link with a passkey, and with it again', async () => {
    const { page } = await devices.add('passkey', 'desktop');
    await withAuthenticator(page);
    const link = await linkFor('Ada', 'lift');
    await page.goto(link);
    await page.getByText('As Ada.').waitFor();
    // The code is a secret: it does not stay in the address or the history.
    expect(page.url()).not.toContain('join');
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await heading(page, 'Health');
    expect(await world.relay.operators.list()).toMatchObject([{ name: 'Ada', passkeys: 1, hasPassword: false }]);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await heading(page, 'Health');
    await page.reload();
    await heading(page, 'Health');

    // The link is used up, for whoever else finds it.
    const { page: late } = await devices.add('late', 'desktop');
    await late.goto(link);
    await late.getByText('This link is not known.').waitFor();
  });

  test('with an authenticator that nobody knows is refused', async () => {
    const { page } = await devices.add('stranger', 'desktop');
    await withAuthenticator(page);
    await page.goto(at());
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
  });

  test('by password, wrong first', async () => {
    const page = await joinByPassword('Grace', 'suspend');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Name').fill('Grace');
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in with the password' }).click();
    await page.getByText('Name and password or passkey do not fit together.').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in with the password' }).click();
    await heading(page, 'Health');
  });
});

test('from a pair of models suspended to lifted with a reason; each role sees what it may', async () => {
  const suspender = await joinByPassword('Edith', 'suspend');
  await go(suspender, 'Suspensions');
  await suspender.getByLabel('Model of the camera').fill('Mijia 1080p');
  await suspender.getByLabel('Model of the display').fill('Home Hub');
  await suspender.getByRole('button', { name: 'Suspend…' }).click();
  await suspender.getByRole('button', { name: 'Suspend now' }).click();
  // No reason, no suspension: the field asks for it.
  expect(await world.relay.suspensions.active()).toEqual([]);
  await suspender.getByLabel('Reason').fill('strangers on screens');
  await suspender.getByRole('button', { name: 'Suspend now' }).click();
  const active = (page: Page) => page.getByRole('list', { name: 'Active suspensions' });
  await active(suspender).getByText('Every “mijia 1080p” on every “home hub”').waitFor();
  expect(await active(suspender).getByRole('button').count()).toBe(0);
  await suspender.getByText('Lifting needs an operator whose role is lift.').waitFor();

  const looker = await joinByPassword('Linus', 'look');
  await go(looker, 'Suspensions');
  await active(looker).waitFor();
  expect(await looker.getByRole('heading', { name: 'Suspend by hand' }).count()).toBe(0);
  await go(looker, 'Homes');
  expect(await looker.getByRole('button', { name: /Erase/u }).count()).toBe(0);

  const lifter = await joinByPassword('Lise', 'lift');
  await go(lifter, 'Suspensions');
  await active(lifter).getByRole('button', { name: /^Lift/u }).click();
  await lifter.getByRole('button', { name: 'Lift it' }).click();
  expect(await world.relay.suspensions.active()).toHaveLength(1);
  await lifter.getByLabel('Reason').fill('the cache is rolled back');
  await lifter.getByRole('button', { name: 'Lift it' }).click();
  await lifter.getByRole('heading', { name: 'Nothing is suspended' }).waitFor();
  await lifter.getByText(/Lifted .* by Lise: the cache is rolled back/u).waitFor();
});

test('an incident is a story: whose, to whom, how sure, what followed, and what to do', async () => {
  await someIncidents();
  const page = await joinByPassword('Marie', 'lift');
  await go(page, 'Incidents');
  await page
    .getByRole('link', { name: /The story/u })
    .first()
    .click();
  await heading(page, 'One incident');
  const story = await page.getByRole('list', { name: 'What happened, in order' }).innerText();
  for (const { admin } of houses) expect(story).toContain(shortHome(admin.homeId));
  expect(story).toMatch(/over the homes’ own displays/u);
  await page.getByText('Seen by a canary, a test home of ours').waitFor();
  await page.getByText('Suspended by the policy: one camera on one display.').waitFor();
  await page.getByLabel('A note').fill('looked into it');
  await page.getByRole('button', { name: 'Write it down' }).click();
  await page.getByText('Marie: looked into it').waitFor();
  // Going wider by hand belongs to the story, and is not offered twice; so does its end.
  const wider = page.getByRole('button', { name: 'Suspend this display' });
  await wider.click();
  await page.getByLabel('Reason').fill('to be sure');
  await page.getByRole('button', { name: 'Suspend now' }).click();
  await page.getByText(/^Marie suspended: Display .* to be sure$/u).waitFor();
  expect(await wider.count()).toBe(0);
  const byHand = (await world.relay.suspensions.active()).find(({ cause }) => cause === 'operator');
  await world.relay.suspensions.lift(byHand?.id ?? '', { by: 'Ada', reason: 'all is well' });
  await page.getByText(/^Ada lifted: Display .* all is well$/u).waitFor();
  await wider.waitFor();
  await page.getByRole('link', { name: 'Who could have been shown it' }).click();
  await heading(page, 'Exposure');
  await page.getByRole('button', { name: 'Work it out' }).click();
  await page.getByText('In the circle').waitFor();
  await page.getByText(/^About incident [0-9a-f]{8}, from .* to /u).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'CSV' }).first().click();
  expect((await download).suggestedFilename()).toMatch(/^exposure-.*\.csv$/u);
});

test('the ledger is checked, a home gets a quota, and one is erased by its short id', async () => {
  const page = await joinByPassword('Emmy', 'lift');
  await go(page, 'Ledger');
  await page.getByRole('button', { name: 'Check it now' }).click();
  await page.getByText(/^The ledger is whole/u).waitFor();

  const spare = await startHouse(world, 'Spare');
  const short = shortHome(spare.admin.homeId);
  await go(page, 'Homes');
  await page.getByRole('button', { name: `Quota of ${short}` }).click();
  await page.getByLabel('Cameras').fill('3');
  await page.getByRole('button', { name: 'Set it' }).click();
  await page.getByText('Quota: 3 cameras').waitFor();
  await page.getByRole('button', { name: `Erase ${short}` }).click();
  await page.getByLabel(`Type ${short} to go on`).fill(short);
  await page.getByRole('button', { name: 'Erase it' }).click();
  await page.getByRole('button', { name: `Erase ${short}` }).waitFor({ state: 'detached' });
  await spare.close();
});

test('an answer for somebody else is refused, and nothing of it is shown', async () => {
  const page = await joinByPassword('Rosalind', 'look');
  await go(page, 'Health');
  await page.route('**/operator/api/*/homes', async (route) => {
    const response = await route.fetch();
    const text = (await response.text()).replace(/"to":"[0-9a-f]+"/u, `"to":"${'0'.repeat(32)}"`);
    await route.fulfill({ response, body: text });
  });
  await page.getByRole('link', { name: 'Homes', exact: true }).click();
  await page.getByText('An answer that was not for you was refused.').waitFor();
  expect(await page.getByRole('list', { name: 'Homes' }).count()).toBe(0);
});

describe('every place', () => {
  const found: string[] = [];
  test.each(['phone', 'tablet', 'wide'] as const)('on a %s says no name, fits, and is for everybody', async (kind) => {
    const page = await joinByPassword(`on a ${kind}`, 'lift', kind);
    const visit = async (name: string): Promise<void> => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        found.push(...(await violations(page)).map((problem) => `${kind} ${name} ${colorScheme}: ${problem}`));
        await screenshot(page, `operator-${name}-${kind}-${colorScheme}`.toLowerCase());
      }
      found.push(...(await look(page, 'lost')).map((problem) => `${kind} ${name}: ${problem}`));
      const words = await page.locator('body').innerText();
      for (const secret of [...NAMES, 'Demo', '127.0.0.1']) expect(words).not.toContain(secret);
      expect(await page.locator('canvas, video').count()).toBe(0);
    };
    for (const place of PLACES) {
      await go(page, place);
      await visit(place);
    }
    await go(page, 'Incidents');
    await page
      .getByRole('link', { name: /The story/u })
      .first()
      .click();
    await heading(page, 'One incident');
    await page.getByRole('heading', { name: 'What to do' }).waitFor();
    await visit('story');
    await page.getByRole('button', { name: 'Suspend this display' }).click();
    await visit('suspend');
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sealcam operators' }).waitFor();
    await visit('sign-in');
  });

  test('has nothing serious for axe, and loses nothing', () => {
    expect(found).toEqual([]);
  });
});
