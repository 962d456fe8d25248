/** SEALING.md, threats: a still after 24 h off is not opened. The agent seals nothing older again, and an older epoch's still opens for nobody. */
import { randomBytes } from 'node:crypto';
import type { AccessUnit } from '@sealcam/media';
import { cameraId, decodeEnvelope, epoch, homeId, micros, sessionId, STREAM, type Track } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { SealedTrack } from '../../apps/agent/src/sealed-track.ts';
import { Stills } from '../../apps/agent/src/stills.ts';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { Line } from '../harness/node-ports.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld } from '../harness/world.ts';

const HOUR_MS = 3_600_000;

it('is sealed again at a rotation up to 24 h after it was taken, with its own time, and never after', () => {
  const track: Track = { homeId: homeId('1'.repeat(32)), cameraId: cameraId('2'.repeat(32)), streamId: STREAM.still };
  let nowMs = 1_800_000_000_000;
  const sealed = new SealedTrack(track, sessionId('8'.repeat(16)), () => nowMs);
  let sent = 0;
  const stills = new Stills(sealed, { publish: () => ((sent += 1), true) }, () => nowMs);
  let rotations = 1;
  sealed.rekey(epoch(rotations), randomBytes(32));
  const unit: AccessUnit = {
    ...{ codec: 'h264', keyframe: true, discontinuity: false, captureUs: micros(nowMs * 1000), durationUs: 0 },
    data: new Uint8Array([0, 0, 0, 1, 0x65, 1]),
    config: {
      codec: 'h264',
      codecString: 'avc1.42E01F',
      width: 16,
      height: 16,
      parameterSets: [new Uint8Array([0x67]), new Uint8Array([0x68])],
    },
  };
  stills.see(unit);
  expect(sent).toBe(1);
  const sentAfter = (hours: number): number => {
    const before = sent;
    nowMs = 1_800_000_000_000 + hours * HOUR_MS;
    sealed.rekey(epoch((rotations += 1)), randomBytes(32));
    stills.send();
    return sent - before;
  };
  expect([1, 12, 23.9].map(sentAfter)).toEqual([1, 1, 1]);
  expect([24.1, 25, 48].map(sentAfter)).toEqual([0, 0, 0]);
  // And it is forgotten: a clock that steps back does not bring it again.
  expect(sentAfter(2)).toBe(0);
});

it('of an epoch before is deleted at the relay and opens for nobody who comes later', async () => {
  const world = kept(await startWorld());
  const line = new Line();
  const tape: Uint8Array[] = [];
  line.binary = (message, pass) => {
    if (decodeEnvelope(message).streamId === STREAM.still) tape.push(Uint8Array.from(message));
    pass(message);
  };
  const house = kept(await startHouse(world, 'Home', { line }));
  const camera = await firstCamera(house.client);
  const eye = new Eye(house.client, camera, STREAM.still);
  await eye.more(1);
  const yesterday = tape.splice(0);
  const { epoch: before = 0 } = house.client.home.get().manifest ?? {};
  await house.client.command({ do: 'home.rename', name: 'Another day' });
  await until(house.client.home, ({ manifest }) => (manifest?.epoch ?? 0) > before);
  await eye.more(1);
  house.client.close();

  // The display comes back to a relay that kept yesterday's cache and gives nothing else.
  const stale = new Line();
  let withheld = 0;
  let tell: () => void = () => undefined;
  const came = new Promise<void>((resolve) => (tell = resolve));
  stale.binary = (message) => {
    if (decodeEnvelope(message).streamId !== STREAM.still) return;
    // What an honest relay has is of today.
    expect(decodeEnvelope(message).epoch).toBeGreaterThan(before);
    withheld += 1;
    for (const old of yesterday) stale.inject(Uint8Array.from(old));
    tell();
  };
  const client = kept(await house.admin.open(stale));
  const late = new Eye(client, camera, STREAM.still);
  await came;
  // A live picture on the same line comes after it, in order.
  stale.binary = (message, pass) => pass(message);
  await new Eye(client, camera).more(3);
  expect(withheld).toBeGreaterThan(0);
  expect(yesterday.length).toBeGreaterThan(0);
  expect(late.units.filter(({ epoch: of }) => of <= before)).toEqual([]);
});
