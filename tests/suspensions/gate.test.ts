/** The gate against a model of it: any interleaving of suspend, lift, declared anew, crash and restart; its statement says what `stops` says. */
import fc from 'fast-check';
import {
  agentOf,
  buildGenesis,
  buildNextRoster,
  generateDeviceKeys,
  signRoster,
  verifyGenesis,
  verifyNext,
  type Head,
} from '@sealcam/home';
import { cameraId, STREAM, toHex, type CameraId, type DeviceId, type HomeId } from '@sealcam/protocol';
import type { SuspensionTarget } from '@sealcam/relay';
import { afterEach, describe, expect, test } from 'vitest';
import { decide } from '../../apps/relay/src/gate.ts';
import { openSqliteStore } from '../../apps/relay/src/store/sqlite.ts';
import type { Store } from '../../apps/relay/src/store/store.ts';
import { stops, suspendedCode, widest, type Suspendable } from '../../apps/relay/src/suspensions/suspension.ts';
import { Lab } from '../../apps/relay/test/house.ts';

const lab = new Lab();
afterEach(() => lab.end());

const id = (n: number): string => n.toString(16).padStart(32, '0');
/** An admin, and two that may watch; the same in both homes, whose lists a restart checks against what each admin signed. */
const KEYS = await Promise.all([generateDeviceKeys(), generateDeviceKeys(), generateDeviceKeys()]);
const DEVICES = KEYS.map(({ deviceId }) => deviceId);
const HEADS = [await household(), await household()];
const HOMES = HEADS.map(({ homeId }) => homeId);
const CAMERAS = [cameraId(id(11)), cameraId(id(12))];
const MODELS = ['', 'a', 'b'];
const ROUTES = ['sealed', 'fixture', 'other'];

const pick = <T>(of: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...of);
const target: fc.Arbitrary<SuspensionTarget> = fc.oneof(
  fc.record({
    width: fc.constant('link'),
    homeId: pick(HOMES),
    deviceId: pick(DEVICES),
    cameraId: pick(CAMERAS),
  } as const),
  fc.record({ width: fc.constant('display'), homeId: pick(HOMES), deviceId: pick(DEVICES) } as const),
  fc.record({ width: fc.constant('pair'), cameraModel: pick(['a', 'b']), displayModel: pick(['a', 'b']) } as const),
  fc.record({ width: fc.constant('partner'), partner: pick(['fixture', 'other']) } as const),
  fc.record({ width: fc.constant('everything') } as const),
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('suspend'), target } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('lift'), nth: fc.nat(5) } as const) },
  fc.record({
    do: fc.constant('declare'),
    home: pick(HOMES),
    device: pick(DEVICES),
    model: pick(MODELS),
    route: pick(ROUTES),
  } as const),
  fc.record({ do: fc.constant('camera'), home: pick(HOMES), models: fc.tuple(pick(MODELS), pick(MODELS)) } as const),
  fc.record({ do: fc.constant('restart') } as const),
);

interface Model {
  readonly active: Map<string, SuspensionTarget>;
  readonly displays: Map<string, { model: string; route: string }>;
  readonly cameras: Map<string, string>;
}

async function newStore(folder: string, isDeclared = true): Promise<Store> {
  const store = await openSqliteStore(folder);
  for (const head of HEADS) {
    const { homeId: home, version, hash, bytes, roster } = head;
    const members = roster.entries.map(({ deviceId, sigPub, role, grants, notAfterMs }) => {
      return { deviceId, sigPub, role, cameras: grants, notAfter: notAfterMs };
    });
    const agentId = agentOf(head).deviceId;
    await store.addHome({ homeId: home, version, hash: toHex(hash), roster: bytes, agentId, members }, undefined, 0);
    if (isDeclared)
      await store.putAnnounced(
        home,
        { displays: DEVICES.map((device) => ({ deviceId: device, model: '', route: 'sealed' })) },
        0,
      );
    await putCameras(store, home, ['', '']);
  }
  return store;
}

async function household(): Promise<Head> {
  const [admin, ...viewers] = KEYS;
  const agent = await generateDeviceKeys();
  const genesis = await verifyGenesis(await signRoster(admin, await buildGenesis(admin.sigPub, agent.sigPub)));
  const changes = viewers.map(({ sigPub }) => ({ do: 'addDevice', sigPub, role: 'viewer', grants: 'all' }) as const);
  return await verifyNext(genesis, await signRoster(admin, await buildNextRoster(genesis, admin.deviceId, changes)));
}

function putCameras(store: Store, home: (typeof HOMES)[number], models: readonly string[]): Promise<void> {
  const streams = [STREAM.main];
  const cameras = CAMERAS.map((camera, i) => ({ cameraId: camera, streams, private: false, model: models[i] ?? '' }));
  return store.putAnnounced(home, { cameras }, 1);
}

async function holds(store: Store, model: Model): Promise<void> {
  for (const home of HOMES) {
    for (const device of DEVICES) {
      for (const camera of CAMERAS) {
        const question = { homeId: home, deviceId: device, cameraId: camera, streamId: STREAM.main };
        const answer = decide(await store.gate(question), STREAM.main, 1);
        const { model: displayModel = '', route = 'sealed' } = model.displays.get(`${home}/${device}`) ?? {};
        const own = device === DEVICES[0] && route === 'sealed';
        const cameraModel = model.cameras.get(`${home}/${camera}`) ?? '';
        const of: Suspendable = {
          homeId: home,
          deviceId: device,
          cameraId: camera,
          cameraModel,
          displayModel,
          route,
          own,
        };
        const stopping = [...model.active.values()].filter((each) => stops(each, of));
        const told = widest(
          stopping.map(({ width }) => ({ width, sinceMs: 0 })),
          false,
        );
        expect(answer.allow ? undefined : answer.code).toBe(told === undefined ? undefined : suspendedCode(told.width));
      }
    }
  }
}

describe('the gate', () => {
  test('says of every viewing what a model of all suspensions says', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const folder = await lab.folder();
        let store = await newStore(folder);
        const model: Model = { active: new Map(), displays: new Map(), cameras: new Map() };
        let made = 100;
        try {
          for (const each of steps) {
            if (each.do === 'suspend') {
              const suspension = {
                id: id((made += 1)),
                target: each.target,
                cause: 'operator',
                by: 'a',
                reason: 'b',
                atMs: made,
              } as const;
              const { added } = await store.suspensions.add(suspension);
              if (added) model.active.set(suspension.id, each.target);
            } else if (each.do === 'lift') {
              const chosen = [...model.active.keys()][each.nth];
              if (chosen === undefined) continue;
              await store.suspensions.lift(chosen, { atMs: made, by: 'a', reason: 'b' });
              model.active.delete(chosen);
            } else if (each.do === 'declare') {
              const { home, device, model: said, route } = each;
              await store.putAnnounced(home, { displays: [{ deviceId: device, model: said, route }] }, 1);
              model.displays.set(`${home}/${device}`, { model: said, route });
            } else if (each.do === 'camera') {
              await putCameras(store, each.home, each.models);
              CAMERAS.forEach((camera, i) => model.cameras.set(`${each.home}/${camera}`, each.models[i] ?? ''));
            } else {
              await store.close();
              store = await openSqliteStore(folder);
            }
            await holds(store, model);
          }
        } finally {
          await store.close();
        }
      }),
      { numRuns: 25 },
    );
  });

  test('takes a display that nobody has declared yet for one of any partner, and of any model', async () => {
    const store = await newStore(await lab.folder(), false);
    lab.onEnd(() => store.close());
    const [home, device, camera] = [HOMES[0], DEVICES[1], CAMERAS[0]] as [HomeId, DeviceId, CameraId];
    const code = async (): Promise<string | undefined> => {
      const question = { homeId: home, deviceId: device, cameraId: camera, streamId: STREAM.main };
      const answer = decide(await store.gate(question), STREAM.main, 1);
      return answer.allow ? undefined : answer.code;
    };
    expect(await code()).toBeUndefined();
    const target = { width: 'partner', partner: 'fixture' } as const;
    await store.suspensions.add({ id: id(1), target, cause: 'operator', by: 'a', reason: 'b', atMs: 1 });
    expect(await code()).toBe('suspended.partner');
    await store.putAnnounced(home, { displays: [{ deviceId: device, model: '', route: 'sealed' }] }, 1);
    expect(await code()).toBeUndefined();
  });
});
