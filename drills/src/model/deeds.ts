/** What each operation does in a world. Each resolves when all that it sets off at that moment has happened. */
import { STREAM, type CameraId } from '@sealcam/protocol';
import type { SuspensionTarget } from '@sealcam/relay';
import { at, either } from './choosing.ts';
import { hostile } from './hostile.ts';
import { newCamera, type ModelHome } from './model-home.ts';
import type { Op, OpKind } from './ops.ts';
import type { Person } from './person.ts';
import { DISPLAY_MODELS, heal, PARTNERS, type World } from './world.ts';

/** @returns false where there was nothing to do: it is no step then */
type Deed = (world: World, op: Op) => Promise<boolean> | boolean;

const PEOPLE_OF_HOME = 4;
const GHOSTS = 2;
const CAMERAS_OF_HOME = 3;

/** After the relay was away, two times of three: everybody is back before the next thing happens. */
const BACK_MS = 1_500;

/** An admin's open app, for changes that go by the relay first; half of the times. */
function through(home: ModelHome, { c }: Op): Person | undefined {
  if (c % 2 === 0) return undefined;
  return home.people.find(({ isOpen, display }) => isOpen && display.plan.role === 'admin');
}

/** Those that are members, and no admin's. */
function viewersOf(home: ModelHome): readonly Person[] {
  return home.people.filter(({ deviceId, display }) => display.plan.role !== 'admin' && home.ref.newest.has(deviceId));
}

function viewerOf(home: ModelHome, index: number): Person | undefined {
  return at(viewersOf(home), index);
}

function camerasOf(home: ModelHome, person: Person): ReadonlySet<string> {
  const grants = home.ref.newest.get(person.deviceId)?.grants ?? new Set<string>();
  return grants === 'all' ? new Set(home.cameras.map(({ cameraId }) => cameraId)) : grants;
}

function picture(stream: typeof STREAM.main | typeof STREAM.still): Deed {
  return (world, { a, b }) => {
    const home = at(world.living, a);
    const camera = home && at(home.cameras, b);
    return home !== undefined && camera !== undefined && home.frame(camera.cameraId, stream);
  };
}

async function grantOrRevoke(world: World, op: Op, adds: boolean): Promise<boolean> {
  const home = at(world.living, op.a);
  if (home === undefined) return false;
  const choices = viewersOf(home).flatMap((person) => {
    const now = camerasOf(home, person);
    return home.cameras.filter(({ cameraId }) => now.has(cameraId) !== adds).map((camera) => ({ person, camera, now }));
  });
  const chosen = at(choices, op.b);
  if (chosen === undefined) return false;
  const { person, camera, now } = chosen;
  const grants = new Set(now);
  if (adds) grants.add(camera.cameraId);
  else grants.delete(camera.cameraId);
  await home.alter(person.deviceId, { grants }, through(home, op));
  return true;
}

function target(world: World, { a, b, c }: Op): SuspensionTarget | undefined {
  const home = at(world.living, a);
  const person = home && at(home.people, b >> 3);
  const camera = home && at(home.cameras, c >> 1);
  if (home === undefined || person === undefined || camera === undefined) return undefined;
  const { homeId } = home;
  const { deviceId } = person;
  switch (b % 5) {
    case 0:
      return { width: 'link', homeId, deviceId, cameraId: camera.cameraId };
    case 1:
      return { width: 'display', homeId, deviceId };
    case 2:
      return { width: 'pair', cameraModel: camera.model, displayModel: DISPLAY_MODELS[0] };
    case 3:
      return { width: 'partner', partner: 'fixture' };
    default:
      return { width: 'everything' };
  }
}

const suspend: Deed = async (world, op) => {
  const { running } = world.host;
  const named = target(world, op);
  if (running === undefined || named === undefined) return false;
  const lost = op.c % 2 === 1;
  running.bus.losesSuspensions = lost;
  const { id } = await running.relay.suspensions.suspend({
    ...{ target: named, cause: 'operator', by: 'Model', reason: 'a drill' },
  });
  running.bus.losesSuspensions = false;
  // The same one again begins nothing.
  if (world.truth.suspended.has(id)) return false;
  world.truth.suspended.set(id, { target: named, ackMs: world.clock.wallMs(), lost });
  return true;
};

const lift: Deed = async (world, { a, b }) => {
  const { running } = world.host;
  if (running === undefined) return false;
  const { suspensions } = running.relay;
  const own = [...world.truth.suspended.keys()];
  // And whatever the policy did by itself: somebody has looked into it.
  const byPolicy = (await suspensions.active()).filter(({ cause }) => cause === 'policy').map(({ id }) => id);
  const chosen = [...(b % 3 === 0 ? own : own.slice(a % Math.max(1, own.length)).slice(0, 1)), ...byPolicy];
  for (const id of chosen) {
    world.truth.suspended.delete(id);
    await suspensions.lift(id, { by: 'Model', reason: 'looked into' });
  }
  return chosen.length > 0;
};

const transfer: Deed = async (world, { a, b, c }) => {
  const from = at(world.living, a);
  const to = at(
    world.living.filter((home) => home !== from && home.cameras.length < CAMERAS_OF_HOME),
    b,
  );
  const camera = from && at(from.cameras, c >> 1);
  if (from === undefined || to === undefined || camera === undefined || from.cameras.length < 2) return false;
  await from.takeCamera(camera.cameraId);
  const same = c % 2 === 0 && !to.cameras.some(({ cameraId }) => cameraId === camera.cameraId);
  const next = same ? camera : newCamera(camera.model);
  to.addCamera(next);
  for (const person of to.people) person.watch(next.cameraId);
  return true;
};

const reset: Deed = async (world, { a, b, c }) => {
  const home = at(world.living, a);
  if (home === undefined) return false;
  home.isOver = true;
  home.endAgent();
  const { running } = world.host;
  if (b % 2 === 0 && running !== undefined) {
    await running.relay.eraseHome(home.homeId);
    home.ref.endedMs = world.clock.wallMs();
  }
  const cameras = home.cameras.map((camera) => (c % 2 === 0 ? camera : newCamera(camera.model)));
  await world.addHome(cameras);
  const ghosts = world.homes.filter(({ isOver }) => isOver).slice(0, -GHOSTS);
  for (const old of ghosts) {
    for (const person of old.people) person.close();
    world.homes.splice(world.homes.indexOf(old), 1);
  }
  return true;
};

const crash: Deed = async (world, op) => {
  if (world.host.running === undefined) return false;
  // In the middle of a change, so many turns after it began.
  if (op.a % 2 === 0) {
    await grantOrRevoke(world, { ...op, a: op.a >> 1 }, op.b % 2 === 0);
    for (let turn = op.c % 12; turn > 0; turn -= 1) await new Promise<void>((done) => setImmediate(done));
  }
  await world.host.crash();
  world.downUntilMs = world.clock.monoMs() + (op.c % 4) * 700;
  if (op.b % 3 === 0) return true;
  await world.clock.pass(world.downUntilMs - world.clock.monoMs());
  await world.startRelayIfDue();
  await world.clock.pass(BACK_MS);
  return true;
};

async function takeOver(world: World, { b }: Op, upgrades: boolean): Promise<boolean> {
  await world.host.stop();
  if (upgrades) world.host.upgrade();
  await world.host.start();
  if (b % 3 !== 0) await world.clock.pass(BACK_MS);
  return true;
}

const fault: Deed = (world, { a, b, c }) => {
  const agents = world.living.map(({ line }) => line);
  const ways = [...agents, ...agents, ...world.people.map(({ line }) => line)];
  const line = at(ways, a);
  if (line === undefined) return false;
  switch (b % 6) {
    case 0:
      line.delayMs = 20 + (c % 1_500);
      break;
    case 1:
      line.loss = 0.3;
      break;
    case 2:
    case 3:
      line.stalled = true;
      break;
    case 4:
      line.reset();
      break;
    default:
      line.resetAfter(c % 3_000);
  }
  return true;
};

const watch: Deed = (world, { a, b, c }) => {
  const home = at(world.living, a);
  const person =
    home &&
    at(
      home.people.filter(({ isOpen }) => isOpen),
      b,
    );
  if (home === undefined || person === undefined) return false;
  const isOn = ({ cameraId }: { readonly cameraId: CameraId }): boolean => person.watching.has(cameraId);
  const camera = either(
    home.cameras.filter(isOn),
    home.cameras.filter((each) => !isOn(each)),
    c,
  );
  if (camera === undefined) return false;
  if (person.watching.has(camera.cameraId)) person.unwatch(camera.cameraId);
  else person.watch(camera.cameraId);
  return true;
};

export const DEEDS: Readonly<Record<OpKind, Deed>> = {
  frame: picture(STREAM.main),
  still: picture(STREAM.still),
  pass: async (world, { a, b }) => {
    await world.clock.pass(b % 6 === 0 ? a % 6_000 : a % 900);
    return true;
  },
  pair: async (world, op) => {
    const home = at(world.living, op.a);
    if (home === undefined) return false;
    const gone = home.people.filter(({ deviceId }) => !home.ref.newest.has(deviceId));
    const [oldest] = gone;
    if (home.people.length >= PEOPLE_OF_HOME && oldest === undefined) return false;
    if (home.people.length >= PEOPLE_OF_HOME && oldest !== undefined) {
      oldest.close();
      home.people.splice(home.people.indexOf(oldest), 1);
    }
    const plan = { model: at(DISPLAY_MODELS, op.b) ?? '', route: at(PARTNERS, op.c) ?? 'sealed' };
    await world.pairAndWatch(home, plan, through(home, op));
    return true;
  },
  remove: async (world, op) => {
    const home = at(world.living, op.a);
    const person = home && viewerOf(home, op.b);
    if (home === undefined || person === undefined) return false;
    await home.remove(person.deviceId, through(home, op));
    return true;
  },
  grant: (world, op) => grantOrRevoke(world, op, true),
  revoke: (world, op) => grantOrRevoke(world, op, false),
  guest: async (world, op) => {
    const home = at(world.living, op.a);
    const isGuestOf = ({ deviceId }: Person): boolean => (home?.ref.newest.get(deviceId)?.notAfterMs ?? 0) > 0;
    const viewers = home === undefined ? [] : viewersOf(home);
    const person = either(
      viewers.filter((each) => !isGuestOf(each)),
      viewers.filter(isGuestOf),
      op.b,
    );
    if (home === undefined || person === undefined) return false;
    const isGuest = isGuestOf(person);
    const notAfterMs = isGuest ? 0 : world.clock.wallMs() + 200 + (op.c % 5_000);
    await home.alter(person.deviceId, { notAfterMs }, through(home, op));
    if (isGuest) person.display.client?.reconnect();
    return true;
  },
  transfer,
  reset,
  privacy: (world, { a, b }) => {
    const home = at(world.living, a);
    const isPrivate = ({ cameraId }: { readonly cameraId: string }): boolean =>
      home?.ref.cameras.get(cameraId)?.private === true;
    const cameras = home?.cameras ?? [];
    const camera = either(
      cameras.filter((each) => !isPrivate(each)),
      cameras.filter(isPrivate),
      b,
    );
    if (home === undefined || camera === undefined) return false;
    home.setPrivate(camera.cameraId, !isPrivate(camera));
    return true;
  },
  suspend,
  lift,
  crash,
  restart: (world, op) => takeOver(world, op, false),
  upgrade: (world, op) => takeOver(world, op, true),
  agent: (world, { a }) => {
    at(world.living, a)?.restartAgent();
    return true;
  },
  fault,
  heal: (world, { a, b }) => {
    if (b % 3 === 0) world.healAll();
    else {
      const line = at([...world.living.map((each) => each.line), ...world.people.map((each) => each.line)], a);
      if (line !== undefined) heal(line);
    }
    return true;
  },
  hostile,
  withhold: (world, { a }) => {
    const open = world.people.filter(({ isOpen }) => isOpen);
    const person = either(
      open.filter(({ isWithheld }) => !isWithheld),
      open.filter(({ isWithheld }) => isWithheld),
      a,
    );
    if (person === undefined) return false;
    if (person.isWithheld) person.release();
    else person.withhold();
    return true;
  },
  rotate: (world, { a }) => {
    at(world.living, a)?.agent.rotate();
    return true;
  },
  app: async (world, { a }) => {
    const { people } = world;
    const person = either(
      people.filter(({ isOpen }) => isOpen),
      people.filter(({ isOpen }) => !isOpen),
      a,
    );
    if (person === undefined) return false;
    if (person.isOpen) person.close();
    else await person.open();
    return true;
  },
  watch,
};
