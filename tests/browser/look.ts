/** Asks a page what is on it: the other half is page/index.ts. */
import path from 'node:path';
import type { Page } from 'playwright-core';
import { pageScript } from '../harness/page-script.ts';
import type { PageEyes, Seen } from './page/eyes.ts';

let bundled: Promise<string> | undefined;

/** To be added to every page before anything of it runs. */
export function eyesScript(): Promise<string> {
  bundled ??= pageScript(path.join(import.meta.dirname, 'page', 'index.ts'));
  return bundled;
}

type Eyes = typeof globalThis & { readonly sealcamEyes: PageEyes };
type Answer<K extends keyof PageEyes> = Awaited<ReturnType<PageEyes[K]>>;

/** Asks the page once. */
export async function look<K extends keyof PageEyes>(
  page: Page,
  what: K,
  ...args: Parameters<PageEyes[K]>
): Promise<Answer<K>> {
  return (await page.evaluate(
    ([name, given]) => {
      const ask = (globalThis as Eyes).sealcamEyes[name] as (...all: unknown[]) => unknown;
      return ask(...given);
    },
    [what, args] as const,
  )) as Answer<K>;
}

/** Waits until the picture of that camera is so. @param ms guards against a hang; the claim is that it happens */
export async function untilSeen(
  page: Page,
  camera: string,
  wanted: (seen: Seen) => boolean,
  ms = 40_000,
): Promise<Seen> {
  const until = performance.now() + ms;
  for (;;) {
    const seen = await look(page, 'see', camera);
    if (seen !== undefined && wanted(seen)) return seen;
    if (performance.now() > until) throw new Error(`${camera} is still ${JSON.stringify(seen)} after ${ms} ms`);
    await page.waitForTimeout(40);
  }
}
