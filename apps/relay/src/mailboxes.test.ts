import { describe, expect, it } from 'vitest';
import { LIMITS, mailboxId, SealcamError, type ErrorCode, type MailboxId } from '@sealcam/protocol';
import { ManualClock } from '../test/manual-clock.ts';
import { Mailboxes, type Side } from './mailboxes.ts';

class Person implements Side {
  readonly address: string;
  readonly mails: string[] = [];
  met = 0;
  over: ErrorCode | undefined;
  constructor(address = '192.0.2.1') {
    this.address = address;
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

  it('is not to be had in any number by one address, nor found by trying all codes', () => {
    const clock = new ManualClock();
    const mailboxes = new Mailboxes(clock, 100);
    const [busy, other] = [new Person('192.0.2.7'), new Person('192.0.2.8')];
    for (let index = 0; index < LIMITS.mailboxesPerAddress; index += 1) mailboxes.open(box(index), false, busy);
    expect(codeOf(() => mailboxes.open(box(99), false, busy))).toBe('protocol.too-many');
    expect(codeOf(() => mailboxes.open(box(99), false, other))).toBe('fine');
    for (let index = 0; index < 20; index += 1) {
      expect(codeOf(() => mailboxes.join({ mailboxId: undefined, number: '0000' }, busy))).toBe('pair.unknown');
    }
    expect(codeOf(() => mailboxes.join({ mailboxId: box(99), number: undefined }, busy))).toBe('protocol.too-many');
    clock.advance(LIMITS.mailboxMs - 1);
    expect(codeOf(() => mailboxes.join({ mailboxId: box(99), number: undefined }, other))).toBe('fine');
  });
});
