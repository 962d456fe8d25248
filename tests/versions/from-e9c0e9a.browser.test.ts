/** A data folder and a browser profile that commit e9c0e9a made go on under today's program, and not back; old and new meet with words. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { STORE_VERSION } from '../../apps/relay/src/store/migrations/index.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { App } from '../browser/app.ts';
import { eyesScript, untilSeen } from '../browser/look.ts';
import { freePort } from '../cameras/rig.ts';
import { Child, sealcam } from '../harness/child.ts';
import { checkOutOld, whyNoOldCheckout } from './old-checkout.ts';

vi.setConfig({ testTimeout: 120_000 });
const why = await whyNoOldCheckout();
if (why !== undefined) process.stderr.write(`not checked: ${why}\n`);

const HOME = 'Maple Street';
let folder: string;
let main: string;
let port: number;
const data = (name = 'data'): string => join(folder, name);
const children: Child[] = [];

function started(child: Child): Child {
  children.push(child);
  return child;
}
const oldSealcam = (at: string, ...args: string[]): Child => started(new Child(main, [...args, '--data', at]));
const newSealcam = (at: string, ...args: string[]): Child => started(sealcam(at, ...args));

/** The browser, with what it kept from the last time. */
async function withBrowser<T>(use: (app: App) => Promise<T>): Promise<T> {
  const context: BrowserContext = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: process.env['SEALCAM_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  try {
    context.setDefaultTimeout(30_000);
    await context.addInitScript({ content: await eyesScript() });
    return await use(new App(await context.newPage()));
  } finally {
    await context.close();
  }
}

async function live(app: App): Promise<void> {
  const tile = app.page.getByRole('list', { name: 'Cameras' }).getByRole('link');
  await tile.first().waitFor();
  const name = (await tile.first().getByRole('img').getAttribute('aria-label'))?.split(', ')[0] ?? '';
  await untilSeen(app.page, name, ({ state, shown }) => state === 'live' && shown.kind === 'live');
}

function homeOf(at: string): unknown {
  const { home } = JSON.parse(readFileSync(join(at, 'agent', 'home'), 'utf8').slice(65)) as {
    home?: { homeId: string; rosters: readonly string[] };
  };
  return { homeId: home?.homeId, rosters: home?.rosters };
}

const bytesOf = (...names: string[]): string[] =>
  names.map((name) =>
    createHash('sha256')
      .update(readFileSync(join(data(), name)))
      .digest('hex'),
  );

/** What `sealcam status` of either program says until it says that. */
async function status(ask: () => Child, wanted: RegExp): Promise<void> {
  let said = '';
  for (let time = 0; time < 60; time += 1) {
    said = (await ask().ended).out;
    if (wanted.test(said)) return;
    await new Promise((later) => setTimeout(later, 250));
  }
  throw new Error(`it still says: ${said}`);
}

describe.skipIf(why !== undefined)(`commit e9c0e9a and today${why === undefined ? '' : ` (${why})`}`, () => {
  let before: unknown;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sealcam-versions-'));
    port = await freePort();
    main = await checkOutOld(folder);
    const old = oldSealcam(data(), 'up', '--port', String(port), '--log', 'error');
    const [link] = await old.seen(/http\S+#claim=\S+/u);
    await withBrowser(async (app) => {
      await app.claim(link, HOME);
      await live(app);
    });
    await old.end('SIGINT');
    before = homeOf(data());
  }, 240_000);

  afterAll(async () => {
    for (const child of children) await child.end();
    await rm(folder, { recursive: true, force: true });
  });

  it('go on as one: the same home, a live picture, a whole ledger, nothing paired anew, and the files of before beside', async () => {
    const today = newSealcam(data(), 'up', '--port', String(port), '--log', 'error');
    await today.seen(/is up\./u);
    await withBrowser(async (app) => {
      await app.page.goto(`http://127.0.0.1:${port}/app`);
      await app.heading(HOME).waitFor();
      await live(app);
      await app.go('Devices');
    });
    const verified = await newSealcam(data(), 'ledger', 'verify').ended;
    expect(verified.code, verified.err + verified.out).toBe(0);
    await today.end('SIGINT');
    expect(homeOf(data())).toEqual(before);
    for (const name of [`relay/relay.db.before-${STORE_VERSION}`, 'agent/home.before-2'])
      expect(existsSync(join(data(), name))).toBe(true);
  });

  it('do not go back: the old program refuses the folder and changes nothing in it', async () => {
    const files = ['relay/relay.db', 'agent/home', 'agent/identity', 'agent/secrets.key'];
    const today = bytesOf(...files);
    const refused = await oldSealcam(data(), 'up', '--port', String(port)).ended;
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('protocol.version');
    expect(bytesOf(...files)).toEqual(today);
  });

  it('an old agent at today’s relay says that versions differ, in its own words', async () => {
    const at = await freePort();
    await newSealcam(data('relay'), 'relay', '--open', '--port', String(at), '--log', 'error').seen(/Ctrl-C/u);
    const agent = data('old agent');
    oldSealcam(agent, 'agent', '--relay', `ws://127.0.0.1:${at}`, '--log', 'error');
    await status(() => oldSealcam(agent, 'status'), /too old or too new for the other side.*protocol\.version/u);
  });

  it('today’s agent at an old relay says to update the relay', async () => {
    const at = await freePort();
    await oldSealcam(data('old relay'), 'relay', '--open', '--port', String(at), '--log', 'error').seen(/Ctrl-C/u);
    const agent = data('agent');
    newSealcam(agent, 'agent', '--relay', `ws://127.0.0.1:${at}`, '--log', 'error');
    await status(() => newSealcam(agent, 'status'), /Update the relay\. protocol\.relay-old/u);
  });
});
