/** The QR code of the terminal. */
import { encodeQR } from 'qr';
import { expect, it } from 'vitest';
import { qrLines } from './qr-code.ts';

it('shows every module of the code, two a character', () => {
  const text = `http://127.0.0.1:8420/app#claim=${'a'.repeat(80)}`;
  const modules = encodeQR(text, 'raw', { border: 2, ecc: 'low' });
  const drawn = qrLines(text).flatMap((line) => {
    const blocks = Array.from(line.slice('\u001B[30;107m'.length, -'\u001B[0m'.length));
    return [blocks.map((block) => '█▀'.includes(block)), blocks.map((block) => '█▄'.includes(block))];
  });
  expect(drawn.slice(0, modules.length)).toEqual(modules);
  expect(qrLines(text).length).toBeLessThan(30);
});
