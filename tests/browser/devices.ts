/** Browsers as devices: one context each, with its own keys and storage, and with everything that went wrong in it noted. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { eyesScript } from './look.ts';

const RESULTS = path.join(import.meta.dirname, '..', '..', 'test-results', 'browser');
const CHROMIUM = process.env['SEALCAM_CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A name that is this machine, and that browsers do not take for secure; and names as multicast DNS would find them.
  '--host-resolver-rules=MAP sealcam.test 127.0.0.1, MAP *.local 127.0.0.1',
];

export const KINDS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  wide: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  /** A Nest Hub's size. */
  tablet: { viewport: { width: 1024, height: 600 }, hasTouch: true },
} as const;

export interface Device {
  readonly name: string;
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors that no page should have: uncaught, or refused by the content security policy. */
  readonly troubles: readonly string[];
}

export interface DeviceOptions {
  readonly dark?: boolean;
  /** Runs before the page's own scripts. */
  readonly before?: string;
  /** Its person went on past the browser's warning of a certificate. */
  readonly pastWarnings?: boolean;
}

export class Devices {
  readonly #browser: Browser;
  readonly #devices: Device[] = [];

  static async open(): Promise<Devices> {
    return new Devices(await chromium.launch({ executablePath: CHROMIUM, args: FLAGS }));
  }

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  async add(name: string, kind: keyof typeof KINDS, options: DeviceOptions = {}): Promise<Device> {
    const context = await this.#browser.newContext({
      ...KINDS[kind],
      colorScheme: options.dark === true ? 'dark' : 'light',
      locale: 'en-GB',
      reducedMotion: 'reduce',
      ignoreHTTPSErrors: options.pastWarnings === true,
    });
    context.setDefaultTimeout(25_000);
    await context.addInitScript({ content: await eyesScript() });
    if (options.before !== undefined) await context.addInitScript({ content: options.before });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('pageerror', (error) => troubles.push(String(error.stack ?? error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && /Content Security Policy/u.test(message.text())) troubles.push(message.text());
    });
    const device = { name, page, context, troubles };
    this.#devices.push(device);
    return device;
  }

  /** All that went wrong in any page so far. */
  get troubles(): readonly string[] {
    return this.#devices.flatMap(({ name, troubles }) => troubles.map((trouble) => `${name}: ${trouble}`));
  }

  /** Pictures of every page, for a test that failed. */
  async photograph(test: string): Promise<void> {
    for (const { name, page } of this.#devices) {
      if (page.isClosed()) continue;
      const file = `failed ${test} ${name}`.replace(/[^\w]+/gu, '-').slice(0, 120);
      await page.screenshot({ path: path.join(RESULTS, `${file}.png`), timeout: 5_000 }).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** @returns the file */
export async function screenshot(page: Page, name: string): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const file = path.join(RESULTS, `${name}.png`);
  await page.screenshot({ path: file });
  return file;
}
