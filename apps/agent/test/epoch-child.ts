/** Takes epochs from a record as fast as it can and prints each, until it is killed (`home-store.test.ts`). */
import { writeSync } from 'node:fs';
import { HomeStore } from '../src/home-store.ts';

const store = new HomeStore(process.argv[2] ?? '');
// A clock that stands still is the hardest: only what is on disk keeps epochs apart.
for (;;) writeSync(1, `${store.nextEpoch(1_000, [])}\n`);
