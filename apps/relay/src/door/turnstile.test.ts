import { describe, expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

describe('a turnstile', () => {
  it('lets so many through at a time, and the networks in turn, however many of one wait', async () => {
    const turnstile = new Turnstile(2);
    const order: string[] = [];
    const ends: (() => void)[] = [];
    let running = 0;
    let most = 0;
    const pass = (from: string, name: string): Promise<void> =>
      turnstile.pass(from, async () => {
        running += 1;
        most = Math.max(most, running);
        order.push(name);
        await new Promise<void>((resolve) => ends.push(resolve));
        running -= 1;
      });
    const all = [
      ...Array.from({ length: 50 }, (_, n) => pass('flood', `flood ${n}`)),
      pass('home', 'home'),
      pass('other', 'other'),
    ];
    while (order.length < all.length || ends.length > 0) {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(all);
    expect(most).toBe(2);
    expect(order.slice(0, 6)).toEqual(['flood 0', 'flood 1', 'flood 2', 'home', 'other', 'flood 3']);
    expect(order).toHaveLength(52);
  });

  it('goes on after a fault', async () => {
    const turnstile = new Turnstile(1);
    await expect(turnstile.pass('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(turnstile.pass('a', () => Promise.resolve(1))).resolves.toBe(1);
  });
});
