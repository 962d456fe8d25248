/** SEALING.md, threats: replay, stale. What was recorded on a viewer's line is brought in again: 0 of it is shown as live. */
import { decodeEnvelope, STREAM } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { Line } from '../harness/node-ports.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld, type House } from '../harness/world.ts';

/** A line that keeps what crosses it. */
function recording(): { readonly line: Line; readonly tape: Uint8Array[] } {
  const line = new Line();
  const tape: Uint8Array[] = [];
  line.binary = (message, pass) => {
    tape.push(Uint8Array.from(message));
    pass(message);
  };
  return { line, tape };
}

/** A line on which a tape runs in the place of the real pictures, over and over, for as long as something listens. */
function playing(tape: readonly Uint8Array[]): Line {
  const line = new Line();
  line.binary = (message) => {
    // As fast as pictures come: one for each that is withheld, and the whole tape at the first.
    if (decodeEnvelope(message).streamId !== STREAM.main) return;
    for (const old of tape) line.inject(Uint8Array.from(old));
  };
  return line;
}

const claims = { trials: 0 };

async function house(line?: Line): Promise<House> {
  const world = kept(await startWorld());
  return kept(await startHouse(world, 'Home', line === undefined ? {} : { line }));
}

it('what comes a second time at once is never opened a second time', async () => {
  const { line, tape } = recording();
  const record = line.binary;
  line.binary = (message, pass) => {
    record(message, pass);
    for (const old of tape.slice(-20)) pass(Uint8Array.from(old));
    claims.trials += Math.min(20, tape.length);
  };
  const { client } = await house(line);
  const eye = new Eye(client, await firstCamera(client));
  const units = await eye.more(60);
  expect(new Set(units.map(({ epoch, sessionId, ctr }) => `${epoch}/${sessionId}/${ctr}`)).size).toBe(units.length);
  expect(claims.trials).toBeGreaterThan(1000);
  expect(units.map(({ ctr }) => ctr)).toEqual(units.map((_, i) => (units[0]?.ctr ?? 0) + i));
});

it('after a reload a recording is nowhere called live, though its keys are the same', async () => {
  const { line, tape } = recording();
  const home = await house(line);
  const camera = await firstCamera(home.client);
  const eye = new Eye(home.client, camera);
  await eye.live();
  const last = (await eye.more(30)).at(-1);
  line.binary = (message, pass) => pass(message);
  expect(tape.length).toBeGreaterThan(30);
  // The camera goes on: from its next keyframe on the recording is old.
  await until(
    { get: () => eye.units.at(-1), subscribe: subscribeTo(eye) },
    (unit) => (unit?.gopCtr ?? 0) > (last?.gopCtr ?? 0),
  );

  const reloaded = kept(await home.admin.open(playing(tape)));
  const fooled = new Eye(reloaded, camera);
  await until(fooled.watch.picture, ({ state }) => state !== 'opening');
  await until(fooled.watch.picture, ({ state }) => state === 'gone' || state === 'late');
  expect(fooled.states.filter(({ state }) => state === 'live')).toEqual([]);
  // Beside it the same home on an honest line is live: it was the recording, not the home.
  expect(eye.watch.picture.get().state).toBe('live');
});

it('after the agent restarted a recording does not even open', async () => {
  const { line, tape } = recording();
  const home = await house(line);
  const camera = await firstCamera(home.client);
  const eye = new Eye(home.client, camera);
  await eye.more(30);
  const { epoch = 0 } = home.client.home.get().manifest ?? {};
  home.client.close();
  await home.restartAgent();
  // The relay has the new keys: who comes now is given no others, where who came before would have both for two seconds.
  const honest = await home.admin.open();
  await until(honest.home, ({ manifest }) => (manifest?.epoch ?? 0) > epoch);
  honest.close();
  let withheld = 0;
  const line2 = playing(tape);
  const play = line2.binary;
  line2.binary = (message, pass) => {
    withheld += 1;
    play(message, pass);
  };
  const reloaded = kept(await home.admin.open(line2));
  const fooled = new Eye(reloaded, camera);
  await until(reloaded.home, ({ manifest }) => (manifest?.epoch ?? 0) > epoch);
  await until({ get: () => withheld, subscribe: (tell) => every(() => tell(withheld)) }, (count) => count > 30);
  expect(fooled.units).toEqual([]);
  expect(fooled.states.filter(({ state }) => state === 'live' || state === 'late')).toEqual([]);
});

function subscribeTo(eye: Eye): (tell: (unit: Eye['units'][number] | undefined) => void) => () => void {
  return (tell) => every(() => tell(eye.units.at(-1)));
}

function every(run: () => void): () => void {
  const timer = setInterval(run, 50);
  return () => clearInterval(timer);
}
