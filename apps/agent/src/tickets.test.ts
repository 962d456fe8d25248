import { deviceId, LIMITS } from '@sealcam/protocol';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Tickets } from './tickets.ts';

const KITCHEN = deviceId('1'.repeat(32));
const PHONE = deviceId('2'.repeat(32));

let nowMs: number;
let tickets: Tickets;
beforeEach(() => {
  nowMs = 5_000;
  tickets = new Tickets(() => nowMs);
});

function one(device = KITCHEN): string {
  const [ticket] = tickets.give(device, 1, 0);
  if (ticket === undefined) throw new Error('none given');
  return ticket;
}

describe('a ticket', () => {
  it('is good once, for the device that it was given to', () => {
    const ticket = one();
    expect(Buffer.from(ticket, 'base64url')).toHaveLength(16);
    expect(tickets.use(PHONE, ticket)).toBe('command.late');
    expect(tickets.use(KITCHEN, ticket)).toBeUndefined();
    expect(tickets.use(KITCHEN, ticket)).toBe('command.replayed');
  });

  it('is good for less than 30 s, and never again afterwards', () => {
    const [early, late] = [one(), one()];
    nowMs += LIMITS.ticketMs - 1;
    expect(tickets.use(KITCHEN, early)).toBeUndefined();
    nowMs += 1;
    expect(tickets.use(KITCHEN, late)).toBe('command.late');
  });

  it('that was used is known as used for as long as its device may wait for an answer', () => {
    const ticket = one();
    nowMs += LIMITS.ticketMs - 1;
    expect(tickets.use(KITCHEN, ticket)).toBeUndefined();
    nowMs += LIMITS.commandSilenceMs;
    expect(tickets.use(KITCHEN, ticket)).toBe('command.replayed');
  });

  it('of another run of the agent is worth nothing', () => {
    const ticket = one();
    expect(new Tickets(() => nowMs).use(KITCHEN, ticket)).toBe('command.late');
  });

  it('is not given above 64 that are open, what is under way included; the next come when those are over', () => {
    expect(tickets.give(KITCHEN, 1_000, 0)).toHaveLength(LIMITS.ticketsAtOnce);
    expect(tickets.give(KITCHEN, 32, 10)).toHaveLength(LIMITS.ticketsPerDevice - 32 - 10);
    expect(tickets.give(KITCHEN, 5, 10)).toEqual([]);
    expect(tickets.give(PHONE, 5, 0)).toHaveLength(5);
    nowMs += LIMITS.ticketMs;
    expect(tickets.give(KITCHEN, 5, LIMITS.ticketsPerDevice)).toEqual([]);
    expect(tickets.give(KITCHEN, 5, 0)).toHaveLength(5);
  });

  it('is used once however many are used: what is no longer remembered as used is late', () => {
    const first = one();
    expect(tickets.use(KITCHEN, first)).toBeUndefined();
    for (let n = 0; n < 5_000; n += 1) expect(tickets.use(KITCHEN, one())).toBeUndefined();
    expect(tickets.use(KITCHEN, first)).toBe('command.late');
  });

  it('works at most once in any order of giving, waiting, stealing and using', () => {
    const act = fc.oneof(
      fc.record({ do: fc.constant('give' as const), device: fc.constantFrom(KITCHEN, PHONE) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(20_000) }),
      fc.record({
        do: fc.constant('use' as const),
        device: fc.constantFrom(KITCHEN, PHONE),
        which: fc.nat(20),
      }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const desk = new Tickets(() => nowMs);
        const given: { readonly ticket: string; readonly device: string; readonly atMs: number; uses: number }[] = [];
        for (const each of acts) {
          if (each.do === 'wait') nowMs += each.ms;
          else if (each.do === 'give')
            for (const ticket of desk.give(each.device, 2, 0))
              given.push({ ticket, device: each.device, atMs: nowMs, uses: 0 });
          else {
            const chosen = given[each.which];
            if (chosen === undefined) continue;
            const isGood = desk.use(each.device, chosen.ticket) === undefined;
            const mayBe = chosen.device === each.device && nowMs - chosen.atMs < LIMITS.ticketMs && chosen.uses === 0;
            expect(isGood).toBe(mayBe);
            if (isGood) chosen.uses += 1;
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
