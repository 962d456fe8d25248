/** docs/faults.md says what the table of errors says, and every fault that a camera, a disk or a code can have is on it. */
import { readFileSync } from 'node:fs';
import { ERRORS, isErrorCode } from '@sealcam/protocol';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| fault |'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

it('each row has a test, and the words of its code', () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const [, fault = '', code = '', words = '', test = ''] of rows) {
    expect(test, fault).toMatch(/\]\(\.\.\/[\w./-]+\.test\.ts\)/u);
    expect(words, fault).not.toBe('');
    if (code === '') continue;
    const name = code.replaceAll('`', '');
    expect(isErrorCode(name) ? ERRORS[name].words : `no code ${name}`, fault).toBe(words);
  }
});

it('no code of a camera, a folder or a pairing is missing', () => {
  const listed = new Set(rows.map(([, , code = '']) => code.replaceAll('`', '')));
  const wanted = Object.keys(ERRORS).filter((code) => /^(?:rtsp|store|pair|port|config)\./u.test(code));
  expect(wanted.filter((code) => !listed.has(code))).toEqual([]);
});
