import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NalDepacketizer } from './depacketize-nal.ts';
import { NalBuffer } from './nal-buffer.ts';

function depacketize(payloads: readonly number[][], donPresent = false): number[][] | 'damaged' {
  const depacketizer = new NalDepacketizer('h265', donPresent);
  const unit = new NalBuffer();
  for (const payload of payloads) depacketizer.push(Uint8Array.from(payload), unit);
  depacketizer.end(unit);
  return unit.damaged ? 'damaged' : unit.nals().map((nal) => [...nal]);
}

/** Type 19 (IDR) in a NAL header; 48 (AP) and 49 (FU) in a payload header. */
const IDR = [19 << 1, 1];
const AP = [48 << 1, 1];
const FU = [49 << 1, 1];

test('single units, aggregates and fragments give the NAL units that were packed', () => {
  expect(depacketize([[...IDR, 7, 8]])).toEqual([[...IDR, 7, 8]]);
  expect(depacketize([[...AP, 0, 3, 64, 1, 5, 0, 4, 66, 1, 6, 7]])).toEqual([
    [64, 1, 5],
    [66, 1, 6, 7],
  ]);
  expect(
    depacketize([
      [...FU, 0x80 | 19, 1, 2],
      [...FU, 19, 3],
      [...FU, 0x40 | 19, 4],
    ]),
  ).toEqual([[...IDR, 1, 2, 3, 4]]);
});

test('decoding order numbers are skipped where the SDP says that there are some', () => {
  expect(depacketize([[...IDR, 0, 1, 7, 8]], true)).toEqual([[...IDR, 7, 8]]);
  expect(depacketize([[...AP, 0, 1, 0, 3, 64, 1, 5, 9, 0, 3, 66, 1, 6]], true)).toEqual([
    [64, 1, 5],
    [66, 1, 6],
  ]);
  expect(
    depacketize(
      [
        [...FU, 0x80 | 19, 0, 1, 5],
        [...FU, 0x40 | 19, 6],
      ],
      true,
    ),
  ).toEqual([[...IDR, 5, 6]]);
});

test.each<[string, number[][], number[][]]>([
  [
    'a fragment that begins while one is open ends that one',
    [
      [...FU, 0x93, 1],
      [...FU, 0x93, 2],
    ],
    [
      [...IDR, 1],
      [...IDR, 2],
    ],
  ],
  [
    'another unit ends an open fragment',
    [
      [...FU, 0x93, 1],
      [66, 1, 6],
    ],
    [
      [...IDR, 1],
      [66, 1, 6],
    ],
  ],
  ['of an aggregate that ends early the whole units are taken', [[...AP, 0, 3, 64, 1, 5, 0, 9, 64, 1]], [[64, 1, 5]]],
  ['zeros behind an aggregate are padding', [[...AP, 0, 3, 64, 1, 5, 0, 0, 0]], [[64, 1, 5]]],
  ['an empty unit of an aggregate is none', [[...AP, 0, 0, 0, 3, 64, 1, 5]], [[64, 1, 5]]],
  ['a header without a body is nothing', [IDR], []],
  ['the rest of a message without its beginning is nothing', [[...FU, 0x40 | 39, 1]], []],
  ['types that are nobody’s are nothing', [[60 << 1, 1, 0, 0]], []],
  [
    'nor do they end a fragment',
    [
      [...FU, 0x93, 1],
      [60 << 1, 1, 9],
      [...FU, 0x53, 2],
    ],
    [[...IDR, 1, 2]],
  ],
])('%s', (_what, payloads, nals) => {
  expect(depacketize(payloads)).toEqual(nals);
});

test.each([
  ['the rest of a slice without its beginning', [[...FU, 0x53, 1]]],
  ['a slice that ends early in an aggregate', [[...AP, 0, 9, ...IDR, 1]]],
  ['a fragment without its header', [FU]],
  ['a format that no camera was offered (PACI)', [[50 << 1, 1, 0, 0]]],
])('%s is damage', (_what, payloads) => {
  expect(depacketize(payloads)).toBe('damaged');
});

test('random payloads never throw', () => {
  const payload = fc
    .tuple(fc.constantFrom(IDR, AP, FU), fc.array(fc.nat(255), { maxLength: 20 }))
    .map((parts) => parts.flat());
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 6 }), fc.boolean(), (payloads, donPresent) => {
      const nals = depacketize(payloads, donPresent);
      if (nals !== 'damaged') expect(nals.flat().length).toBeLessThanOrEqual(payloads.flat().length);
    }),
  );
});
