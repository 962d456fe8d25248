/** The app's form lists brands without reaching into the agent: the two lists must be one. */
import { BRANDS } from '@sealcam/agent/cameras';
import { expect, test } from 'vitest';
import { BRANDS as FORM } from '../../apps/web/src/app/brands.ts';

test('the form offers the brands that the agent knows, with the same words', () => {
  expect(FORM.map(({ id, name, hint }) => ({ id, name, hint }))).toEqual(
    BRANDS.map(({ id, name, hint }) => ({ id, name, hint })),
  );
});
