import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { mayView, member } from '@sealcam/home';
import { SealcamError } from '@sealcam/protocol';
import { decide, Gate } from '../src/gate.ts';
import { startRelay } from '../src/index.ts';
import { createMetrics } from '../src/metrics.ts';
import { asStoreError, openSqliteStore } from '../src/store/sqlite.ts';
import type { GateFacts } from '../src/store/store.ts';
import { House, Lab, nextId, randomCamera } from './house.ts';
import { ManualClock } from './manual-clock.ts';

const lab = new Lab();
afterEach(() => lab.end());

const start = (dataDir: string): Promise<unknown> => startRelay({ host: '127.0.0.1', port: 0, open: true, dataDir });

describe('the data folder', () => {
  it('belongs to one relay at a time, and to the next one when that has ended', async () => {
    const dataDir = await lab.folder();
    const relay = await lab.relay({ dataDir });
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'store.in-use' });
    await relay.close();
    await (await lab.relay({ dataDir })).close();
  });

  it('says that it is damaged', async () => {
    const dataDir = await lab.folder();
    await mkdir(join(dataDir, 'relay'));
    await writeFile(
      join(dataDir, 'relay', 'relay.db'),
      'this is no database, and it is long enough to be looked at as one'.repeat(20),
    );
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'store.corrupt' });
  });

  it('says that it cannot be written', async () => {
    const dataDir = await lab.folder();
    await writeFile(join(dataDir, 'relay'), 'a file where the folder should be');
    await chmod(dataDir, 0o500);
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'store.read-only' });
    await chmod(dataDir, 0o700);
  });

  it.each([
    ['SQLITE_FULL', 'store.full'],
    ['SQLITE_READONLY_DIRECTORY', 'store.read-only'],
    ['SQLITE_CORRUPT_VTAB', 'store.corrupt'],
    ['ENOSPC', 'store.full'],
    ['EROFS', 'store.read-only'],
  ])('maps %s to %s', (code, expected) => {
    const mapped = asStoreError(Object.assign(new Error('disk'), { code }));
    expect(mapped).toBeInstanceOf(SealcamError);
    expect(mapped).toMatchObject({ code: expected });
  });

  it('says that the port is taken, and lets go of the folder', async () => {
    const relay = await lab.relay();
    const dataDir = await lab.folder();
    await expect(startRelay({ host: '127.0.0.1', port: relay.port, open: true, dataDir })).rejects.toMatchObject({
      code: 'port.in-use',
    });
    await lab.relay({ dataDir });
  });
});

const allowed: GateFacts = {
  ended: false,
  member: { role: 'viewer', notAfter: 0, removed: false, granted: true, model: '', route: 'sealed', declared: true },
  camera: { streams: 0b11111, private: false, model: '' },
  suspended: [],
};
const withMember = (change: Partial<NonNullable<GateFacts['member']>>): GateFacts => ({
  ...allowed,
  member: {
    role: 'viewer',
    notAfter: 0,
    removed: false,
    granted: true,
    model: '',
    route: 'sealed',
    declared: true,
    ...change,
  },
});

describe('the rule', () => {
  it.each([
    ['a member with a grant', allowed, 0, { allow: true, leaseMs: 5000 }],
    ['an admin', withMember({ role: 'admin' }), 3, { allow: true, leaseMs: 5000 }],
    ['a guest with 2 s left', withMember({ notAfter: 12_000 }), 0, { allow: true, leaseMs: 2000 }],
    ['a guest at the end of its time', withMember({ notAfter: 10_000 }), 0, { allow: false, code: 'device.expired' }],
    ['an unknown home', undefined, 0, { allow: false, code: 'home.unknown' }],
    ['a home that ended', { ...allowed, ended: true }, 0, { allow: false, code: 'home.erased' }],
    ['a stranger', { ...allowed, member: undefined }, 0, { allow: false, code: 'device.unknown' }],
    ['a removed device', withMember({ removed: true }), 0, { allow: false, code: 'device.removed' }],
    ['a recovery sheet', withMember({ role: 'recovery' }), 0, { allow: false, code: 'device.role' }],
    ['the agent', withMember({ role: 'agent' }), 0, { allow: false, code: 'device.role' }],
    ['no grant', withMember({ granted: false }), 0, { allow: false, code: 'camera.not-granted' }],
    ['no such camera', { ...allowed, camera: undefined }, 0, { allow: false, code: 'camera.unknown' }],
    [
      'no such stream',
      { ...allowed, camera: { streams: 1, private: false, model: '' } },
      2,
      { allow: false, code: 'stream.unknown' },
    ],
    [
      'privacy',
      { ...allowed, camera: { streams: 31, private: true, model: '' } },
      3,
      { allow: false, code: 'camera.private' },
    ],
    [
      'privacy, its state',
      { ...allowed, camera: { streams: 31, private: true, model: '' } },
      4,
      { allow: true, leaseMs: 5000 },
    ],
  ] as const)('%s', (_name, facts, stream, expected) => {
    expect(decide(facts, stream, 10_000)).toMatchObject(expected);
  });

  it('says of every device and camera what the roster itself says', async () => {
    const dataDir = await lab.folder();
    const clock = new ManualClock();
    const relay = await lab.relay({ dataDir, clock });
    const house = await House.build(lab, relay);
    const cameras = [randomCamera(), randomCamera(), randomCamera()];
    const agent = await house.agent();
    await house.announce(agent, cameras);
    const admin = await house.viewer();
    const people = [house.admin];
    for (const grants of ['all' as const, [cameras[0]], [], [cameras[1], cameras[2]].sort()]) {
      people.push(await house.addViewer(admin, grants as never, clock.wallMs() + people.length * 10_000));
    }
    await house.change(admin, [{ do: 'removeDevice', deviceId: people[2]?.deviceId ?? house.admin.deviceId }]);
    await relay.close();
    const store = await openSqliteStore(join(dataDir, 'relay'));
    const gate = new Gate(store, clock, createMetrics());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...people),
        fc.constantFrom(...cameras),
        fc.nat(5_000),
        async (keys, camera, ms) => {
          clock.advance(ms);
          const ours = await gate.mayView({ homeId: house.id, deviceId: keys.deviceId, cameraId: camera, streamId: 0 });
          const theirs = mayView(house.head, keys.deviceId, camera, clock.wallMs());
          expect(ours.allow).toBe(theirs.may);
          const wasRemoved = member(house.head, keys.deviceId) === undefined;
          if (!ours.allow && !theirs.may) expect(ours.code).toBe(wasRemoved ? 'device.removed' : theirs.code);
        },
      ),
      { numRuns: 60 },
    );
    await store.close();
  });
});

describe('what members ask of the agent', () => {
  it('gives tickets to the connection that asked, and replies to all of the device and no other', async () => {
    const relay = await lab.relay();
    const house = await House.build(lab, relay);
    const agent = await house.agent();
    const [one, two] = await Promise.all([house.viewer(), house.viewer()]);
    const { deviceId } = house.admin;
    one.send({ t: 'ticket.get', id: 7, count: 1 });
    two.send({ t: 'ticket.get', id: 7, count: 2 });
    const first = await agent.take('ticket.ask', (message) => message['count'] === 1);
    const second = await agent.take('ticket.ask', (message) => message['count'] === 2);
    expect(first).toMatchObject({ deviceId });
    const [a, b] = ['a'.repeat(22), 'b'.repeat(22)];
    agent.send({ t: 'tickets', deviceId, id: second['id'], tickets: [b] });
    agent.send({ t: 'tickets', deviceId, id: first['id'], tickets: [a] });
    // A second answer to one question is nobody's.
    agent.send({ t: 'tickets', deviceId, id: first['id'], tickets: [b] });
    expect(await one.take('tickets')).toMatchObject({ re: 7, tickets: [a] });
    expect(await two.take('tickets')).toMatchObject({ re: 7, tickets: [b] });
    expect(await one.ask({ t: 'command', id: nextId(), sealed: 'AAAA' })).toMatchObject({ t: 'ok' });
    expect(await agent.take('command')).toEqual({ t: 'command', deviceId, sealed: 'AAAA' });
    agent.send({ t: 'reply', deviceId, sealed: 'CCCC' });
    agent.send({ t: 'command.over', deviceId, ticket: a });
    for (const viewer of [one, two]) {
      expect(await viewer.take('reply')).toEqual({ t: 'reply', sealed: 'CCCC' });
      expect(await viewer.take('command.over')).toEqual({ t: 'command.over', ticket: a });
    }
    expect(one.texts.filter(({ t }) => t === 'tickets')).toEqual([]);
  });

  it('says at once that the home is offline to who waits for tickets when its agent leaves', async () => {
    const house = await House.build(lab, await lab.relay());
    const agent = await house.agent();
    const viewer = await house.viewer();
    const answer = viewer.ask({ t: 'ticket.get', id: nextId(), count: 1 });
    await agent.take('ticket.ask');
    agent.socket.close();
    expect(await answer).toMatchObject({ code: 'home.offline' });
  });

  it('says that the home is offline, for commands and for liveness', async () => {
    const house = await House.build(lab, await lab.relay());
    const agent = await house.agent();
    const viewer = await house.viewer();
    agent.socket.close();
    await viewer.take('agent', (message) => message['online'] === false);
    for (const message of [{ t: 'command', sealed: 'AAAA' } as const, { t: 'ticket.get', count: 1 } as const])
      expect(await viewer.ask({ ...message, id: nextId() })).toMatchObject({ code: 'home.offline' });
    viewer.send({ t: 'live', nonce: 'A'.repeat(21) + 'A' });
    expect(await viewer.take('error')).toMatchObject({ code: 'home.offline' });
  });
});
