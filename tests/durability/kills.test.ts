/**
 * `kill -9` at random moments while an admin changes roster, grants and cameras and a picture is watched: what was acknowledged is
 * there afterwards, the ledger is whole, and no nonce was used twice (SEALING.md, threats: nonce reuse). 50 kills of the agent in
 * CI, and some of the relay beside; 1,000 with SEALCAM_TEST_SIZE=full.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startCamera } from '../cameras/rig.ts';
import { onEnd, kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { times } from '../harness/size.ts';
import { until } from '../harness/until.ts';
import { BusyAdmin } from './busy-admin.ts';
import { LivingHome } from './living-home.ts';

const KILLS = times(50, 1000);
/** Of every so many kills one takes the relay along, one the relay alone beside. */
const KINDS = ['agent', 'both', 'agent', 'agent'] as const;

it(
  `loses nothing that was acknowledged and repeats no nonce in ${KILLS} kills of the agent`,
  async () => {
    const camera = await startCamera({ clip: true });
    onEnd(() => camera.stop());
    const home = kept(await LivingHome.found());
    const { client } = home;
    const demo = await firstCamera(client);
    const eye = new Eye(client, demo);
    const admin = new BusyAdmin(home.admin, client, camera);
    const lost: string[] = [];
    let rows = 0;
    let relayKills = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      // A picture after each fifth: the next keyframe may be seconds away.
      if (kill % 5 === 0) await eye.more(3);
      const began = Date.now();
      const stop = admin.work();
      // The moment is what is random here.
      await delay(randomInt(400));
      const which = KINDS[kill % KINDS.length] ?? 'agent';
      const epoch = client.home.get().manifest?.epoch ?? 0;
      if (kill % 10 === 9) {
        await home.kill('relay');
        relayKills += 1;
      }
      if (which === 'both') relayKills += 1;
      await home.kill(which);
      await stop();
      expect(home.ledger.whole, `after kill ${kill}`).toBe(true);
      expect(home.ledger.rows).toBeGreaterThanOrEqual(rows);
      rows = home.ledger.rows ?? 0;
      // The newer keys may be from before the kill: the line is what was cut for sure.
      await until(client.connection, ({ state }) => state === 'online');
      await until(client.home, ({ manifest }) => (manifest?.epoch ?? 0) > epoch);
      lost.push(...(await admin.lost()));
      // The picture that was seen before the kill has its row, however the relay ended.
      const seen = await client.ledger({ cameraId: demo, fromMs: 0, toMs: began + 60_000, limit: 500 });
      expect(seen.some((row) => row.deviceId === home.admin.keys.deviceId && row.fromMs <= began)).toBe(true);
      expect(client.alarms.get()).toEqual([]);
    }
    await eye.more(3);
    await home.stop();
    expect(lost).toEqual([]);
    expect(admin.acknowledgments).toBeGreaterThan(KILLS);
    expect(relayKills).toBeGreaterThanOrEqual(Math.floor(KILLS / 5));
    // Not an empty claim: many pairs, of many keys, and none of them over two frames.
    expect(home.counters.pairs).toBeGreaterThan(20 * KILLS);
    expect(home.counters.repeated).toBe(0);
  },
  times(280_000, 3 * 3600_000),
);
