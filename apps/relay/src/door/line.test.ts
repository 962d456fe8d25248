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

  it('serves eight in a turn, to whom one that has been served costs no place, and rests when nobody waits', async () => {
    const line = new Line();
    let served = 0;
    const come = (network: string): void => line.enter(network, () => void (served += 1));
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    for (let n = 0; n < 4; n += 1) come(`network ${n}`);
    for (let n = 0; n < 20; n += 1) come('flood');
    const turns: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      await turn();
      turns.push(served);
    }
    expect(turns).toEqual([8, 16, 24, 24]);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Immediate')).toEqual([]);
  });
});
