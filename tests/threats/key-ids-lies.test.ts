/**
 * A hundred homes that lie, at random: copies of each other's key ids, units under others' key ids, quick bulletins, old key ids, removed
 * guests who know the newest ones, reports of anything. Whatever they send, nothing is ever proven, nothing that is suspended touches an
 * honest home, and the honest home's units all come.
 */
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import type { AnnouncedKey } from '@sealcam/home';
import type { KeyId, StreamId } from '@sealcam/protocol';
import { kidOf, Lab, sealedUnit } from '../../apps/relay/test/house.ts';
import { living, report, send, targets, worked, type Living } from '../../apps/relay/test/living.ts';
import { times } from '../harness/size.ts';

const lab = new Lab();
afterEach(() => lab.end());

const LIARS = 100;
const STEPS = times(60, 400);
const RUNS = times(6, 40);

/** Which key id a lie is about: any home's newest, an older one that was seen, or one that nobody announced. */
const which = fc.record({ of: fc.nat(LIARS), age: fc.nat(3), isMadeUp: fc.nat(3).map((one) => one === 0) });
const lie = fc.record({
  by: fc.nat(LIARS - 1),
  act: fc.constantFrom('copy', 'copy', 'send', 'send', 'report', 'quick', 'rotate', 'reopen'),
  about: fc.array(which, { minLength: 1, maxLength: 5 }),
  reason: fc.constantFrom('foreign' as const, 'unknown' as const, 'replayed' as const),
  ctr: fc.nat(20),
});

it(
  `${LIARS} homes that lie at random prove nothing, and cut nobody but themselves`,
  async () => {
    const relay = await lab.relay();
    const honest = await living(lab, relay);
    const liars: Living[] = [];
    for (let n = 0; n < LIARS; n += 1) liars.push(await living(lab, relay));
    const all = [...liars, honest];
    /** Newest first, of each home: what its guests, who are everybody, have seen. */
    const seen = all.map(({ kid }) => [kid]);
    const honestId = honest.house.id;
    let ctr = 100;
    const kidIn = ({ of, age, isMadeUp }: { of: number; age: number; isMadeUp: boolean }, seed: number): KeyId =>
      (isMadeUp ? undefined : (seen[of]?.[age] ?? seen[of]?.[0])) ?? kidOf(`made up ${of} ${age} ${seed}`);

    const carryOut = async (step: typeof lie extends fc.Arbitrary<infer T> ? T : never): Promise<void> => {
      const liar = liars[step.by];
      if (liar === undefined) throw new Error('no liar');
      const { house, agent, camera } = liar;
      const kids = [...new Set(step.about.map((about) => kidIn(about, step.ctr)))];
      const lies = kids.map((kid, at): AnnouncedKey => ({ cameraId: camera, streamId: at as StreamId, kid }));
      switch (step.act) {
        case 'copy':
          await house.bulletin(agent, house.epoch + 1, lies);
          break;
        case 'quick':
          for (let n = 0; n < 4; n += 1) await house.bulletin(agent, house.epoch + 1, n === 3 ? lies : []);
          break;
        case 'rotate':
          await house.bulletin(agent);
          seen[step.by]?.unshift(house.kid(camera));
          break;
        case 'reopen':
          // The honest home goes on meanwhile: a key id that is a moment old is the best that anybody can have.
          await honest.house.bulletin(honest.agent);
          seen[LIARS]?.unshift(honest.house.kid(honest.camera));
          break;
        case 'report':
          for (const kid of kids) liar.display.send(await report(liar, kid, step.ctr, step.reason));
          break;
        default:
      }
      for (const { streamId, kid } of lies) agent.unit(house.envelope(camera, streamId, sealedUnit(kid, step.ctr, 0)));
      await agent.settled();
    };

    let steps = 0;
    const judge = async (): Promise<void> => {
      for (const { display } of all) await worked(display);
      const incidents = await relay.incidents.list({ limit: 1_000 });
      for (const { grade, viewer } of incidents) {
        expect(['claimed', 'replayed', 'contested']).toContain(grade);
        expect(viewer.homeId).not.toBe(honestId);
      }
      for (const target of await targets(relay)) {
        expect(target.width).toBe('link');
        expect('homeId' in target && target.homeId !== honestId).toBe(true);
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(lie, { minLength: STEPS, maxLength: STEPS }), async (lies) => {
        for (const step of lies) {
          await carryOut(step);
          steps += 1;
          ctr += 1;
          // Each unit of the honest home comes to both of its displays.
          const { house, agent, camera, admin, display } = honest;
          await send(house, agent, camera, house.kid(camera), ctr, [admin, display]);
        }
        await judge();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    const incidents = await relay.incidents.list({ limit: 1_000 });
    expect(steps).toBe(STEPS * RUNS);
    // The lies were lies: they were noticed.
    expect(incidents.filter(({ grade }) => grade === 'contested').length).toBeGreaterThan(10);
    expect(incidents.filter(({ grade }) => grade === 'claimed').length).toBeGreaterThan(0);
    expect(await relay.verifyLedger()).toMatchObject({ whole: true });
  },
  // A hundred homes are two hundred sockets and as many signatures before the first lie.
  300_000,
);
