/** The barcode that tells which camera a picture is of, and how old it is: what is painted is read, and nothing else is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BARCODE, barcodeAgeMs, decodeBarcode, encodeBarcode, readBarcode, type Barcode } from './barcode.ts';

const barcode = fc.record({
  cameraId: fc.nat(255),
  counter: fc.nat(2 ** 24 - 1),
  clock: fc.nat(2 ** 32 - 1),
});

/** Paints as gst-camera.py does, with a tint and some noise as an encoder leaves them. */
function paint(value: Barcode, width: number, height: number, noise: number): Uint8Array {
  const rgba = new Uint8Array(4 * width * height).fill(120);
  const bytes = encodeBarcode(value);
  const cell = Math.floor(width / BARCODE.columns);
  for (let y = 0; y < BARCODE.rows * cell; y += 1) {
    for (let x = 0; x < BARCODE.columns * cell; x += 1) {
      const bit = Math.floor(y / cell) * BARCODE.columns + Math.floor(x / cell);
      const white = ((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1) === 1;
      const level = (white ? 225 : 20) + ((x * 7 + y * 13) % (2 * noise + 1)) - noise;
      rgba.set([Math.min(255, level + 25), level, Math.max(0, level - 20), 255], 4 * (y * width + x));
    }
  }
  return rgba;
}

test('what is painted is read at every size a test uses, through tint and noise', () => {
  const size = fc.constantFrom([320, 180], [640, 360], [1280, 720], [1920, 1080]);
  fc.assert(
    fc.property(barcode, size, fc.nat(40), (value, [width, height], noise) => {
      expect(readBarcode(paint(value, width, height, noise), width, height)).toEqual(value);
    }),
    { numRuns: 25 },
  );
});

test('a single wrong bit is noticed', () => {
  fc.assert(
    fc.property(barcode, fc.nat(79), (value, bit) => {
      const bytes = encodeBarcode(value);
      bytes[bit >> 3]! ^= 0x80 >> (bit & 7);
      expect(decodeBarcode(bytes)).toBeUndefined();
    }),
  );
});

test('pictures without a barcode, too small or cut off have none', () => {
  expect(readBarcode(new Uint8Array(4 * 320 * 180), 320, 180)).toBeUndefined();
  expect(readBarcode(new Uint8Array(4 * 320 * 180).fill(255), 320, 180)).toBeUndefined();
  expect(readBarcode(new Uint8Array(100), 320, 180)).toBeUndefined();
  expect(readBarcode(new Uint8Array(4 * 40 * 40), 40, 40)).toBeUndefined();
});

test('age is told over the wrap of the clock', () => {
  const paintedMs = 2 ** 32 * 400 - 30;
  const value = { cameraId: 1, counter: 1, clock: paintedMs % 2 ** 32 };
  expect(barcodeAgeMs(value, paintedMs + 70)).toBe(70);
});
