import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRoute, parseRoute, type Route } from './route.ts';

const id = fc.stringMatching(/^[0-9a-f]{32}$/);
const route: fc.Arbitrary<Route> = fc.oneof(
  fc.constantFrom<Route>(
    { at: 'pictures' },
    { at: 'cameras' },
    { at: 'add-camera' },
    { at: 'devices' },
    { at: 'pair' },
    { at: 'activity' },
    { at: 'settings' },
    { at: 'sheet' },
  ),
  fc.record({ at: fc.constantFrom('picture', 'who', 'camera', 'device'), id }),
  fc.record({
    at: fc.constant('link'),
    kind: fc.constantFrom('claim', 'pair'),
    value: fc.stringMatching(/^[A-Za-z0-9_-]{1,86}$/),
  }),
);

describe('a place', () => {
  it('comes back from its address', () => {
    fc.assert(
      fc.property(route, (value) => {
        expect(parseRoute(formatRoute(value))).toEqual(value);
      }),
    );
  });

  it('that nobody knows is the first one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseRoute(`#/x/${text}`)).toEqual({ at: 'pictures' });
      }),
    );
    for (const text of [
      '',
      '#',
      '#/',
      '#/watch/',
      '#/watch/zz',
      '#/constructor',
      '#/toString/x',
      '#claim=',
      '#claim=a b',
    ]) {
      expect(parseRoute(text)).toEqual({ at: 'pictures' });
    }
  });
});
