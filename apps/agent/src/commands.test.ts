/** The agent's commands with its real household, tickets and keys; clocks and timers are in the test's hand. */
import {
  buildGenesis,
  buildNextRoster,
  decodeSealedReply,
  generateDeviceKeys,
  generateHpkeKeys,
  openReply,
  sealCommand,
  signHpkeKey,
  signRoster,
  verifyGenesis,
  verifyNext,
  type Command,
  type DeviceKeys,
  type HpkeKeys,
  type Reply,
} from '@sealcam/home';
import { epoch, fromBase64Url, LIMITS, toBase64Url, type FromAgent } from '@sealcam/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { folderForTest } from '../test/folder.ts';
import { CommandKeys } from './command-keys.ts';
import { Commands, type CommandParts } from './commands.ts';
import { HomeStore } from './home-store.ts';
import { Household } from './household.ts';

const NOW_MS = 1_800_000_000_000;
const EPOCH = epoch(NOW_MS);

interface Answered {
  readonly n: number;
  readonly reply: Reply;
}

class Rig {
  nowMs = 0;
  readonly sent: FromAgent[] = [];
  /** What the camera that is tried does; the trial lasts until it settles. */
  trial: CommandParts['trials']['run'] = () => Promise.resolve({ is: 'ok' });
  admin!: DeviceKeys;
  adminHpke!: HpkeKeys;
  household!: Household;
  commands!: Commands;
  readonly keys = new CommandKeys();
  readonly hpke = generateHpkeKeys(1);
  #asks = 0;

  static async create(): Promise<Rig> {
    const rig = new Rig();
    const [admin, agent, sheet] = [await generateDeviceKeys(), await generateDeviceKeys(), await generateDeviceKeys()];
    rig.admin = admin;
    rig.adminHpke = await generateHpkeKeys(1);
    const genesis = await verifyGenesis(await signRoster(admin, await buildGenesis(admin.sigPub, agent.sigPub)));
    const changes = [{ do: 'setRecovery', sigPub: sheet.sigPub }] as const;
    const roster = await signRoster(admin, await buildNextRoster(genesis, admin.deviceId, changes));
    const head = await verifyNext(genesis, roster);
    const store = new HomeStore(folderForTest());
    const empty = { homeName: 'Home', members: {}, hpkeKeys: {}, recoveryUsedAtMs: 0 };
    const rosters = [genesis.bytes, head.bytes].map((bytes) => toBase64Url(bytes));
    store.update((record) => ({ ...record, home: { homeId: genesis.homeId, ...empty, rosters } }));
    const logger = pino({ level: 'silent' });
    const household = await Household.load({
      ...{ store, logger, clock: () => NOW_MS },
      ...{ onRoster: () => undefined, onKey: () => undefined, onRecovery: () => undefined },
    });
    await household.offerKey(toBase64Url(await signHpkeKey(admin, head.homeId, rig.adminHpke)));
    rig.household = household;
    rig.keys.begin(EPOCH, await rig.hpke);
    rig.commands = new Commands({
      ...{ store, household, logger, clock: () => NOW_MS, startedMs: NOW_MS, version: '0', keys: rig.keys },
      identity: { keys: agent, hpke: await generateHpkeKeys(1) },
      monotonicMs: () => rig.nowMs,
      cameras: { known: [] } as never,
      trials: { run: (wanted: never, tell: never) => rig.trial(wanted, tell) } as never,
      ...{ rotate: () => undefined, announce: () => undefined },
      send: (message) => rig.sent.push(message),
    });
    return rig;
  }

  tickets(count: number, device = this.admin.deviceId): Uint8Array[] {
    this.#asks += 1;
    this.commands.giveTickets(device, this.#asks, count);
    const answer = this.sent.findLast(({ t }) => t === 'tickets');
    if (answer?.t !== 'tickets' || answer.id !== this.#asks) throw new Error('not answered');
    return answer.tickets.map((ticket) => fromBase64Url(ticket));
  }

  async sealed(ticket: Uint8Array, command: Command = { do: 'agent.status' }, at = EPOCH): Promise<string> {
    const to = { epoch: at, agentHpkePub: (await this.hpke).hpkePub };
    const { head } = this.household;
    return toBase64Url(await sealCommand({ head, keys: this.admin, to, ticket, command }));
  }

  take(sealed: string): void {
    this.commands.take(this.admin.deviceId, sealed);
  }

  /** The replies on one ticket so far, opened in the order in which they were sent. */
  async answers(ticket: Uint8Array): Promise<Answered[]> {
    const { deviceId } = this.admin;
    const { head } = this.household;
    const replies = this.sent.flatMap((message) => (message.t === 'reply' ? [message.sealed] : []));
    const mine = replies
      .map((bytes) => decodeSealedReply(fromBase64Url(bytes)))
      .filter((sealed) => toBase64Url(sealed.ticket) === toBase64Url(ticket));
    const opened: Answered[] = [];
    for (const sealed of mine) {
      const { n, reply } = await openReply({ head, deviceId, hpke: [this.adminHpke], due: opened.length, sealed });
      opened.push({ n, reply });
    }
    return opened;
  }

  /** Waits until so many replies were sent, on whatever ticket. */
  async replies(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.sent.filter(({ t }) => t === 'reply')).toHaveLength(count), 10_000);
  }
}

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.create();
});
afterEach(() => {
  rig.keys.close();
  vi.useRealTimers();
});

function first(tickets: readonly Uint8Array[]): Uint8Array {
  const [ticket] = tickets;
  if (ticket === undefined) throw new Error('no ticket');
  return ticket;
}

describe('a command', () => {
  it('is carried out on a ticket that is younger than 30 s, and answered on it', async () => {
    const ticket = first(rig.tickets(1));
    rig.nowMs += LIMITS.ticketMs - 1;
    rig.take(await rig.sealed(ticket));
    await rig.replies(1);
    expect(await rig.answers(ticket)).toMatchObject([{ n: 0, reply: { is: 'status' } }]);
  });

  it('that comes later is refused in words', async () => {
    const ticket = first(rig.tickets(1));
    const sealed = await rig.sealed(ticket);
    rig.nowMs += LIMITS.ticketMs;
    rig.take(sealed);
    await rig.replies(1);
    expect(await rig.answers(ticket)).toMatchObject([{ n: 0, reply: { is: 'failed', code: 'command.late' } }]);
  });

  it('that comes twice is carried out once; the copy is not answered, for its answer would stand for the first', async () => {
    const ticket = first(rig.tickets(1));
    const sealed = await rig.sealed(ticket);
    for (let n = 0; n < 5; n += 1) rig.take(sealed);
    const last = first(rig.tickets(1));
    rig.take(await rig.sealed(last));
    await rig.replies(2);
    expect(await rig.answers(ticket)).toMatchObject([{ n: 0, reply: { is: 'status' } }]);
    expect(await rig.answers(last)).toMatchObject([{ n: 0, reply: { is: 'status' } }]);
  });

  it('sealed to the key of the bulletin before opens; to a key that is gone it is refused', async () => {
    const [one, two] = rig.tickets(2);
    if (one === undefined || two === undefined) throw new Error('no tickets');
    rig.keys.begin(epoch(NOW_MS + 1), await generateHpkeKeys(1));
    rig.take(await rig.sealed(one));
    await rig.replies(1);
    expect(await rig.answers(one)).toMatchObject([{ reply: { is: 'status' } }]);
    rig.take(await rig.sealed(two, { do: 'agent.status' }, epoch(5)));
    await rig.replies(2);
    expect(await rig.answers(two)).toMatchObject([{ reply: { is: 'failed', code: 'command.refused' } }]);
  });

  it('a burst of 20 is answered whole, each on its ticket, in any order of arrival', async () => {
    const tickets = rig.tickets(20);
    const sealed = await Promise.all(tickets.map((ticket) => rig.sealed(ticket)));
    for (const each of sealed.toReversed()) rig.take(each);
    await rig.replies(20);
    for (const ticket of tickets) expect(await rig.answers(ticket)).toMatchObject([{ n: 0, reply: { is: 'status' } }]);
  });

  it('of a stranger gets no ticket, and noise gets no answer', async () => {
    expect(rig.tickets(1, (await generateDeviceKeys()).deviceId)).toEqual([]);
    for (const noise of ['', 'AAAA', 'A'.repeat(30)]) rig.take(noise);
    expect(rig.sent.filter(({ t }) => t !== 'tickets')).toEqual([]);
  });

  it('refusals that a relay provokes are bounded; what is over is answered with a code that costs no cipher', async () => {
    const made = Array.from({ length: 200 }, (_, n) => new Uint8Array(16).fill(n));
    for (const ticket of made) rig.take(toBase64Url(Uint8Array.from([...ticket, ...new Uint8Array(200)])));
    await rig.replies(64);
    const over = rig.sent.flatMap((message) => (message.t === 'command.over' ? [message.ticket] : []));
    expect(over).toEqual(made.slice(64).map((ticket) => toBase64Url(ticket)));
  });
});

describe('a long command', () => {
  /** A trial that goes on until `end`, and what it was told. */
  async function longTrial() {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let end: (reply: Reply) => void = () => undefined;
    let tell: (reply: Reply) => void = () => undefined;
    let begun: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (begun = resolve));
    rig.trial = (_wanted, heard) => {
      tell = heard;
      begun();
      return new Promise((resolve) => (end = resolve));
    };
    const ticket = first(rig.tickets(1));
    const url = 'rtsp://192.0.2.1/';
    rig.take(await rig.sealed(ticket, { do: 'camera.try', url, user: '', password: '', transport: 'auto' }));
    await running;
    const pass = (ms: number): void => {
      rig.nowMs += ms;
      vi.advanceTimersByTime(ms);
    };
    return { ticket, pass, tell: (reply: Reply) => tell(reply), end: (reply: Reply) => end(reply) };
  }

  it('says every 5 s how it stands, after the last step that it told, and stops when it is over', async () => {
    const { ticket, pass, tell, end } = await longTrial();
    pass(5_000);
    pass(4_000);
    tell({ is: 'step', step: 'signedIn', words: 'Signed in.' });
    pass(4_999);
    pass(1);
    end({ is: 'ok' });
    await rig.replies(4);
    pass(60_000);
    expect(await rig.answers(ticket)).toEqual([
      {
        n: 0,
        reply: { is: 'waiting', words: 'Still waiting for the camera: nothing answers at its address yet (5 s).' },
      },
      { n: 1, reply: { is: 'step', step: 'signedIn', words: 'Signed in.' } },
      { n: 2, reply: { is: 'waiting', words: 'Still waiting for the camera: signed in, no stream found yet (14 s).' } },
      { n: 3, reply: { is: 'ok' } },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps its place among the 64 of its device until it is answered', async () => {
    const { end } = await longTrial();
    rig.nowMs += LIMITS.ticketMs;
    const given = [...rig.tickets(32), ...rig.tickets(32)];
    expect(given).toHaveLength(LIMITS.ticketsPerDevice - 1);
    end({ is: 'ok' });
    await rig.replies(1);
    await vi.waitFor(() => expect(rig.tickets(2)).toHaveLength(1));
  });
});
