import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeQuestion, parseAnswer } from './mdns.ts';

const NAME = 'front-door.local';
const ID = 0x1234;
const u16 = (value: number): number[] => [value >> 8, value & 255];
const named = (name: string): number[] => [
  ...name.split('.').flatMap((each) => [each.length, ...Buffer.from(each)]),
  0,
];
const record = (name: readonly number[], type: number, data: readonly number[], kind = 0x8001): number[] => [
  ...[...name, ...u16(type), ...u16(kind), 0, 0, 0, 120],
  ...[...u16(data.length), ...data],
];

interface Message {
  readonly id?: number;
  readonly flags?: number;
  readonly questions?: readonly number[][];
  readonly records?: readonly number[][];
}

function message({ id = ID, flags = 0x8400, questions = [], records = [] }: Message): Uint8Array {
  const counts = [questions.length, records.length, 0, 0].flatMap(u16);
  return Uint8Array.from([...u16(id), ...u16(flags), ...counts, ...questions.flat(), ...records.flat()]);
}

const A = record(named(NAME), 1, [192, 168, 1, 20]);
const FOUND = [{ address: '192.168.1.20', family: 4 }];

describe('a question', () => {
  test('asks for both kinds of address of one name', () => {
    const both = [1, 28].flatMap((type) => [...named(NAME), ...u16(type), ...u16(1)]);
    expect(encodeQuestion(NAME, ID)).toEqual(Buffer.from([...u16(ID), 0, 0, ...[2, 0, 0, 0].flatMap(u16), ...both]));
  });

  test('is not made of what is no name', () => {
    for (const name of ['', 'a..local', `${'a'.repeat(64)}.local`, `${'a.'.repeat(125)}local`])
      expect(encodeQuestion(name, ID)).toBeUndefined();
    for (const name of [`${'a'.repeat(63)}.local`, `${'a.'.repeat(124)}local`])
      expect(encodeQuestion(name, ID)).toBeDefined();
  });
});

describe('an answer', () => {
  test('of both families is read, the question repeated before it, the name by a pointer, and in any case', () => {
    const questions = [[...named(NAME), ...u16(1), ...u16(1)]];
    const v6 = record([0xc0, 12], 28, [0xfe, 0x80, ...Array.from({ length: 13 }, () => 0), 7]);
    expect(parseAnswer(message({ records: [A] }), NAME, ID)).toEqual(FOUND);
    expect(parseAnswer(message({ records: [A] }), 'Front-Door.LOCAL', ID)).toEqual(FOUND);
    expect(parseAnswer(message({ questions, records: [A, v6] }), NAME, ID)).toEqual([
      ...FOUND,
      { address: 'fe80:0:0:0:0:0:0:7', family: 6 },
    ]);
  });

  test('is found among other records', () => {
    const records = [record(named('x.local'), 1, [10, 0, 0, 1]), record(named(NAME), 16, [1, 65]), A];
    expect(parseAnswer(message({ records }), NAME, ID)).toEqual(FOUND);
  });

  test.each<[string, Uint8Array]>([
    ['of another number', message({ id: ID + 1, records: [A] })],
    ['that is a question', message({ flags: 0, records: [A] })],
    ['that says that there is none', message({ flags: 0x8403, records: [A] })],
    ['for another name', message({ records: [record(named('other.local'), 1, [10, 0, 0, 1])] })],
    ['for a longer name', message({ records: [record(named(`x.${NAME}`), 1, [10, 0, 0, 1])] })],
    ['of another class', message({ records: [record(named(NAME), 1, [10, 0, 0, 1], 3)] })],
    ['of three bytes', message({ records: [record(named(NAME), 1, [10, 0, 0])] })],
    ['of too many records', message({ records: Array.from({ length: 65 }, () => A) })],
    ['cut short', message({ records: [A] }).subarray(0, -1)],
    ['too long', Buffer.concat([message({ records: [A] }), Buffer.alloc(9_000)])],
    ['whose name points at itself', message({ records: [record([0xc0, 12], 1, [10, 0, 0, 1])] })],
    ['whose name points further on', message({ records: [record([0xc0, 40], 1, [10, 0, 0, 1]), A] })],
  ])('%s is none', (_what, bytes) => {
    expect(parseAnswer(bytes, NAME, ID)).toEqual([]);
  });

  test('however it is changed, it is an answer or none, and says nothing of another name', () => {
    const whole = message({
      questions: [[...named(NAME), ...u16(1), ...u16(1)]],
      records: [
        A,
        record(
          [0xc0, 12],
          28,
          Array.from({ length: 16 }, (_, i) => i),
        ),
      ],
    });
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat(whole.length), (changes, length) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        expect(parseAnswer(bytes.subarray(0, length), NAME, ID).length).toBeLessThanOrEqual(2);
        expect(parseAnswer(bytes, 'other.local', ID)).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  test('any bytes behind a good head cost nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(64), (rest, count) => {
        const head = message({ records: [] });
        head.set(u16(count), 6);
        expect(parseAnswer(Buffer.concat([head, rest]), 'a.local', ID)).toBeInstanceOf(Array);
      }),
      { numRuns: 3_000 },
    );
  });
});
