/** Which address a link for the others of the home names. */
import { describe, expect, it } from 'vitest';
import { lanAddress } from './addresses.ts';

describe('the address in a link', () => {
  it.each([
    ['0.0.0.0', ['203.0.113.7', '192.168.1.20', 'fd00::2'], '192.168.1.20'],
    // Nothing listens on IPv6 there.
    ['0.0.0.0', ['203.0.113.7', 'fd00::2'], undefined],
    ['::', ['203.0.113.7', 'fd00::2'], 'fd00::2'],
    ['10.0.0.5', ['192.168.1.20'], '10.0.0.5'],
    ['203.0.113.7', ['192.168.1.20'], undefined],
  ])('listening on %s of a machine with %j is %s', (host, addresses, expected) => {
    expect(lanAddress(host, addresses)).toBe(expected);
  });
});
