import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.ts';

/** A reader of RFC 4180 that shares nothing with the writer. */
function read(line: string): string[] {
  const fields: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = pattern.exec(line); match !== null; match = pattern.exec(line))
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  return fields;
}

describe('a line of CSV', () => {
  it('reads back as it was, but for the apostrophe before what a spreadsheet would run', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', ',', '"', '=', '+', '-', '@', '\t', '\r', '\n', "'", ' ') }), {
          minLength: 1,
        }),
        (fields) => {
          const back = read(csvLine(fields));
          expect(back).toEqual(fields.map((field) => (/^[=+\-@\t\r\n]/.test(field) ? `'${field}` : field)));
        },
      ),
    );
  });

  it('leaves numbers as they are, also below nothing', () => {
    expect(csvLine([-1, 2, undefined])).toBe('-1,2,\r\n');
  });
});
