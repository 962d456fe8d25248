/** The keys that a newer page keeps in this browser: today's page leaves them as they are, and says what to do. */
import { expect, test } from 'vitest';
import { setScene } from './scene.ts';

const scene = setScene();

test('a newer page’s keys are not touched, and the page says to reload it', async () => {
  const { page } = await scene.devices.add('newer', 'desktop');
  await page.goto(`${scene.sealcam.url}/healthz`);
  await page.evaluate(
    `new Promise((done, fail) => {
       const request = indexedDB.open('sealcam-app', 99);
       request.onupgradeneeded = () => request.result.createObjectStore('of tomorrow').put('kept', 'key');
       request.onsuccess = () => { request.result.close(); done(); };
       request.onerror = () => fail(request.error);
     })`,
  );
  await page.goto(`${scene.sealcam.url}/app`);
  await page.getByText('This page is older than its relay. Reload this page.').waitFor();
  const found = await page.evaluate(
    `new Promise((done, fail) => {
       const request = indexedDB.open('sealcam-app');
       request.onerror = () => fail(request.error);
       request.onsuccess = () => {
         const db = request.result;
         const value = db.transaction('of tomorrow').objectStore('of tomorrow').get('key');
         value.onsuccess = () => done([db.version, [...db.objectStoreNames], value.result]);
       };
     })`,
  );
  expect(found).toEqual([99, ['of tomorrow'], 'kept']);
});
