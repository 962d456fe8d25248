/** SEALING.md, threats: frames swapped. A relay that mixes up two homes with one camera name: 0 of the other's pictures are opened. */
import { decodeEnvelope, encodeEnvelope, STREAM } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { Line } from '../harness/node-ports.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld } from '../harness/world.ts';

it('two homes whose lines are crossed, with the label of either: 0 opened, and the screen says why', async () => {
  const world = kept(await startWorld());
  const lines = [new Line(), new Line()] as const;
  const ours = kept(await startHouse(world, 'Home', { line: lines[0] }));
  const theirs = kept(await startHouse(world, 'Home', { line: lines[1] }));
  const [camera, other] = [await firstCamera(ours.client), await firstCamera(theirs.client)];
  const eye = new Eye(ours.client, camera);
  const them = new Eye(theirs.client, other);
  await eye.live();
  await them.live();
  const sessions = new Set(eye.units.map(({ sessionId }) => sessionId));

  // From here on the other home's pictures come in the place of ours, as they are and under our label.
  let crossed = 0;
  lines[0].binary = (message, pass) => {
    if (decodeEnvelope(message).streamId !== STREAM.main) pass(message);
  };
  lines[1].binary = (message, pass) => {
    pass(message);
    if (decodeEnvelope(message).streamId !== STREAM.main) return;
    const track = { homeId: ours.admin.homeId, cameraId: camera, streamId: STREAM.main } as const;
    lines[0].inject(Uint8Array.from(message));
    lines[0].inject(encodeEnvelope({ ...decodeEnvelope(message), ...track }));
    crossed += 2;
  };
  // What of ours had come before is opened by then; whose it is, is asked of every unit below.
  await them.more(3);
  const from = eye.units.length;
  await them.more(60);
  // Refused by the display, and a moment later cut off by the relay that it told.
  await until(eye.watch.picture, ({ state }) => state === 'suspended');
  expect(crossed).toBeGreaterThan(100);
  expect(eye.units.length).toBe(from);
  expect(eye.units.filter(({ sessionId }) => !sessions.has(sessionId))).toEqual([]);
  // The other home is none the worse for it.
  expect(them.watch.picture.get().state).toBe('live');
});
