/** The proxy's language: every word does what it says, anything else is refused with a reason. */
import { expect, it } from 'vitest';
import { changed, impairTcp, UNIMPAIRED } from '../harness/impairment/index.ts';
import { changeOf, optionsOf } from '../harness/impairment/words.ts';

it('flags become options', () => {
  const line = '--listen 9000 --to 127.0.0.1:8420 --delay 200 --loss 30% --up-rate 64k --down-stall on --seed 7';
  expect(optionsOf(line.split(' '))).toMatchObject({
    ...{ listen: 9000, host: '127.0.0.1', to: 8420, udp: false, seed: 7 },
    both: { delayMs: 200, loss: 0.3 },
    up: { bytesPerSecond: 64_000 },
    down: { stall: true },
  });
  expect(optionsOf(['--udp', '--to', '[::1]:53', '--refuse', 'on'])).toMatchObject({
    udp: true,
    host: '::1',
    refuse: true,
  });
});

it('a change of one direction leaves the other, and what is not said, as it was', () => {
  const before = changed(UNIMPAIRED, { both: { delayMs: 10, loss: 0.1 } });
  const after = changed(before, changeOf('up-delay', '40'));
  expect(after.up).toEqual({ ...before.up, delayMs: 40 });
  expect(after.down).toEqual(before.down);
  expect(changed(before, changeOf('truncate-after', '9')).down.truncateAfter).toBe(9);
  expect(changed(before, changeOf('truncate-after', 'off')).down.truncateAfter).toBe(Infinity);
});

it.each([
  ['delay'],
  ['delay', '-3'],
  ['delay', 'soon'],
  ['lose', '3'],
  ['stall', 'yes'],
  ['loss', '130%'],
  ['burst', '0'],
])('refuses %j %j', (word, value = '') => {
  expect(() => changed(UNIMPAIRED, changeOf(word, value))).toThrow('config.invalid');
});

it('is no open proxy: a target on another machine is refused', async () => {
  for (const host of ['example.org', '10.0.0.1', '0.0.0.0', '127.0.0.1.example.org'])
    await expect(impairTcp({ to: 80, host })).rejects.toThrow('not this machine');
});
