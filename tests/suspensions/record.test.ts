/** What is decided stays decided: across kill -9, for the same target twice, and lifted by a person with a reason alone. */
import fc from 'fast-check';
import { cameraId, deviceId, homeId } from '@sealcam/protocol';
import type { SuspensionTarget } from '@sealcam/relay';
import { afterEach, describe, expect, test } from 'vitest';
import { Lab } from '../../apps/relay/test/house.ts';
import { stops, targetKey, type Suspendable } from '../../apps/relay/src/suspensions/suspension.ts';
import { Child } from '../harness/child.ts';
import { CrowdHome, eventually, type Seat } from './crowd.ts';

const lab = new Lab();
afterEach(() => lab.end());

const WHO = { cause: 'operator', by: 'Ada', reason: 'a drill' } as const;
const ids = (digit: string): string => digit.repeat(32);

describe('the record', () => {
  test('outlives kill -9: the next relay on the folder refuses, with the same moment', async () => {
    const dataDir = await lab.folder();
    const child = new Child(new URL('suspending-relay.ts', import.meta.url), [dataDir]);
    const [, id, atMs] = await child.seen(/suspended (\w+) (\d+)/);
    await child.end('SIGKILL');

    const relay = await lab.relay({ dataDir });
    expect(await relay.suspensions.active()).toEqual([
      { id, target: { width: 'everything' }, ...WHO, atMs: Number(atMs) },
    ]);
    expect((await relay.suspensions.all(10)).map(({ lifted }) => lifted?.by)).toEqual([undefined, 'Grace']);
    const { seats } = await CrowdHome.build(lab, relay, 1);
    const [own, display] = seats as [Seat, Seat];
    await eventually(() => own.told !== undefined && display.told !== undefined);
    expect(own.told).toEqual({ code: 'ok' });
    expect(display.told).toEqual({ code: 'suspended.everything', sinceMs: Number(atMs) });
  });

  test('the same target twice is one suspension; after it is lifted it is another', async () => {
    const { suspensions } = await lab.relay();
    const target: SuspensionTarget = { width: 'pair', cameraModel: 'reolink', displayModel: 'nest hub' };
    const [first, again] = await Promise.all([
      suspensions.suspend({ target, ...WHO }),
      suspensions.suspend({ target, ...WHO, by: 'Grace', cause: 'policy', incidentId: 'i1' }),
    ]);
    expect(again).toEqual(first);
    const lifted = await suspensions.lift(first.id, { by: ' Grace ', reason: 'mended' });
    expect(lifted.lifted).toMatchObject({ by: 'Grace', reason: 'mended' });
    expect(await suspensions.lift(first.id, { by: 'Ada', reason: 'again' })).toEqual(lifted);
    const next = await suspensions.suspend({ target, ...WHO, incidentId: 'i2' });
    expect(next.id).not.toBe(first.id);
    expect(await suspensions.active()).toEqual([next]);
    expect(await suspensions.all(10)).toEqual(expect.arrayContaining([next, lifted]));
  });

  test('takes a name and a reason, and only targets that can be', async () => {
    const { suspensions } = await lab.relay();
    const target = { width: 'everything' } as const;
    const { id } = await suspensions.suspend({ target, ...WHO });
    const refused = { code: 'command.invalid' };
    for (const input of [
      { by: '', reason: 'x' },
      { by: 'Ada', reason: ' ' },
      { by: 'A'.repeat(501), reason: 'x' },
    ]) {
      await expect(suspensions.lift(id, input)).rejects.toMatchObject(refused);
      await expect(suspensions.suspend({ target, cause: 'operator', ...input })).rejects.toMatchObject(refused);
    }
    await expect(suspensions.lift(ids('0'), { by: 'Ada', reason: 'x' })).rejects.toMatchObject(refused);
    for (const wrong of [
      { width: 'partner', partner: 'sealed' },
      { width: 'partner', partner: 'No Name' },
      { width: 'pair', cameraModel: '', displayModel: 'nest hub' },
      { width: 'pair', cameraModel: 'Reolink', displayModel: 'nest hub' },
      { width: 'display', homeId: 'x', deviceId: ids('a') },
      { width: 'house' },
    ])
      await expect(suspensions.suspend({ target: wrong as SuspensionTarget, ...WHO })).rejects.toMatchObject(refused);
    expect(await suspensions.active()).toHaveLength(1);
  });
});

const model = fc.constantFrom('', 'a', 'b');
const route = fc.constantFrom('sealed', 'fixture', 'other');
const home = fc.constantFrom(homeId(ids('1')), homeId(ids('2')));
const device = fc.constantFrom(deviceId(ids('3')), deviceId(ids('4')));
const camera = fc.constantFrom(cameraId(ids('5')), cameraId(ids('6')));
const said = fc.constantFrom('a', 'b');
const target: fc.Arbitrary<SuspensionTarget> = fc.oneof(
  fc.record({ width: fc.constant('link'), homeId: home, deviceId: device, cameraId: camera } as const),
  fc.record({ width: fc.constant('display'), homeId: home, deviceId: device } as const),
  fc.record({ width: fc.constant('pair'), cameraModel: said, displayModel: said } as const),
  fc.record({ width: fc.constant('partner'), partner: fc.constantFrom('fixture', 'other') } as const),
  fc.record({ width: fc.constant('everything') } as const),
);
const viewing: fc.Arbitrary<Suspendable> = fc
  .record({
    ...{ homeId: home, deviceId: device, cameraId: camera, cameraModel: model, displayModel: model, route },
    admin: fc.boolean(),
  })
  .map(({ admin, ...rest }) => ({ ...rest, own: admin && rest.route === 'sealed' }));

describe('the rule', () => {
  test('one text a target: equal texts stop the same viewings', () => {
    fc.assert(
      fc.property(target, target, viewing, (one, other, of) => {
        if (targetKey(one) === targetKey(other)) expect(stops(one, of)).toBe(stops(other, of));
      }),
    );
  });
});
