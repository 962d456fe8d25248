import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeEnvelope, parseSealedHeader, toHex, type CameraId } from '@sealcam/protocol';
import { asReplay, House, kidOf, Lab, nextId, randomCamera, sealedUnit, watch, type Peer } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

function counters(units: readonly Uint8Array[]): number[] {
  return units.map((unit) => parseSealedHeader(decodeEnvelope(unit).sealed).ctr);
}

describe('live', () => {
  it('passes the very bytes of the agent on, and tells it how many watch', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    const viewer = await house.viewer();
    expect(await watch(viewer, agent, camera)).toMatchObject({ t: 'ok' });
    expect(await agent.take('watch')).toMatchObject({ cameraId: camera, streamId: 0, viewers: 1 });
    const unit = house.envelope(camera, 0, sealedUnit(house.kid(camera), 0, 0, 5000));
    agent.unit(unit);
    expect(toHex((await viewer.takeUnits(1))[0] ?? new Uint8Array())).toBe(toHex(unit));
    await viewer.ask({ t: 'unsubscribe', id: nextId(), cameraId: camera, streamId: 0 });
    expect(await agent.take('watch')).toMatchObject({ viewers: 0 });
  });

  it('hands over from the kept GOP to live without a gap and without a double', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    const early = await house.viewer();
    await watch(early, agent, camera);
    const unit = (ctr: number): Uint8Array => house.envelope(camera, 0, sealedUnit(house.kid(camera), ctr, 0));
    const gop = [0, 1, 2].map(unit);
    for (const one of gop) agent.unit(one);
    const late = await house.viewer();
    await late.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId: 0 });
    const join = await agent.take('join');
    // Live units go on between the question and the answer; they are part of what is replayed.
    agent.unit(unit(3));
    for (const one of [...gop, unit(3)]) agent.unit(asReplay(one, Number(join['joinId'])));
    agent.send({ t: 'joined', joinId: join['joinId'] });
    agent.unit(unit(4));
    expect(counters(await late.takeUnits(5))).toEqual([0, 1, 2, 3, 4]);
    expect(counters(await early.takeUnits(5))).toEqual([0, 1, 2, 3, 4]);
  });

  it('asks once for all who join at the same time, and again for who comes after the first replayed unit', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    const [a, b, c] = await Promise.all([house.viewer(), house.viewer(), house.viewer()]);
    const subscribe = (viewer: Peer): Promise<unknown> =>
      viewer.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId: 0 });
    await subscribe(a);
    await subscribe(b);
    const join = await agent.take('join');
    const first = house.envelope(camera, 0, sealedUnit(house.kid(camera), 0, 0));
    agent.unit(asReplay(first, Number(join['joinId'])));
    await Promise.all([a.takeUnits(1), b.takeUnits(1)]);
    expect(agent.texts.filter((message) => message.t === 'join')).toEqual([]);
    await subscribe(c);
    const second = await agent.take('join');
    expect(second['joinId']).not.toBe(join['joinId']);
    agent.unit(asReplay(house.envelope(camera, 0, sealedUnit(house.kid(camera), 1, 0)), Number(join['joinId'])));
    agent.send({ t: 'joined', joinId: join['joinId'] });
    expect(counters(await a.takeUnits(1))).toEqual([1]);
    await agent.settled();
    expect(c.units).toEqual([]);
  });

  it('asks a new agent connection for the count and a join of what is still watched', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    const viewer = await house.viewer();
    await watch(viewer, agent, camera);
    agent.socket.close();
    expect(await viewer.take('agent', (message) => message['online'] === false)).toBeDefined();
    const back = await house.agent();
    expect(await back.take('watch')).toMatchObject({ cameraId: camera, viewers: 1 });
    const join = await back.take('join');
    back.send({ t: 'joined', joinId: join['joinId'] });
    back.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), 9, 9)));
    expect(counters(await viewer.takeUnits(1))).toEqual([9]);
  });

  it('gives the newest still of the newest epoch to who comes later, and none after a new bulletin', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    agent.unit(house.envelope(camera, 3, sealedUnit(house.kid(camera, 3), 1, 1)));
    agent.unit(house.envelope(camera, 3, sealedUnit(house.kid(camera, 3), 2, 2)));
    await agent.settled();
    const viewer = await house.viewer();
    await viewer.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId: 3 });
    expect(counters(await viewer.takeUnits(1))).toEqual([2]);

    await house.bulletin(agent);
    await agent.ask({ t: 'hpke.get', id: nextId() });
    const later = await house.viewer();
    await later.ask({ t: 'subscribe', id: nextId(), cameraId: camera, streamId: 3 });
    await later.settled();
    expect(later.units).toEqual([]);
    agent.unit(house.envelope(camera, 3, sealedUnit(house.kid(camera, 3), 3, 3)));
    expect(counters(await later.takeUnits(1))).toEqual([3]);
  });

  it('gives a viewer its bulletin before any unit of that epoch', async () => {
    const house = await House.build(lab, await lab.relay());
    const { agent, camera } = await house.ready();
    const viewer = await house.viewer();
    await watch(viewer, agent, camera);
    await viewer.take('bulletin');
    const order: string[] = [];
    viewer.socket.on('message', (_data, isBinary) => order.push(isBinary ? 'unit' : 'text'));
    const bulletin = house.bulletin(agent);
    await Promise.resolve();
    await bulletin;
    agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), 1, 1)));
    await viewer.takeUnits(1);
    expect(order).toEqual(['text', 'unit']);
  });

  it.each([
    [
      'of another home',
      (house: House, other: House, camera: CameraId) => other.envelope(camera, 0, sealedUnit(other.kid(camera), 1, 1)),
    ],
    [
      'of a camera that was not announced',
      (house: House) => house.envelope(randomCamera(), 0, sealedUnit(kidOf('x'), 1, 1)),
    ],
    [
      'without a sealed header',
      (house: House, _other: House, camera: CameraId) => house.envelope(camera, 0, new Uint8Array(60)),
    ],
    [
      'of an epoch nobody has keys of',
      (house: House, _other: House, camera: CameraId) => {
        const unit = house.envelope(camera, 0, sealedUnit(house.kid(camera), 1, 1));
        new DataView(unit.buffer).setBigUint64(35, BigInt(house.epoch) + 1n);
        return unit;
      },
    ],
  ])('drops a unit %s and goes on', async (_name, forged) => {
    const relay = await lab.relay();
    const house = await House.build(lab, relay);
    const other = await House.build(lab, relay);
    const { agent, camera } = await house.ready();
    const { agent: otherAgent } = await other.ready(camera);
    // The very same epoch and camera: nothing but the home tells them apart.
    await other.bulletin(otherAgent, Date.now() + 60_000);
    await house.bulletin(agent, other.epoch);
    const [viewer, stranger] = await Promise.all([house.viewer(), other.viewer()]);
    await watch(viewer, agent, camera);
    await watch(stranger, otherAgent, camera);
    agent.unit(forged(house, other, camera));
    agent.unit(house.envelope(camera, 0, sealedUnit(house.kid(camera), 7, 7)));
    expect(counters(await viewer.takeUnits(1))).toEqual([7]);
    await stranger.settled();
    expect(stranger.units).toEqual([]);
  });

  it('never gives one of two homes with equal cameras a unit of the other, in any order of events', async () => {
    const relay = await lab.relay();
    const houses = await Promise.all([House.build(lab, relay), House.build(lab, relay)]);
    const cameras = [randomCamera(), randomCamera()];
    const homes = await Promise.all(
      houses.map(async (house) => {
        const agent = await house.agent();
        for (const camera of cameras) house.cameras.add(camera);
        await house.bulletin(agent, 2 ** 41);
        await house.announce(agent, cameras);
        const viewers = await Promise.all([house.viewer(), house.viewer()]);
        return { house, agent, viewers };
      }),
    );
    let ctr = 0;
    const step = fc.record({
      home: fc.nat(1),
      viewer: fc.nat(1),
      camera: fc.nat(1),
      stream: fc.constantFrom(0 as const, 3 as const),
      act: fc.constantFrom('subscribe', 'unsubscribe', 'unit', 'replay', 'foreign'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        for (const { home, viewer, camera, stream, act } of steps) {
          const here = homes[home];
          const there = homes[1 - home];
          const cameraId = cameras[camera];
          const peer = here?.viewers[viewer];
          if (here === undefined || there === undefined || cameraId === undefined || peer === undefined)
            throw new Error('picked nothing');
          ctr += 1;
          // The key id says which agent sent it, whatever its envelope claims.
          const sealed = sealedUnit(here.house.kid(cameraId, stream), ctr, ctr);
          if (act === 'subscribe' || act === 'unsubscribe')
            await peer.ask({ t: act, id: nextId(), cameraId, streamId: stream });
          else if (act === 'unit') here.agent.unit(here.house.envelope(cameraId, stream, sealed));
          else if (act === 'foreign') here.agent.unit(there.house.envelope(cameraId, stream, sealed));
          else {
            // Join numbers are public guesses: answer every join that anyone was asked for, under one's own home.
            for (const { agent } of homes) {
              for (const join of agent.texts.filter((message) => message.t === 'join')) {
                const replayed = sealedUnit(here.house.kid(cameraId), ctr, ctr);
                here.agent.unit(here.house.envelope(cameraId, 0, replayed, Number(join['joinId'])));
                here.agent.send({ t: 'joined', joinId: join['joinId'] });
              }
            }
          }
        }
        for (const { agent } of homes) await agent.settled();
        for (const { house, viewers } of homes) {
          for (const peer of viewers) {
            await peer.settled();
            for (const unit of peer.units) {
              expect(decodeEnvelope(unit).homeId).toBe(house.id);
              const { cameraId, streamId, sealed } = decodeEnvelope(unit);
              expect(parseSealedHeader(sealed).kid).toBe(house.kid(cameraId, streamId));
            }
          }
        }
      }),
      { numRuns: 15 },
    );
    const delivered = homes.flatMap(({ viewers }) => viewers).reduce((sum, peer) => sum + peer.units.length, 0);
    expect(delivered).toBeGreaterThan(0);
  });
});
