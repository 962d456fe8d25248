import { expect, test } from 'vitest';
import { cameraId, epoch, homeId, LIMITS, micros, parseSealedHeader, sessionId, toHex } from '@sealcam/protocol';
import { nodeSuite } from '../test/node-suite.ts';
import type { PlainUnit } from './plain.ts';
import { Sealer, type SealSuite } from './sealer.ts';

const track = { homeId: homeId('11'.repeat(16)), cameraId: cameraId('22'.repeat(16)), streamId: 0 } as const;
const session = sessionId('33'.repeat(8));
const unit = (keyframe: boolean, captureUs = 1_000_000): PlainUnit => ({
  captureUs: micros(captureUs),
  durationUs: 40_000,
  keyframe,
  discontinuity: false,
  config: undefined,
  unit: Uint8Array.of(0, 0, 0, 1, 0x65),
});
const ready = (suite: SealSuite = nodeSuite, streamId: 0 | 2 | 4 = 0) => {
  const sealer = new Sealer({ ...track, streamId }, session, suite);
  sealer.rekey(epoch(10), new Uint8Array(32).fill(1));
  return sealer;
};

test('the counter begins at 0, rises by 1 and goes on through a new epoch and a new GOP', () => {
  const sealer = ready();
  const first = [unit(true), unit(false), unit(false)].map((u) => sealer.seal(u));
  sealer.rekey(epoch(11), new Uint8Array(32).fill(2));
  const second = [unit(false), unit(true), unit(false)].map((u) => sealer.seal(u));
  expect([...first, ...second].map(({ ctr, gopCtr }) => [ctr, gopCtr])).toEqual([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 4],
    [5, 4],
  ]);
  expect(second[0]?.kid).not.toBe(first[0]?.kid);
  expect(second[0]?.epoch).toBe(11);
});

test('what is on the wire is what was counted', () => {
  const sealer = ready();
  for (const keyframe of [true, false, false, true, false]) {
    const sealed = sealer.seal(unit(keyframe));
    const { kid, ctr, gopCtr, flags } = parseSealedHeader(sealed.bytes);
    expect({ kid, ctr, gopCtr, flags }).toEqual({
      kid: sealed.kid,
      ctr: sealed.ctr,
      gopCtr: sealed.gopCtr,
      flags: keyframe ? 1 : 0,
    });
  }
});

test('a cipher that fails burns its counter, and nothing hangs on the frame it lost', () => {
  let fail = false;
  const nonces: string[] = [];
  const suite: SealSuite = {
    ...nodeSuite,
    aead: (key) => {
      const seal = nodeSuite.aead(key);
      return (nonce, aad, plain) => {
        nonces.push(toHex(nonce));
        if (fail) throw new Error('the cipher failed');
        return seal(nonce, aad, plain);
      };
    },
  };
  const sealer = ready(suite);
  sealer.seal(unit(true));
  fail = true;
  expect(() => sealer.seal(unit(false))).toThrow('the cipher failed');
  fail = false;
  expect(() => sealer.seal(unit(false))).toThrow('without its keyframe');
  expect(sealer.seal(unit(true))).toMatchObject({ ctr: 2, gopCtr: 2 });
  expect(new Set(nonces).size).toBe(nonces.length);
});

test('deltas before a keyframe, deltas of streams that have none, and empty units are refused without a counter', () => {
  const sealer = ready();
  expect(() => sealer.seal(unit(false))).toThrow('without its keyframe');
  expect(() => sealer.seal({ ...unit(true), unit: new Uint8Array(0) })).toThrow('empty');
  expect(() => sealer.seal({ ...unit(true), unit: new Uint8Array(LIMITS.accessUnitBytes + 1) })).toThrow(
    'protocol.too-large',
  );
  expect(sealer.seal(unit(true)).ctr).toBe(0);
  const audio = ready(nodeSuite, 2);
  audio.seal(unit(true));
  expect(() => audio.seal(unit(false))).toThrow('without its keyframe');
  expect(audio.seal(unit(true))).toMatchObject({ ctr: 1, gopCtr: 1 });
});

test('without a key nothing is sealed, and an epoch never comes again', () => {
  const sealer = new Sealer(track, session, nodeSuite);
  expect(() => sealer.seal(unit(true))).toThrow('no epoch');
  sealer.rekey(epoch(5), new Uint8Array(32));
  expect(() => sealer.rekey(epoch(5), new Uint8Array(32).fill(9))).toThrow('must rise');
  sealer.stop();
  expect(() => sealer.seal(unit(true))).toThrow('no epoch');
});

test('capture time rises within a session though the clock steps back', () => {
  const sealer = ready();
  const times = [unit(true, 1_000_000), unit(false, 900_000), unit(false, 1_000_001), unit(false, 1_040_000)];
  expect(times.map((u) => sealer.seal(u).captureUs)).toEqual([1_000_000, 1_000_001, 1_000_002, 1_040_000]);
});

test('states of every length up to 96 bytes look alike to the relay', () => {
  const sealer = ready(nodeSuite, 4);
  const sizes = [1, 9, 40, 96].map(
    (length) => sealer.seal({ ...unit(true), unit: new Uint8Array(length).fill(1) }).bytes.length,
  );
  expect(new Set(sizes).size).toBe(1);
});

test("the sealed bytes are nobody else's: the unit may be reused after the call", () => {
  const sealer = ready();
  const source = unit(true);
  const sealed = sealer.seal(source);
  const before = toHex(sealed.bytes);
  source.unit.fill(0xff);
  sealer.seal(unit(false));
  expect(toHex(sealed.bytes)).toBe(before);
});

test.each([
  ['a time before 1970', { captureUs: -1 }],
  ['a time that is no whole number', { captureUs: 1.5 }],
  ['a time that no number holds', { captureUs: 2 ** 53 }],
  ['a duration below zero', { durationUs: -1 }],
  ['a duration above 32 bits', { durationUs: 2 ** 32 }],
  ['nothing', { unit: new Uint8Array() }],
])('%s is refused and costs no counter', (_what, change) => {
  const sealer = ready();
  expect(() => sealer.seal({ ...unit(true), ...change } as PlainUnit)).toThrow(
    expect.objectContaining({ code: 'protocol.unexpected' }) as Error,
  );
  expect(sealer.seal({ ...unit(true), durationUs: 2 ** 32 - 1 }).ctr).toBe(0);
});
