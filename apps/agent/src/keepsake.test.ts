/** What the agent keeps for its relay: over restarts, for that relay alone, and never in the way. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { Keepsake } from './keepsake.ts';

const logger = pino({ level: 'silent' });

it('is there after a restart, and is brought to no other relay', () => {
  const folder = folderForTest();
  expect(new Keepsake(folder, 'wss://relay.example', logger).sealed).toBe('');
  new Keepsake(folder, 'wss://relay.example', logger).keep('AAAA');
  expect(new Keepsake(folder, 'wss://relay.example/', logger).sealed).toBe('AAAA');
  expect(new Keepsake(folder, 'wss://other.example', logger).sealed).toBe('');
});

it('is nothing when it is damaged or of a later format, and when it cannot be written', () => {
  const folder = folderForTest();
  const url = 'ws://127.0.0.1:8420';
  new Keepsake(folder, url, logger).keep('AAAA');
  const file = join(folder, 'relay-keepsake');
  writeFileSync(file, readFileSync(file, 'utf8').replace('AAAA', 'AAAB'));
  const keepsake = new Keepsake(folder, url, logger);
  expect(keepsake.sealed).toBe('');
  keepsake.keep('BBBB');
  expect(new Keepsake(folder, url, logger).sealed).toBe('BBBB');
  const nowhere = new Keepsake(join(folder, 'none'), url, logger);
  nowhere.keep('CCCC');
  expect(nowhere.sealed).toBe('CCCC');
});
