import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/manual-clock.ts';
import { Challenges } from './challenges.ts';

const spelled = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

describe('a challenge', () => {
  it('is good for what it was made for, once, for five minutes', () => {
    const clock = new ManualClock();
    const challenges = new Challenges(clock);
    const [first, second] = [spelled(challenges.make('sign in')), spelled(challenges.make('sign in'))];
    expect(first).not.toBe(second);
    expect(challenges.isGood(first, 'sign in')).toBe(true);
    expect(challenges.isGood(first, 'new own ada')).toBe(false);
    expect([challenges.use(first), challenges.use(first)]).toEqual([true, false]);
    expect(challenges.isGood(first, 'sign in')).toBe(false);
    clock.advance(5 * 60_000);
    expect(challenges.isGood(second, 'sign in')).toBe(false);
  });

  it('is not pushed out by those of whoever asks for thousands', () => {
    const challenges = new Challenges(new ManualClock());
    const mine = spelled(challenges.make('sign in'));
    for (let n = 0; n < 5_000; n += 1) challenges.make('sign in');
    expect(challenges.isGood(mine, 'sign in')).toBe(true);
  });

  it('that is changed, cut, of another run, or nothing at all is none', () => {
    const challenges = new Challenges(new ManualClock());
    const bytes = challenges.make('sign in');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(challenges.isGood(spelled(changed), 'sign in')).toBe(false);
      expect(challenges.isGood(spelled(bytes.subarray(0, at)), 'sign in')).toBe(false);
    }
    const other = spelled(new Challenges(new ManualClock()).make('sign in'));
    for (const none of [other, '', '*', 'A'.repeat(75)]) expect(challenges.isGood(none, 'sign in')).toBe(false);
  });
});
