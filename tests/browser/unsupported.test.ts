/** A browser that cannot open sealed pictures says so, and what to use instead: never an empty page. */
import { expect, test } from 'vitest';
import { setScene } from './scene.ts';

const scene = setScene();
const ADVICE = 'Use Chrome or Edge 94 or newer, Safari 16.4 or newer, or Firefox 130 or newer.';

test.each([
  ['app', 'webcrypto', 'delete Crypto.prototype.subtle;', /no WebCrypto/u],
  ['display', 'webcrypto', 'delete Crypto.prototype.subtle;', /no WebCrypto/u],
  ['app', 'webcodecs', 'delete globalThis.VideoDecoder;', /no WebCodecs/u],
  ['display', 'webcodecs', 'delete globalThis.VideoDecoder;', /no WebCodecs/u],
  [
    'app',
    'indexeddb',
    'delete Window.prototype.indexedDB; delete globalThis.indexedDB;',
    /keeps no data for this page/u,
  ],
])('/%s without %s', async (page, missing, before, words) => {
  const device = await scene.devices.add(`${page} ${missing}`, 'tablet', { before });
  await device.page.goto(`${scene.sealcam.url}/${page}`);
  await device.page.getByRole('heading', { name: 'This browser cannot show sealed pictures' }).waitFor();
  await device.page.getByText(words).waitFor();
  await device.page.getByText(ADVICE).waitFor();
  await device.context.close();
});

test.each(['app', 'display'])(
  '/%s over plain HTTP from another machine says what kind of address to use',
  async (page) => {
    const device = await scene.devices.add(`plain ${page}`, 'tablet');
    // The same machine under a name that the browser does not take for secure.
    await device.page.goto(`http://sealcam.test:${scene.sealcam.port}/${page}`);
    await device.page.getByRole('heading', { name: 'This address cannot show sealed pictures' }).waitFor();
    const words = await device.page.getByRole('main').innerText();
    expect(words).toMatch(/This address is not secure \(no HTTPS\).*Open it as https:/u);
    // Another browser would not help: what the address hides is not said to be missing.
    expect(words).not.toMatch(/no WebCrypto|no WebCodecs|Use Chrome/u);
    await device.context.close();
  },
);

test('without JavaScript the page says that it needs it', async () => {
  const html = await (await fetch(`${scene.sealcam.url}/app`)).text();
  expect(html).toContain('<noscript>Sealcam opens pictures inside this browser, so it needs JavaScript.</noscript>');
});
