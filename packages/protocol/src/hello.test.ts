import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import root from '../../../package.json' with { type: 'json' };
import { ERRORS } from './errors.ts';
import {
  codeKnownTo,
  firstAnswer,
  helloVersion,
  isVersionCode,
  PROGRAM_VERSION,
  relayRefusal,
  versionRefusal,
} from './hello.ts';
import { PROTOCOL_VERSION } from './limits.ts';

const OLDER = PROTOCOL_VERSION - 1;
const NEWER = PROTOCOL_VERSION + 1;

it('says the version of the package', () => {
  expect(PROGRAM_VERSION).toBe(root.version);
});

describe('two versions that meet', () => {
  it.each([
    ['page', OLDER, 'protocol.page-old', 'Reload this page.'],
    ['agent', OLDER, 'protocol.agent-old', 'Update the agent at home.'],
    ['page', NEWER, 'protocol.relay-old', 'Update the relay.'],
    ['agent', NEWER, 'protocol.relay-old', 'Update the relay.'],
  ] as const)('%s of version %i at this relay: %s', (client, version, code, todo) => {
    expect(versionRefusal(client, version)).toBe(code);
    expect(ERRORS[code].words).toContain(todo);
  });

  it.each([
    ['page', [OLDER], 'protocol.relay-old'],
    ['agent', [OLDER], 'protocol.relay-old'],
    ['page', [NEWER], 'protocol.page-old'],
    ['agent', [NEWER, NEWER + 1], 'protocol.agent-old'],
    // A relay that gave up the version between: the newer side is the one to follow.
    ['agent', [OLDER, NEWER], 'protocol.agent-old'],
  ] as const)('this %s at a relay of versions %j: %s', (client, versions, code) => {
    expect(relayRefusal(client, versions)).toBe(code);
  });

  it('understand each other where both speak it', () => {
    for (const client of ['page', 'agent'] as const) {
      expect(versionRefusal(client, PROTOCOL_VERSION)).toBeUndefined();
      expect(relayRefusal(client, [OLDER, PROTOCOL_VERSION, NEWER])).toBeUndefined();
    }
  });

  it('are told in codes that they know', () => {
    expect(codeKnownTo(1, 'protocol.page-old')).toBe('protocol.version');
    expect(codeKnownTo(1, 'home.unknown')).toBe('home.unknown');
    expect(codeKnownTo(2, 'protocol.page-old')).toBe('protocol.page-old');
    expect(firstAnswer('codec.malformed')).toBe('protocol.relay-old');
    expect(firstAnswer('pair.unknown')).toBe('pair.unknown');
    expect(isVersionCode('protocol.agent-old')).toBe(true);
    expect(isVersionCode('protocol.unexpected')).toBe(false);
  });
});

describe('the version of a first message', () => {
  it.each([
    ['{"t":"auth","version":3,"of":"tomorrow"}', 3],
    ['{"t":"open","id":1}', 1],
    ['{"version":-1}', undefined],
    ['{"version":"2"}', undefined],
    ['[]', undefined],
    ['null', undefined],
    ['not JSON', undefined],
  ])('%s', (text, version) => {
    expect(helloVersion(text)).toBe(version);
  });

  it('is a number or none, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const version = helloVersion(text);
        expect(version === undefined || Number.isSafeInteger(version)).toBe(true);
      }),
    );
  });
});
