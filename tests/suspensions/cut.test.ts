/** A suspension on running sessions: whom it stops gets no unit that was published after the decision, and is told; others go on. */
import { STREAM } from '@sealcam/protocol';
import type { Suspension, SuspensionTarget } from '@sealcam/relay';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Lab } from '../../apps/relay/test/house.ts';
import { CAMERA_MODEL, eventually, gather, HUB, type CrowdHome, type Seat } from './crowd.ts';
import { DeafBus } from './deaf-bus.ts';

vi.setConfig({ testTimeout: 120_000 });

const lab = new Lab();
afterEach(() => lab.end());

type Width = SuspensionTarget['width'];
const WIDTHS: readonly Width[] = ['link', 'display', 'pair', 'partner', 'everything'];
const WHO = { cause: 'operator', by: 'Ada', reason: 'a drill' } as const;

function targetOf(width: Width, { house, camera, seats }: CrowdHome): SuspensionTarget {
  const display = { homeId: house.id, deviceId: (seats[1] as Seat).deviceId };
  switch (width) {
    case 'link':
      return { width, ...display, cameraId: camera };
    case 'display':
      return { width, ...display };
    case 'pair':
      return { width, cameraModel: CAMERA_MODEL, displayModel: HUB.model };
    case 'partner':
      return { width, partner: HUB.route };
    case 'everything':
      return { width };
  }
}

function split(target: SuspensionTarget, seats: readonly Seat[]): { named: Seat[]; others: Seat[] } {
  const isNamed = (seat: Seat): boolean => ('deviceId' in target ? seat.deviceId === target.deviceId : !seat.own);
  return { named: seats.filter(isNamed), others: seats.filter((seat) => !isNamed(seat)) };
}

/** Every home sends, and everyone of these sees two units more: all that was sent before has arrived, or never will. */
async function afterAnotherUnit(others: readonly Seat[]): Promise<void> {
  const before = others.map((seat) => seat.units);
  await eventually(() => others.every((seat, i) => seat.units >= (before[i] ?? 0) + 2));
}

function allTold(seats: readonly Seat[], { target, atMs }: Suspension): boolean {
  return seats.every(({ told }) => told?.code === `suspended.${target.width}` && told.sinceMs === atMs);
}

describe('running sessions', () => {
  test.each(WIDTHS)('%s: cut, told since when, refused anew, and back after it is lifted', async (width) => {
    const relay = await lab.relay();
    const { homes, seats, mark } = await gather(lab, relay, { homes: 3, displays: 4, everyMs: 30 });
    const target = targetOf(width, homes[1] as CrowdHome);
    const { named, others } = split(target, seats);
    expect(named.length).toBe(width === 'link' || width === 'display' ? 1 : 12);

    const suspension = await relay.suspensions.suspend({ target, ...WHO });
    mark(true);
    await eventually(() => allTold(named, suspension));
    await afterAnotherUnit(others);
    expect(named.map((seat) => seat.late)).toEqual(named.map(() => 0));
    const units = named.map((seat) => seat.units);

    // Stills and states are pictures and words of the same camera.
    for (const stream of [STREAM.main, STREAM.sub, STREAM.still, STREAM.state]) {
      for (const seat of named) seat.subscribe(stream);
      await eventually(() => allTold(named, suspension));
    }
    for (const seat of named) seat.reconnect();
    await eventually(() => allTold(named, suspension));
    await afterAnotherUnit(others);
    expect(named.map((seat) => seat.units)).toEqual(units);

    await relay.suspensions.lift(suspension.id, { by: 'Grace', reason: 'found and mended' });
    for (const seat of named) seat.subscribe();
    await eventually(() => named.every((seat, i) => seat.units > (units[i] ?? 0)));
    expect(others.every((seat) => seat.told?.code === 'ok')).toBe(true);
  });

  test('the widest is what a viewer is told; under a lifted one the narrower still holds', async () => {
    const relay = await lab.relay();
    const { homes, seats } = await gather(lab, relay, { homes: 1, displays: 2, everyMs: 30 });
    const [home] = homes;
    if (home === undefined) throw new Error('no home');
    const seat = seats[1] as Seat;
    const made: Suspension[] = [];
    for (const width of WIDTHS) made.push(await relay.suspensions.suspend({ target: targetOf(width, home), ...WHO }));
    for (const suspension of made.toReversed()) {
      seat.subscribe();
      await eventually(() => allTold([seat], suspension));
      await relay.suspensions.lift(suspension.id, { by: 'Grace', reason: 'step by step' });
    }
    seat.subscribe();
    await eventually(() => seat.told?.code === 'ok');
  });

  test('with 1,000 live sessions nothing published after the decision reaches whom it stops', async () => {
    const relay = await lab.relay();
    const { homes, seats, mark } = await gather(lab, relay, { homes: 20, displays: 50, everyMs: 400 });
    const target = targetOf('everything', homes[0] as CrowdHome);
    const { named, others } = split(target, seats);
    expect(named.length).toBe(1000);
    const suspension = await relay.suspensions.suspend({ target, ...WHO });
    mark(true);
    await eventually(() => allTold(named, suspension));
    await afterAnotherUnit(others);
    expect(named.filter((seat) => seat.late > 0)).toEqual([]);
    expect(others.every((seat) => seat.late > 0)).toBe(true);
  });

  test.each(WIDTHS)('%s: a relay that missed the broadcast finds it in the store', async (width) => {
    const relay = await lab.relay({ bus: new DeafBus() });
    const { homes, seats } = await gather(lab, relay, { homes: 2, displays: 3, everyMs: 30 });
    const target = targetOf(width, homes[0] as CrowdHome);
    const { named, others } = split(target, seats);
    const suspension = await relay.suspensions.suspend({ target, ...WHO });
    await eventually(() => allTold(named, suspension));
    await afterAnotherUnit(others);
    const units = named.map((seat) => seat.units);
    await afterAnotherUnit(others);
    expect(named.map((seat) => seat.units)).toEqual(units);
  });
});

describe('a viewer that does not read', () => {
  test('is dropped with what waits for it, and refused when it comes back', async () => {
    const events: string[] = [];
    const note = (_fields: object, event: string): void => void events.push(event);
    const relay = await lab.relay({ logger: { debug: note, info: note, warn: note, error: note } });
    const { homes, seats } = await gather(lab, relay, { homes: 1, displays: 2, everyMs: 30 });
    const home = homes[0] as CrowdHome;
    const seat = seats[1] as Seat;
    seat.pause();
    for (let i = 0; i < 40; i += 1) home.publish(200_000);
    await home.agent.settled();
    const suspension = await relay.suspensions.suspend({ target: targetOf('display', home), ...WHO });
    await eventually(() => events.includes('socket.reset'));
    const { units } = seat;
    seat.reconnect();
    await eventually(() => allTold([seat], suspension));
    expect(seat.units).toBe(units);
  });
});

describe('new sessions during the decision', () => {
  test('however they fall, none goes on after it', async () => {
    const relay = await lab.relay();
    const { homes, seats } = await gather(lab, relay, { homes: 2, displays: 8, everyMs: 20 });
    const { named, others } = split({ width: 'everything' }, seats);
    for (let round = 0; round < 25; round += 1) {
      const width = WIDTHS[2 + (round % 3)] as Width;
      const target = targetOf(width, homes[0] as CrowdHome);
      // Each of them is somewhere else on its way in when it falls.
      named.forEach((seat, i) => setTimeout(() => (i % 2 === 0 ? seat.resubscribe() : seat.reconnect()), i));
      await new Promise((resolve) => setTimeout(resolve, round % 9));
      const suspension = await relay.suspensions.suspend({ target, ...WHO });
      await eventually(() => allTold(named, suspension));
      const units = named.map((seat) => seat.units);
      await afterAnotherUnit(others);
      expect(named.map((seat) => seat.units)).toEqual(units);
      await relay.suspensions.lift(suspension.id, { by: 'Grace', reason: 'next round' });
      for (const seat of named) seat.subscribe();
      await eventually(() => named.every((seat) => seat.told?.code === 'ok'));
    }
  });
});
