import { afterEach, describe, expect, it } from 'vitest';
import { homeId, LIMITS, SealcamError, toBase64Url } from '@sealcam/protocol';
import { ALLOWANCES, Allowances, type AllowanceKind } from '../src/allowances.ts';
import { EventLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { House, kidOf, Lab, nextId, randomCamera, sealedUnit } from './house.ts';
import { ManualClock } from './manual-clock.ts';

const lab = new Lab();
afterEach(() => lab.end());

const HOME = homeId('a'.repeat(32));
const OTHER = homeId('b'.repeat(32));
const DAY_MS = 86_400_000;
const STREAMS = 5;

function book(times = 1) {
  const clock = new ManualClock();
  const lines: object[] = [];
  const sink = { debug: () => undefined, info: () => undefined, error: () => undefined };
  const log = new EventLog({ ...sink, warn: (fields) => void lines.push(fields) });
  return { clock, lines, allowances: new Allowances({ clock, log, metrics: createMetrics(), times }) };
}

function codeOf(run: () => void): string {
  try {
    run();
    return 'fine';
  } catch (error) {
    return error instanceof SealcamError ? error.code : String(error);
  }
}

describe('an allowance', () => {
  it.each(Object.keys(ALLOWANCES) as AllowanceKind[])(
    'of %s has a burst, a rate and a day, for one home alone',
    (kind) => {
      // The large ones a 64th as large: a day of stills is five million.
      const times = ALLOWANCES[kind].perDay > 100_000 ? 1 / 64 : 1;
      const { clock, allowances } = book(times);
      const [burst, perSecond, perDay] = [
        Math.floor(ALLOWANCES[kind].burst * times),
        ALLOWANCES[kind].perSecond * times,
        Math.ceil(ALLOWANCES[kind].perDay * times),
      ];
      for (let n = 0; n < burst; n += 1) expect(allowances.take(HOME, kind)).toBe(true);
      expect(allowances.take(HOME, kind)).toBe(false);
      expect(codeOf(() => allowances.demand(HOME, kind))).toBe('quota.rate');
      expect(allowances.take(OTHER, kind)).toBe(true);
      clock.advance(1_000 / perSecond + 1);
      expect(allowances.take(HOME, kind)).toBe(true);
      // As fast as it goes, for a day.
      let taken = burst + 1;
      const stepMs = (1_000 * burst) / perSecond;
      for (let elapsedMs = 0; elapsedMs + stepMs < DAY_MS - 60_000; elapsedMs += stepMs) {
        clock.advance(stepMs);
        while (allowances.take(HOME, kind)) taken += 1;
        if (taken === perDay) break;
      }
      expect(taken).toBe(perDay);
      clock.advance(60_000);
      expect(codeOf(() => allowances.demand(HOME, kind))).toBe('quota.day');
      expect(codeOf(() => allowances.demand(OTHER, kind))).toBe('fine');
      clock.advance(DAY_MS);
      expect(codeOf(() => allowances.demand(HOME, kind))).toBe('fine');
    },
  );

  it('is as large as the operator makes it, and what is over it is in the log once a minute', () => {
    const { clock, lines, allowances } = book(4);
    for (let n = 0; n < 4 * ALLOWANCES.bulletin.burst; n += 1) expect(allowances.take(HOME, 'bulletin')).toBe(true);
    for (let n = 0; n < 50; n += 1) expect(allowances.take(HOME, 'bulletin')).toBe(false);
    clock.advance(61_000);
    for (let n = 0; n < 200; n += 1) allowances.take(HOME, 'bulletin');
    expect(lines).toEqual([
      { home: HOME, kind: 'bulletin' },
      { home: HOME, kind: 'bulletin' },
    ]);
  });

  it('that comes soon is waited for', async () => {
    const { clock, allowances } = book();
    for (let n = 0; n < ALLOWANCES.bulletin.burst; n += 1) await allowances.await(HOME, 'bulletin');
    const late = allowances.await(HOME, 'bulletin');
    clock.advance(2_000);
    await late;
  });
});

describe('a home beyond its allowance', () => {
  it('of bulletins waits for itself, is told, and loses none of them; the ledger grows no faster', async () => {
    const clock = new ManualClock();
    const relay = await lab.relay({ clock });
    // What still waits when the relay ends is worked off, for ten seconds of its clock.
    lab.onEnd(() => void setInterval(() => clock.advance(1_000), 5).unref());
    const [flood, honest] = [await House.build(lab, relay), await House.build(lab, relay)];
    const { agent, camera } = await flood.ready();
    const rowsBefore = (await relay.ledgerAt()).head.seq;
    agent.socket.setMaxListeners(0);
    const total = 4 * ALLOWANCES.bulletin.burst;
    for (let n = 0; n < total; n += 1) {
      void flood.bulletin(agent, Date.now() + n);
      agent.unit(flood.envelope(camera, 0, sealedUnit(kidOf(`flood ${n}`), 1, 1)));
    }
    // Somebody else's home comes in meanwhile, with its own keys.
    const other = await honest.ready();
    expect(await other.agent.ask({ t: 'hpke.get', id: nextId() })).toMatchObject({ t: 'hpke.all' });
    expect((await relay.ledgerAt()).head.seq - rowsBefore).toBeLessThanOrEqual(ALLOWANCES.bulletin.burst + 20);
  });

  it('of announced key ids waits until there is room, however few its bulletins are', async () => {
    const clock = new ManualClock();
    const times = 1 / 20;
    const relay = await lab.relay({ clock, limits: { allowances: times } });
    const flood = await House.build(lab, relay);
    const agent = await flood.agent();
    for (let n = 0; n < LIMITS.camerasPerHome; n += 1) flood.cameras.add(randomCamera());
    const keys = LIMITS.camerasPerHome * STREAMS;
    const most = Math.floor((ALLOWANCES.announced.burst * times) / keys);
    const refused = (): number => agent.texts.filter(({ code }) => code === 'quota.rate').length;
    const next = async (n: number, afterMs: number): Promise<void> => {
      // In steps that a living socket answers the relay's pings in.
      for (let passedMs = 0; passedMs < afterMs; passedMs += 4_000) {
        clock.advance(4_000);
        await agent.settled();
      }
      await flood.bulletin(agent, Date.now() + n);
    };
    const bulletinMs = 1_000 / (ALLOWANCES.bulletin.perSecond * times) + 1;
    for (let n = 0; n < most; n += 1) await next(n, bulletinMs);
    expect(refused()).toBe(0);
    await next(most, bulletinMs);
    expect(refused()).toBe(1);
    await next(most + 1, (keys * 1_000) / (ALLOWANCES.announced.perSecond * times));
    expect(refused()).toBe(1);
  });

  it('of rosters and device keys is refused with a code, and the next home is not', async () => {
    const clock = new ManualClock();
    const relay = await lab.relay({ clock });
    const [flood, honest] = [await House.build(lab, relay), await House.build(lab, relay)];
    await flood.agent();
    await honest.agent();
    const viewer = await flood.viewer();
    const putOf = (house: House) => ({ t: 'roster.put', id: nextId(), roster: toBase64Url(house.genesis) });
    const codes = new Map<string, number>();
    for (let n = 0; n < ALLOWANCES.roster.burst + 50; n += 1) {
      clock.advance(n % 100 === 0 ? 1_000 : 0);
      const { code } = await viewer.ask(putOf(flood));
      codes.set(String(code), (codes.get(String(code)) ?? 0) + 1);
    }
    expect(codes.get('quota.rate')).toBeGreaterThan(30);
    expect(codes.get('undefined')).toBeGreaterThanOrEqual(ALLOWANCES.roster.burst);
    const other = await honest.viewer();
    expect(await other.ask(putOf(honest))).toMatchObject({ t: 'ok' });
  });
});
