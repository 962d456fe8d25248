/** Agent and viewer among liars: a relay, a camera, a neighbor and a local program that say anything. Nothing foreign is opened, nothing is changed. */
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { connectControl } from '@sealcam/agent';
import { parseCameraAddress, tryCamera } from '@sealcam/agent/cameras';
import { decodeEnvelope, encodeEnvelope, ERRORS, type CameraId, type DeviceId, type Envelope } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { startControl } from '../../apps/sealcam/src/control.ts';
import { goodAnswer, startHostile, type Behavior } from '../cameras/hostile.ts';
import { folderFor, kept, onEnd } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { Line } from '../harness/node-ports.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld } from '../harness/world.ts';
import { patience, Random, SEED, share } from './fuzz.ts';
import { mutant, mutantText } from './mutate.ts';
import { MiddleRelay } from './middle-relay.ts';

const PART = 0.045;
const TIME = { timeout: patience(share(PART)) };

/** Rounds until the time of this test is over, five at least. */
async function rounds(name: string, run: (random: Random) => Promise<void> | void): Promise<void> {
  const end = performance.now() + share(PART);
  for (let round = 0; performance.now() < end || round < 5; round += 1) await run(new Random(SEED, name, round));
}

const again = `SEALCAM_FUZZ_SEED=${SEED}`;

function toAgent(camera: CameraId, device: DeviceId): readonly string[] {
  return [
    { t: 'roster', roster: 'A'.repeat(300) },
    { t: 'hpke', key: 'A'.repeat(200) },
    { t: 'live.ask', deviceId: device, nonce: 'A'.repeat(22) },
    { t: 'ticket.ask', deviceId: device, id: 1, count: 3 },
    { t: 'command', deviceId: device, sealed: 'A'.repeat(300) },
    { t: 'watch', cameraId: camera, streamId: 0, viewers: 1_000_000 },
    { t: 'join', joinId: 1, cameraId: camera, streamId: 0 },
    { t: 'welcome', rosterVersion: 99, timeMs: 0 },
    { t: 'challenge', nonce: 'A'.repeat(43), versions: [1], timeMs: 0 },
    { t: 'error', code: 'home.unknown', words: '' },
    { t: 'hpke.all', re: 1, keys: ['AAAA'] },
  ].map((message) => JSON.stringify(message));
}

describe('an agent', () => {
  it('whose relay says anything, and everything twice, does nothing that no admin asked for', TIME, async () => {
    const world = kept(await startWorld());
    const middle = kept(await MiddleRelay.start(world.relayUrl));
    const house = kept(await startHouse({ relayUrl: middle.url }, 'Linden Street', { viewersAt: world.relayUrl }));
    const camera = await firstCamera(house.client);
    for (const name of ['Garden', 'Porch'])
      expect(await house.client.command({ do: 'camera.update', cameraId: camera, name, room: '' })).toEqual({
        is: 'ok',
      });
    const commands = middle.heard.filter((text) => text.includes('"command"'));
    expect(commands.length).toBe(2);
    const before = house.agent.status();
    let epoch = before.epoch ?? 0;
    const samples = toAgent(camera, house.admin.keys.deviceId);
    await rounds('agent and relay', async (random) => {
      await middle.connected();
      for (let left = 1 + random.below(60); left > 0; left -= 1) {
        const how = random.below(10);
        if (how < 4) middle.inject(random.pick(middle.heard));
        else if (how < 6) middle.inject(random.pick(commands));
        else if (how < 9) middle.inject(random.pick(samples));
        else
          middle.inject(
            random.chance(3) ? mutantText(samples, random, ['{', '"', ',']) : mutant([Buffer.from('x')], random),
          );
      }
      await new Promise((resolve) => setTimeout(resolve, 30));
      const now = house.agent.status();
      expect(now.epoch ?? 0, again).toBeGreaterThanOrEqual(epoch);
      epoch = now.epoch ?? 0;
      expect([now.homeId, now.homeName, now.rosterVersion, now.cameras.map(({ name }) => name)], again).toEqual([
        before.homeId, before.homeName, before.rosterVersion, ['Porch'],
      ]); // prettier-ignore
    });
    // Its back-off may be half a minute by now: a fresh start dials at once.
    await house.restartAgent();
    const eye = new Eye(house.client, camera);
    await eye.more(5, 60_000);
    expect(house.client.alarms.get()).toEqual([]);
  });

  it('lives on when a program of this machine says anything on its socket', TIME, async () => {
    const world = kept(await startWorld());
    const house = kept(await startHouse(world, 'Linden Street'));
    const path = join(house.folder, 'agent', 'control.sock');
    // `resetHome` is left out: it is what an owner may do, and noise may come upon it.
    const samples = [
      '{"id":1,"ask":"status"}\n',
      '{"id":2,"ask":"claimLink"}\n',
      '{"id":1e99,"ask":"nothing"}\n',
      '\n\n\n',
    ];
    await rounds('control', async (random) => {
      const socket = connect(path);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined);
      if (random.chance(3)) socket.pause();
      else socket.resume();
      for (let left = random.below(30); left > 0; left -= 1)
        socket.write(mutantText(samples, random, ['\n', '{', '"', 'a'.repeat(500)]));
      socket.end();
      setTimeout(() => socket.destroy(), 50);
      await closed;
    });
    const control = await connectControl(join(house.folder, 'agent'));
    expect(await control?.status(), again).toMatchObject({ at: 'online', homeName: 'Linden Street' });
    control?.close();
  });

  it('gets one clear code from a camera that answers anything, and is as before', TIME, async () => {
    let random = new Random(0);
    const behave: Behavior = (request, socket) => {
      const good = Buffer.from(goodAnswer(request), 'latin1');
      if (random.chance(3)) return good;
      const bad = Buffer.from(mutant([good], random));
      if (random.chance(3)) socket.end(bad);
      else return bad;
      return undefined;
    };
    const camera = await startHostile(behave);
    onEnd(() => camera.stop());
    const codes = new Map<string, number>();
    await rounds('camera', async (next) => {
      random = next;
      // What stays silent is given up after seconds; to wait for that is other tests' work.
      const outcome = await Promise.race([
        tryCamera(parseCameraAddress(camera.url).address, undefined),
        new Promise<undefined>((resolve) => setTimeout(resolve, 300)),
      ]);
      if (outcome === undefined) return;
      expect(outcome.ok, again).toBe(false);
      if (!outcome.ok) codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1);
    });
    for (const code of codes.keys()) expect(Object.keys(ERRORS)).toContain(code);
    expect(codes.has('internal'), again).toBe(false);
    expect(codes.size).toBeGreaterThan(0);
  });
});

describe('a viewer', () => {
  it('whose relay gives it anything opens what was sealed for it, in order, and nothing else', TIME, async () => {
    const world = kept(await startWorld());
    // A display that is given strangers' frames is cut off within milliseconds, by its own report: here it must go on being given them.
    await world.relay.policy.set([], 'Fuzz');
    const line = new Line();
    const house = kept(await startHouse(world, 'Linden Street', { line }));
    const other = kept(await startHouse(world, 'Elm Street'));
    const witness = kept(await house.admin.open());
    const [camera, theirs] = [await firstCamera(house.client), await firstCamera(other.client)];
    const genuine = new Eye(witness, await firstCamera(witness));
    const foreign: Envelope[] = [];
    const otherLine = new Line();
    otherLine.binary = (message, pass) => {
      if (foreign.length < 100) foreign.push(decodeEnvelope(Uint8Array.from(message)));
      pass(message);
    };
    const otherEye = new Eye(kept(await other.admin.open(otherLine)), theirs);
    await otherEye.more(5);

    let random = new Random(SEED, 'viewer');
    const taped: Uint8Array[] = [];
    line.binary = (message, pass) => {
      if (taped.length < 200) taped.push(Uint8Array.from(message));
      const envelope = decodeEnvelope(message);
      const alien = foreign.length > 0 ? random.pick(foreign) : envelope;
      const relabeled = encodeEnvelope({
        ...alien,
        homeId: envelope.homeId,
        cameraId: envelope.cameraId,
        streamId: envelope.streamId,
      });
      const wrongs = [
        relabeled,
        encodeEnvelope(alien),
        encodeEnvelope({ ...envelope, cameraId: theirs }),
        random.pick(taped),
        damaged(message, random),
        encodeEnvelope({ ...envelope, streamId: random.pick([0, 1, 3, 4]) }),
      ];
      for (let left = random.below(4); left > 0; left -= 1) pass(random.pick(wrongs));
      pass(message);
    };
    const eye = new Eye(house.client, camera);
    await rounds('viewer', async (next) => {
      random = next;
      await eye.more(3);
    });
    // One subscription so far: each counter once, and rising.
    expect(
      eye.units.filter(({ ctr }, i) => i > 0 && ctr <= (eye.units[i - 1]?.ctr ?? 0)),
      again,
    ).toEqual([]);
    const words = [
      JSON.stringify({ t: 'agent', online: true, sinceMs: 1 }),
      JSON.stringify({ t: 'live.answer', answer: 'A'.repeat(300) }),
      JSON.stringify({ t: 'reply', sealed: 'AAAA' }),
      JSON.stringify({ t: 'command.over', ticket: 'A'.repeat(22) }),
      JSON.stringify({ t: 'tickets', re: 5, tickets: ['A'.repeat(22)] }),
      JSON.stringify({ t: 'error', re: 77, code: 'internal', words: '' }),
    ];
    await rounds('viewer, words', async (next) => {
      random = next;
      line.injectText(random.chance(4) ? random.pick(words) : mutantText(words, random, ['{', '"']));
      line.inject(mutant(taped, random));
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
    await eye.more(3, 60_000);
    expect(foreign.length).toBeGreaterThan(0);
    expect(foreignAmong(eye, genuine, otherEye), again).toEqual([]);
    expect(disorderIn(eye), again).toEqual([]);
    expect(house.client.alarms.get()).toEqual([]);
    await until(eye.watch.picture, ({ state }) => state === 'live', 60_000);
  });
});

function damaged(message: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(message);
  // Behind the label: one that is none ends the line, which is another test.
  const at = 43 + random.below(copy.length - 43);
  copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
}

const hash = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Units that another home's agent sealed, or that differ from what a second, honest line brought under the same counter. */
function foreignAmong(eye: Eye, genuine: Eye, other: Eye): readonly string[] {
  const sessions = new Set(other.units.map(({ sessionId }) => sessionId));
  const real = new Map(genuine.units.map(({ sessionId, ctr, data }) => [`${sessionId}/${ctr}`, hash(data)]));
  return eye.units
    .filter(
      ({ sessionId, ctr, data }) =>
        sessions.has(sessionId) || ![undefined, hash(data)].includes(real.get(`${sessionId}/${ctr}`)),
    )
    .map(({ sessionId, ctr }) => `${sessionId}/${ctr}`);
}

/** Units shown after a later one. A new connection begins with the kept GOP again, at its keyframe. */
function disorderIn(eye: Eye): readonly number[] {
  return eye.units
    .filter((unit, i) => i > 0 && !unit.keyframe && unit.ctr <= (eye.units[i - 1]?.ctr ?? 0))
    .map(({ ctr }) => ctr);
}

describe('a running sealcam', () => {
  it('answers its own command line, and nothing else, whatever comes on its socket', TIME, async () => {
    const folder = await folderFor('control');
    let invited = 0;
    const stop = await startControl(folder, {
      command: 'relay',
      invite: () => Promise.resolve(String((invited += 1))),
    });
    onEnd(stop);
    await rounds('sealcam.sock', async (random) => {
      const socket = connect(join(folder, 'sealcam.sock'));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined).resume();
      socket.write(mutantText(['who\n', 'whoami\n', '\n'], random, ['a'.repeat(3000), '\0', '\r']));
      if (random.chance(2)) socket.end();
      setTimeout(() => socket.destroy(), 20);
      await closed;
    });
    expect(invited).toBe(0);
  });
});
