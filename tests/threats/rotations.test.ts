/** SEALING.md, threats: false alarms, joins. Rotations under load raise no alarm and cost no picture; joins in their midst get whole chains. */
import type { ViewerUnit } from '@sealcam/player/viewer';
import { decodeEnvelope, parseSealedHeader } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { pairDisplay } from '../harness/household.ts';
import { FULL, times } from '../harness/size.ts';
import { until } from '../harness/until.ts';
import { startWireTap } from '../harness/wire-tap.ts';
import { startHouse, startWorld } from '../harness/world.ts';

const ROTATIONS = times(60, 1000);
const JOINS = 50;

it(
  `${ROTATIONS} rotations with ${JOINS} joins in their midst: no alarm, no incident, no broken chain, no nonce twice`,
  async () => {
    const world = kept(await startWorld());
    const sealed = new Map<string, Buffer>();
    let twice = 0;
    const tap = kept(
      await startWireTap(world.relay.port, ({ way, isText, payload }) => {
        if (way === 'down' || isText) return;
        const { sealed: bytes } = decodeEnvelope(payload);
        const { kid, ctr } = parseSealedHeader(bytes);
        const known = sealed.get(`${kid}/${ctr}`);
        const tag = Buffer.from(bytes.subarray(-16));
        if (known !== undefined && !known.equals(tag)) twice += 1;
        sealed.set(`${kid}/${ctr}`, tag);
      }),
    );
    const house = kept(await startHouse({ relayUrl: tap.url }, 'Home', { viewersAt: world.relayUrl }));
    const camera = await firstCamera(house.client);
    const display = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
    const other = kept(await display.open());
    const steady = [new Eye(house.client, camera), new Eye(other, camera)];
    for (const eye of steady) await eye.live();
    const from = steady.map((eye) => eye.units.length);

    const epochs = new Set<number>();
    const stop = house.client.home.subscribe(({ manifest }) => manifest && epochs.add(manifest.epoch));
    let rotating = true;
    const rotate = async (): Promise<void> => {
      for (let n = 0; n < ROTATIONS; n += 1) {
        const before = house.client.home.get().manifest?.epoch ?? 0;
        const reply = await house.client.command({ do: 'home.rename', name: `Home ${n}` });
        expect(reply).toEqual({ is: 'ok' });
        await until(house.client.home, ({ manifest }) => (manifest?.epoch ?? 0) > before);
      }
      rotating = false;
    };
    const joined: Eye[] = [];
    const join = async (): Promise<void> => {
      for (let n = 0; n < JOINS; n += 1) {
        const client = await display.open();
        const eye = new Eye(client, camera);
        // In CI joins are as many as rotations, at full size they are spread over the first of them.
        await until(client.home, ({ manifest }) => manifest !== undefined);
        if (rotating && n % 10 === 0) await eye.more(3);
        joined.push(eye);
        expect(client.alarms.get()).toEqual([]);
        if (joined.length > 10) client.close();
        else kept(client);
      }
    };
    await Promise.all([rotate(), join()]);
    stop();
    for (const eye of [...steady, ...joined.slice(0, 10)]) await eye.more(5);

    expect(epochs.size).toBeGreaterThanOrEqual(ROTATIONS);
    // Nothing of it looked like somebody else's picture, to the displays or to the relay.
    expect(await world.relay.incidents.list({ limit: 10 })).toEqual([]);
    expect(house.client.alarms.get()).toEqual([]);
    expect(other.alarms.get()).toEqual([]);
    expect(joined.length).toBe(JOINS);
    // Who watched all the while missed nothing; who joined has whole chains from a keyframe on.
    for (const [i, eye] of steady.entries()) {
      expect(gapsIn(eye.units.slice(from[i])), `watcher ${i}`).toBe(0);
      expect(eye.states.filter(({ state }) => state === 'refused')).toEqual([]);
    }
    for (const eye of joined) expect(brokenIn(eye.units)).toBe(0);
    expect(joined.reduce((sum, { units }) => sum + units.length, 0)).toBeGreaterThan(30);
    expect(sealed.size).toBeGreaterThan(ROTATIONS);
    expect(twice).toBe(0);
  },
  FULL ? 1800_000 : 120_000,
);

function gapsIn(units: readonly ViewerUnit[]): number {
  return units.filter((unit, i) => i > 0 && unit.ctr !== (units[i - 1]?.ctr ?? 0) + 1).length;
}

/** Units that were given to a decoder which has not all that they hang on. */
function brokenIn(units: readonly ViewerUnit[]): number {
  return units.filter((unit, i) => !unit.keyframe && unit.ctr !== (units[i - 1]?.ctr ?? -2) + 1).length;
}
