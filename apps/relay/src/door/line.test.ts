import { describe, expect, it } from 'vitest';
import { Line } from './line.ts';

describe('a line', () => {
  it('serves the networks in turn, a few in each turn of the event loop', async () => {
    const line = new Line();
    const served: string[] = [];
    for (let n = 0; n < 100; n += 1) line.enter('flood', () => void served.push(`flood ${n}`));
    line.enter('home', () => void served.push('home'));
    expect(served).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(served.slice(0, 3)).toEqual(['flood 0', 'home', 'flood 1']);
    expect(served.length).toBeLessThan(20);
    while (served.length < 101) await new Promise((resolve) => setImmediate(resolve));
    line.enter('late', () => void served.push('late'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(served.at(-1)).toBe('late');
  });
});
