/** The names a relay goes by, at their edges; that nothing is given out under another is asked in `tests/threats/host.test.ts`. */
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/manual-clock.ts';
import { OwnNames } from './own-names.ts';

const named = (...names: readonly string[]): OwnNames =>
  new OwnNames({ host: '127.0.0.1', names, cert: undefined, clock: new ManualClock() });

describe('a name', () => {
  it('is ours by what the machine is called, short, full and on the local network', () => {
    const [short = ''] = hostname().toLowerCase().split('.');
    for (const own of ['localhost', hostname(), short, `${short}.local`])
      expect([own, named().has(own)]).toEqual([own, true]);
  });

  it.each([
    undefined,
    '',
    '.',
    ':80',
    '[]',
    'localhost:',
    'localhost:123456',
    'localhost:80:80',
    'localhost/',
    'a@localhost',
    'localhost localhost',
    'localhost.evil.example',
    'evil-localhost',
    '[localhost]',
    '127.0.0.1.',
    '127.0.0.1.evil.example',
    '[::1',
    '::1',
  ])('that is none, or only looks like ours, is not ours: %s', (header) => {
    expect(named().has(header)).toBe(false);
  });

  it('of 253 letters is looked at, and a longer one is not', () => {
    const long = `${'a'.repeat(253 - '.localhost'.length)}.localhost`;
    expect(named().has(long)).toBe(true);
    expect(named().has(`a${long}`)).toBe(false);
    expect(() => named('a'.repeat(253))).not.toThrow();
    expect(() => named('a'.repeat(254))).toThrow(/config\.invalid/u);
  });

  it.each(['', ' ', 'a b', 'a/b', 'http://a.example', 'a@b', '*.example', 'ä.example'])(
    'that no host can have is refused at the start: %s',
    (name) => {
      expect(() => named(name)).toThrow(/config\.invalid/u);
    },
  );

  it('of “everywhere” is this machine, and no address that could be asked for', () => {
    for (const host of ['0.0.0.0', '::', '[::]']) {
      const names = new OwnNames({ host, names: [], cert: undefined, clock: new ManualClock() });
      expect([names.has('localhost'), names.has('0.0.0.0'), names.has('[::]')]).toEqual([true, false, false]);
    }
  });

  it('that is an address is ours where the operator says so, however it is spelled, and no other is', () => {
    const names = named('203.0.113.9', ' [2001:DB8::9] ', 'cams.example.');
    for (const own of ['203.0.113.9', '[2001:db8:0::9]', '[::ffff:203.0.113.9]', 'CAMS.example', 'cams.example.:9'])
      expect([own, names.has(own)]).toEqual([own, true]);
    for (const other of ['203.0.113.8', '[2001:db8::8]', 'cams.example..', 'example'])
      expect([other, names.has(other)]).toEqual([other, false]);
  });
});
