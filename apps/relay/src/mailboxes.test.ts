import { describe, expect, it } from 'vitest';
import { LIMITS, mailboxId, SealcamError, type ErrorCode, type MailboxId } from '@sealcam/protocol';
import { ManualClock } from '../test/manual-clock.ts';
import { Mailboxes, type Side } from './mailboxes.ts';

class Person implements Side {
  readonly network: string;
  readonly mails: string[] = [];
  met = 0;
  over: ErrorCode | undefined;
  constructor(network = '192.0.2.1') {
    this.network = network;
  }
  mail(body: string): void {
    this.mails.push(body);
  }
  joined(): void {
    this.met += 1;
  }
  ended(code: ErrorCode): void {
    this.over = code;
  }
}

const box = (digit: number): MailboxId => mailboxId(String(digit).padStart(32, '0'));
function codeOf(run: () => unknown): string {
  try {
    run();
    return 'fine';
  } catch (error) {
    return error instanceof SealcamError ? error.code : String(error);
  }
}

describe('a mailbox', () => {
  it('brings two sides together once, and holds what came before', () => {
    const mailboxes = new Mailboxes(new ManualClock(), 100);
    const [opener, joiner, third] = [new Person(), new Person(), new Person()];
    const { number } = mailboxes.open(box(1), true, opener);
    expect(number).toMatch(/^\d{4}$/);
    mailboxes.post(box(1), opener, 'early');
    const id = mailboxes.join({ mailboxId: undefined, number }, joiner);
    mailboxes.meet(id);
    expect([opener.met, joiner.mails]).toEqual([1, ['early']]);
    mailboxes.post(id, joiner, 'hello');
    mailboxes.post(id, opener, 'welcome');
    expect([opener.mails, joiner.mails]).toEqual([['hello'], ['early', 'welcome']]);
    expect(codeOf(() => mailboxes.join({ mailboxId: box(1), number: undefined }, third))).toBe('pair.used');
    expect(codeOf(() => mailboxes.join({ mailboxId: undefined, number }, third))).toBe('pair.unknown');
    expect(codeOf(() => mailboxes.open(box(1), false, third))).toBe('pair.used');
  });

  it('is over after five minutes, and says so', () => {
    const clock = new ManualClock();
    const mailboxes = new Mailboxes(clock, 100);
    const opener = new Person();
    mailboxes.open(box(1), false, opener);
    clock.advance(LIMITS.mailboxMs);
    mailboxes.tick();
    expect(opener.over).toBe('pair.expired');
    expect(codeOf(() => mailboxes.join({ mailboxId: box(1), number: undefined }, new Person()))).toBe('pair.expired');
  });

  it('is not joined and takes nothing from its last millisecond on, also before anybody looked; and is forgotten after five more minutes', () => {
    const clock = new ManualClock();
    const mailboxes = new Mailboxes(clock, 100);
    const opener = new Person();
    for (const digit of [1, 2]) mailboxes.open(box(digit), false, opener);
    const join = (digit: number): string =>
      codeOf(() => mailboxes.join({ mailboxId: box(digit), number: undefined }, new Person()));
    clock.advance(LIMITS.mailboxMs - 1);
    expect([join(1), codeOf(() => mailboxes.post(box(2), opener, 'x'))]).toEqual(['fine', 'fine']);
    clock.advance(1);
    expect(codeOf(() => mailboxes.post(box(2), opener, 'x'))).toBe('pair.expired');
    expect(join(2)).toBe('pair.expired');
    clock.advance(5 * 60_000 - 1);
    mailboxes.tick();
    expect(join(2)).toBe('pair.expired');
    clock.advance(1);
    mailboxes.tick();
    expect(join(2)).toBe('pair.unknown');
  });

  it('of networks that have as many each, the one that has waited longest ends', () => {
    const mailboxes = new Mailboxes(new ManualClock(), 3);
    const people = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((network) => new Person(network));
    for (const [index, person] of people.entries()) mailboxes.open(box(index), false, person);
    expect(people.map(({ over }) => over)).toEqual(['pair.expired', undefined, undefined, undefined]);
  });

  it('ends for both when one side leaves', () => {
    const mailboxes = new Mailboxes(new ManualClock(), 100);
    const [opener, joiner] = [new Person(), new Person()];
    mailboxes.open(box(1), false, opener);
    mailboxes.meet(mailboxes.join({ mailboxId: box(1), number: undefined }, joiner));
    mailboxes.leave(box(1), opener);
    expect(joiner.over).toBe('pair.left');
    expect(codeOf(() => mailboxes.join({ mailboxId: box(1), number: undefined }, new Person()))).toBe('pair.used');
  });

  it('holds 16 messages and 256 KB, and not one more', () => {
    const mailboxes = new Mailboxes(new ManualClock(), 100);
    const opener = new Person();
    mailboxes.open(box(1), false, opener);
    for (let index = 0; index < LIMITS.mailboxMessages; index += 1) mailboxes.post(box(1), opener, 'x');
    expect(codeOf(() => mailboxes.post(box(1), opener, 'x'))).toBe('protocol.too-many');
    mailboxes.open(box(2), false, opener);
    expect(codeOf(() => mailboxes.post(box(2), opener, 'x'.repeat(LIMITS.mailboxMessageBytes + 1)))).toBe(
      'protocol.too-many',
    );
  });

  it('is never refused: of too many the oldest that waits ends, one of the network that has the most', () => {
    const mailboxes = new Mailboxes(new ManualClock(), LIMITS.mailboxesPerAddress + 2);
    const flood = Array.from({ length: LIMITS.mailboxesPerAddress + 1 }, () => new Person('192.0.2.7'));
    const [early, other, late] = [new Person('192.0.2.8'), new Person('192.0.2.9'), new Person('192.0.2.10')];
    mailboxes.open(box(9_000), false, early);
    for (const [index, person] of flood.entries()) mailboxes.open(box(index), false, person);
    // Its own share was full: its own oldest ended, and was told so.
    expect(flood.map(({ over }) => over).slice(0, 2)).toEqual(['pair.expired', undefined]);
    mailboxes.meet(mailboxes.join({ mailboxId: box(1), number: undefined }, new Person('192.0.2.7')));
    for (const [index, person] of [other, late].entries()) mailboxes.open(box(9_001 + index), false, person);
    // All is full now. The joined one of the flood stays, and so does everybody else.
    expect(flood.map(({ over }) => over).slice(0, 4)).toEqual(['pair.expired', undefined, 'pair.expired', undefined]);
    expect([early.over, other.over, late.over]).toEqual([undefined, undefined, undefined]);
    for (const id of [9_000, 9_001, 9_002])
      expect(codeOf(() => mailboxes.join({ mailboxId: box(id), number: undefined }, new Person()))).toBe('fine');
  });

  it('remembers what is over only as far as there is room', () => {
    const mailboxes = new Mailboxes(new ManualClock(), 10);
    for (let index = 0; index < 40; index += 1) mailboxes.open(box(index), true, new Person());
    expect(codeOf(() => mailboxes.join({ mailboxId: box(0), number: undefined }, new Person()))).toBe('pair.unknown');
    expect(codeOf(() => mailboxes.join({ mailboxId: box(29), number: undefined }, new Person()))).toBe('pair.expired');
    expect(codeOf(() => mailboxes.join({ mailboxId: box(39), number: undefined }, new Person()))).toBe('fine');
  });

  it('is not found by trying all numbers; guessing locks neither a code of 128 bits nor other networks, and is over soon', () => {
    const clock = new ManualClock();
    const mailboxes = new Mailboxes(clock, 100);
    const [guesser, neighbor, elsewhere] = [new Person('192.0.2.7'), new Person('192.0.2.7'), new Person('192.0.2.8')];
    const number = mailboxes.open(box(1), true, elsewhere).number ?? '';
    mailboxes.open(box(2), false, elsewhere);
    const wrong = number === '0000' ? '0001' : '0000';
    const join = (side: Person, code: { number?: string; mailboxId?: MailboxId }): string =>
      codeOf(() => mailboxes.join({ mailboxId: undefined, number: undefined, ...code }, side));
    for (let index = 0; index < 20; index += 1) expect(join(guesser, { number: wrong })).toBe('pair.unknown');
    expect(join(guesser, { number: wrong })).toBe('pair.too-many');
    expect(join(neighbor, { number })).toBe('pair.too-many');
    expect(join(neighbor, { mailboxId: box(2) })).toBe('fine');
    clock.advance(3_000);
    expect(join(neighbor, { number })).toBe('fine');
    const again = mailboxes.open(box(3), true, elsewhere).number ?? '';
    expect(join(elsewhere, { number: again })).toBe('fine');
  });

  it('is found by its number as often as there are people, without a wait', () => {
    const mailboxes = new Mailboxes(new ManualClock(), 200);
    for (let index = 0; index < 100; index += 1) {
      const { number } = mailboxes.open(box(index), true, new Person());
      expect(codeOf(() => mailboxes.join({ mailboxId: undefined, number }, new Person()))).toBe('fine');
    }
  });

  it('lets a guesser try 120 numbers in the five minutes that one lives', () => {
    const clock = new ManualClock();
    const mailboxes = new Mailboxes(clock, 100);
    const tried = { count: 0 };
    for (let second = 0; second < LIMITS.mailboxMs / 1000; second += 1) {
      for (let each = 0; each < 50; each += 1) {
        const code = codeOf(() => mailboxes.join({ mailboxId: undefined, number: '0000' }, new Person()));
        if (code === 'pair.unknown') tried.count += 1;
      }
      clock.advance(1_000);
      mailboxes.tick();
    }
    expect(tried.count).toBeLessThanOrEqual(121);
  });
});
