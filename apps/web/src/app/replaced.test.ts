import { describe, expect, it } from 'vitest';
import { replacedDevices, type Device, type Seen } from './replaced.ts';

const NOW = 1_800_000_000_000;

function device(id: string, change: Partial<Device> = {}): Device {
  return { id, name: 'Kitchen tablet', kind: 'display', isMe: false, ...change };
}

function offered(members: readonly Device[], seen: Readonly<Record<string, Seen>> = {}): string[] {
  const joined = new Map(members.map(({ id }, index) => [id, index + 2]));
  return replacedDevices(members, joined, new Map(Object.entries(seen)), NOW).map(
    ({ old, by }) => `${old.id} by ${by.id}`,
  );
}

describe('an entry that was replaced', () => {
  it('is the older one of the same name and kind', () => {
    expect(offered([device('b'), device('a', { name: 'kitchen Tablet ' })])).toEqual(['b by a']);
    expect(offered([device('a'), device('b', { name: 'Hall' }), device('c', { kind: 'phone' })])).toEqual([]);
    expect(offered([device('a', { isMe: true }), device('b')])).toEqual([]);
    expect(offered([device('a'), device('b'), device('c')])).toEqual(['a by c', 'b by c']);
  });

  it('has shown nothing since the new one did', () => {
    const two = [device('a'), device('b')];
    const from = (firstMs: number, lastMs: number): Seen => ({ firstMs, lastMs });
    expect(offered(two, { a: from(NOW - 9e6, NOW - 4e6), b: from(NOW - 3e6, NOW) })).toEqual(['a by b']);
    // Both are used: two tablets of one name.
    expect(offered(two, { a: from(NOW - 9e6, NOW - 2e6), b: from(NOW - 3e6, NOW) })).toEqual([]);
    // The new one was shown nothing yet.
    expect(offered(two, { a: from(NOW - 9e6, NOW - 1_000) })).toEqual([]);
    expect(offered(two, { a: from(NOW - 9e6, NOW - 3e5) })).toEqual(['a by b']);
  });
});
