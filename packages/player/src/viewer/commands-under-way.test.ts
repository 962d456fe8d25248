import type { Reply } from '@sealcam/home';
import { LIMITS, SealcamError } from '@sealcam/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HomeRig } from '../../test/home-rig.ts';
import { until } from '../../test/until.ts';
import type { HomeClient } from './home-client.ts';

let rig: HomeRig;
let client: HomeClient;
/** Tickets of the commands that came, in order. */
let came: Uint8Array[];

beforeEach(async () => {
  rig = await HomeRig.create();
  client = await rig.open();
  came = [];
  rig.onCommand = async (message) => void came.push((await rig.openedCommand(message)).ticket);
});
afterEach(() => client.close());

const OFFER = { do: 'roster.offer', rosters: [] } as const;

interface Asked {
  readonly ticket: Uint8Array;
  readonly heard: string[];
  /** How it ended: the last reply, or the code of the error. */
  readonly ended: Promise<string>;
}

async function ask(): Promise<Asked> {
  const heard: string[] = [];
  const before = came.length;
  const ended = client
    .command(OFFER, (reply) => heard.push(reply.is))
    .then(
      ({ is }) => is,
      (error: unknown) => (error instanceof SealcamError ? error.code : String(error)),
    );
  await until('the command', () => came.length > before);
  const ticket = came[before];
  if (ticket === undefined) throw new Error('none');
  return { ticket, heard, ended };
}

async function isPending(what: Promise<unknown>): Promise<boolean> {
  const late = Symbol('late');
  const soon = new Promise((resolve) => setTimeout(() => resolve(late), 20));
  return (await Promise.race([what, soon])) === late;
}

function pass(ms: number): void {
  for (let left = ms; left > 0; left -= 500) rig.clock.pass(500);
}

/** Time in which what the relay answers is heard before more of it passes. */
async function passHeard(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    rig.clock.pass(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a quiet command', () => {
  test('of 19 s does not end the line: it is probed, and the answer is taken', async () => {
    const { ticket, ended } = await ask();
    const dials = rig.dials;
    await passHeard(LIMITS.commandSilenceMs - 1_000);
    expect(client.connection.get().state).toBe('online');
    expect(rig.dials).toBe(dials);
    await rig.reply(ticket, 0, { is: 'ok' });
    expect(await ended).toBe('ok');
  });

  test('neither does one that the relay does not even acknowledge', async () => {
    rig.acknowledges = false;
    await ask();
    const dials = rig.dials;
    await passHeard(18_000);
    expect([client.connection.get().state, rig.dials]).toEqual(['online', dials]);
  });

  test('that says how it stands is waited for without end', async () => {
    const { ticket, heard, ended } = await ask();
    for (let n = 0; n < 30; n += 1) {
      await passHeard(LIMITS.commandProgressMs);
      await rig.reply(ticket, n, { is: 'waiting', words: 'still' });
      await until('heard', () => heard.length > n);
    }
    await rig.reply(ticket, 30, { is: 'ok' });
    expect(await ended).toBe('ok');
  });

  test('of which nothing is heard for 20 s is given up with words that do not say that the home is away', async () => {
    const { ticket, ended } = await ask();
    await passHeard(LIMITS.commandSilenceMs);
    expect(await ended).toBe('command.unanswered');
    // What comes after it is nobody's.
    await rig.reply(ticket, 0, { is: 'ok' });
    expect(client.connection.get().state).toBe('online');
  });

  test('on a line that is dead all the same, the line is given up', async () => {
    await ask();
    rig.send = () => undefined;
    const dials = rig.dials;
    pass(18_000);
    expect(rig.dials).toBeGreaterThan(dials);
  });
});

describe('replies', () => {
  test('are taken in rising order, each once, and only from the agent', async () => {
    const { ticket, heard, ended } = await ask();
    const step = (is: 'step' | 'waiting'): Reply =>
      is === 'step' ? { is, step: 'reached', words: '' } : { is, words: '' };
    await rig.reply(ticket, 2, step('step'));
    await until('the step', () => heard.length === 1);
    // Lower, and the same again: an answer that was held back does not come before what is known.
    await rig.reply(ticket, 1, { is: 'failed', code: 'internal', words: '' });
    await rig.reply(ticket, 2, step('waiting'));
    rig.send({ t: 'reply', sealed: Buffer.from([...ticket, ...new Uint8Array(200)]).toString('base64url') });
    rig.send({ t: 'reply', sealed: 'AAAA' });
    await rig.reply(new Uint8Array(16), 3, { is: 'failed', code: 'internal', words: '' });
    await rig.reply(ticket, 3, { is: 'ok' });
    expect(await ended).toBe('ok');
    expect(heard).toEqual(['step', 'ok']);
  });

  test('to many commands at once, in any order, find their own', async () => {
    const asked: Promise<Reply>[] = Array.from({ length: 20 }, () => client.command(OFFER));
    await until('all of them', () => came.length === 20);
    expect(rig.asked.filter((t) => t === 'ticket.get')).toHaveLength(1);
    expect(new Set(came.map((ticket) => Buffer.from(ticket).toString('hex'))).size).toBe(20);
    await Promise.all(came.toReversed().map((ticket) => rig.reply(ticket, 0, { is: 'ok' })));
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 20 }, () => ({ is: 'ok' })));
  });
});

describe('commands', () => {
  test('are sent in the order in which they were asked for', async () => {
    const names: string[] = [];
    rig.onCommand = async (message) => {
      const { command, ticket } = await rig.openedCommand(message);
      if (command.do === 'home.rename') names.push(command.name);
      await rig.reply(ticket, 0, { is: 'ok' });
    };
    // The display of the rig may not rename: this agent does not look at roles in what it is asked of here.
    await rig.changeRoster({ do: 'setRole', deviceId: rig.display.deviceId, role: 'admin' });
    const wanted = Array.from({ length: 12 }, (_, n) => `Home ${n}`);
    await Promise.all(wanted.map((name) => client.command({ do: 'home.rename', name })));
    expect(names).toEqual(wanted);
  });

  test('more than 32 at a moment ask in more than one message; what gets no ticket is told so', async () => {
    const counts: number[] = [];
    const give = rig.onTickets;
    rig.onTickets = (asked) => {
      counts.push(asked.count);
      if (counts.length === 1) give(asked);
      else rig.send({ t: 'tickets', re: asked.id, tickets: [] });
    };
    rig.onCommand = async (message) => rig.reply((await rig.openedCommand(message)).ticket, 0, { is: 'ok' });
    const ends = await Promise.allSettled(Array.from({ length: 40 }, () => client.command(OFFER)));
    expect(counts).toEqual([32, 8]);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(32);
    for (const end of ends.slice(32)) expect(end).toMatchObject({ reason: { code: 'protocol.too-many' } });
  });

  test('that the agent has no place for, or that the relay refuses, end with that code', async () => {
    const { ticket, ended } = await ask();
    rig.send({ t: 'command.over', ticket: Buffer.from(ticket).toString('base64url') });
    expect(await ended).toBe('protocol.too-many');
    rig.refuseCommand = 'home.offline';
    await expect(client.command(OFFER)).rejects.toMatchObject({ code: 'home.offline' });
  });

  test('are sealed to the bulletin that came before the ticket, though it is still being worked off', async () => {
    const give = rig.onTickets;
    rig.onTickets = (asked) => {
      void (async () => {
        await rig.rotate();
        give(asked);
      })();
    };
    const epochs: number[] = [];
    rig.onCommand = async (message) => {
      const { epoch, ticket } = await rig.openedCommand(message);
      epochs.push(epoch);
      await rig.reply(ticket, 0, { is: 'ok' });
    };
    await client.command(OFFER);
    expect(epochs).toEqual([rig.epoch]);
  });

  test('a relay that gives one ticket twice gets one command for it', async () => {
    rig.onTickets = ({ id, count }) => {
      const tickets = Array.from({ length: count }, () => 'A'.repeat(22));
      rig.send({ t: 'tickets', re: id, tickets });
    };
    const [, second] = [client.command(OFFER).catch(() => undefined), client.command(OFFER)];
    await expect(second).rejects.toMatchObject({ code: 'protocol.unexpected' });
    await until('the first', () => came.length > 0);
    expect(came).toHaveLength(1);
  });
});

describe('a line that breaks', () => {
  async function backOnline(): Promise<void> {
    rig.cut();
    rig.clock.pass(1_000);
    await until('online', () => client.connection.get().state === 'online');
  }

  test('and comes back to the same agent: the command goes on, and its answer is taken', async () => {
    const sinceMs = rig.clock.wallMs();
    rig.send({ t: 'agent', online: true, sinceMs });
    const { ticket, ended } = await ask();
    await backOnline();
    rig.send({ t: 'agent', online: true, sinceMs });
    expect(await isPending(ended)).toBe(true);
    await rig.reply(ticket, 0, { is: 'ok' });
    expect(await ended).toBe('ok');
  });

  test('and hears nothing any more of what was asked before: it may have been done', async () => {
    const { ended } = await ask();
    await backOnline();
    await passHeard(LIMITS.commandSilenceMs);
    expect(await ended).toBe('command.unanswered');
  });

  test('the agent left, or began anew: the home is not connected', async () => {
    rig.send({ t: 'agent', online: true, sinceMs: 1 });
    const left = await ask();
    rig.send({ t: 'agent', online: false, sinceMs: 2 });
    expect(await left.ended).toBe('home.offline');
    rig.send({ t: 'agent', online: true, sinceMs: 3 });
    const anew = await ask();
    rig.send({ t: 'agent', online: true, sinceMs: 4 });
    expect(await anew.ended).toBe('home.offline');
  });

  test('a page that goes waits for nothing', async () => {
    const { ended } = await ask();
    client.close();
    expect(await ended).toBe('home.offline');
  });
});
