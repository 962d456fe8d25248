/** What a relay says of its own addresses, and what a page takes for that. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from './bytes.ts';
import { decodeReach, encodeReach, MAX_REACH_ADDRESSES, type Reach } from './reach.ts';

const origins = fc.webAuthority({ withPort: true }).map((host) => `https://${host}`);
const own = origins.filter((text) => URL.canParse(text) && new URL(text).origin === text);

describe('a reach', () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('machine' as const, 'plain' as const, 'network' as const),
        fc.array(own, { maxLength: MAX_REACH_ADDRESSES }),
        fc.option(fc.constant('http://[fd00::2]:8421'), { nil: undefined }),
        (from, addresses, trust) => {
          const reach: Reach = { from, addresses, trust };
          expect(decodeReach(encodeReach(reach))).toEqual(reach);
        },
      ),
    );
  });

  it('holds no more addresses than are shown', () => {
    const addresses = Array.from({ length: MAX_REACH_ADDRESSES + 3 }, (_, n) => `https://192.168.1.${n}`);
    expect(decodeReach(encodeReach({ from: 'network', addresses })).addresses).toHaveLength(MAX_REACH_ADDRESSES);
  });

  it.each([
    'javascript:alert(1)',
    'http://192.168.1.20:8420',
    'https://192.168.1.20:8420/app',
    'https://u:p@192.168.1.20',
    'https://Cams.example',
    'https://cams.example:443',
    '',
  ])('takes %j for no address', (address) => {
    const text = JSON.stringify({ version: 1, from: 'network', addresses: [address] });
    expect(() => decodeReach(text)).toThrow(CodecError);
  });

  it('of another version, too long or of another form is refused in our words', () => {
    const wrong = [
      { version: 2, from: 'machine', addresses: [] },
      { version: 1, from: 'space', addresses: [] },
      null,
      [],
    ];
    for (const each of wrong) expect(() => decodeReach(JSON.stringify(each))).toThrow(CodecError);
    expect(() => decodeReach(`{"version":1,"from":"machine","addresses":[],"x":"${'x'.repeat(9000)}"}`)).toThrow(
      CodecError,
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          decodeReach(text);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
  });

  it('may say more than is known today', () => {
    const text = JSON.stringify({ version: 1, from: 'machine', addresses: [], later: 1 });
    expect(decodeReach(text)).toEqual({ from: 'machine', addresses: [], trust: undefined });
  });
});
