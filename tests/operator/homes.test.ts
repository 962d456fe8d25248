/** What an operator learns of real homes, which is nothing that a person would know them by, and what an operator can do to them. */
import { describe, expect, test } from 'vitest';
import { shortHome } from '@sealcam/protocol';
import { kept, onEnd } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { pairDisplay } from '../harness/household.ts';
import { operatorOf, type OperatorClient } from '../harness/operator.ts';
import { until } from '../harness/until.ts';
import { startHouse, startWorld, type House, type World } from '../harness/world.ts';

const world = async (options: Parameters<typeof startWorld>[0] = {}): Promise<World> =>
  kept(await startWorld({ operator: true, ...options }));
const house = async (reach: World, name: string): Promise<House> => kept(await startHouse(reach, name));

function watching(client: House['client'], camera: Awaited<ReturnType<typeof firstCamera>>): Eye {
  const eye = new Eye(client, camera);
  onEnd(() => eye.watch.stop());
  return eye;
}

describe('of real homes with pictures running', () => {
  test('no answer to an operator holds a name, an address, or a byte of a picture', async () => {
    const here = await world({ names: ['relay.example'] });
    const { relay } = here;
    const names = ['The Anderssons of Elm Street', 'Villa Kunterbunt'];
    const eyes: Eye[] = [];
    const secrets = new Set([...names, 'Kitchen tablet', '127.0.0.1', '::1', 'localhost']);
    for (const name of names) {
      const home = await house(here, name);
      const { names: known } = await until(home.client.home, (facts) => (facts.names?.cameras.length ?? 0) > 0);
      for (const camera of known?.cameras ?? []) secrets.add(camera.name);
      eyes.push(watching(home.client, await firstCamera(home.client)));
      await pairDisplay(here.relayUrl, home.admin, home.client, 'all');
    }
    await Promise.all(eyes.map((eye) => eye.more(5)));
    const lifter = await operatorOf(relay, 'Ada', 'lift');
    // By another name than the homes: what an answer says of the operator's own place is no secret of theirs.
    lifter.host = 'relay.example';
    const { homes } = (await lifter.ask('homes')).data as { homes: { homeId: string }[] };
    await lifter.ask('suspend', { target: { width: 'partner', partner: 'fixture' }, reason: 'a drill' });

    const texts = await everyAnswer(relay, lifter, homes[0]?.homeId ?? '');
    expect(homes).toHaveLength(2);
    // What a relay may know is there, so the search looked at something.
    expect(texts.join('')).toContain(homes[0]!.homeId);
    expect(texts.filter((text) => text.includes('"data"')).length).toBeGreaterThan(15);
    for (const secret of secrets) {
      expect(
        texts.filter((text) => text.toLowerCase().includes(secret.toLowerCase())),
        secret,
      ).toEqual([]);
    }
    const pictures = eyes.flatMap((eye) => eye.units.map(({ data }) => data));
    for (const data of pictures) {
      const piece = Buffer.from(data.subarray(Math.max(0, data.length - 24)));
      const written = [
        piece.toString('base64').slice(2, 26),
        piece.toString('hex'),
        piece.toString('base64url').slice(2, 26),
      ];
      expect(texts.filter((text) => written.some((each) => text.includes(each)))).toEqual([]);
    }
  });
});

/** Everything that the table lets an operator ask, asked with words that make sense of as much of it as there is. */
async function everyAnswer(relay: World['relay'], operator: OperatorClient, homeId: string): Promise<string[]> {
  const question = { fromMs: 0, toMs: Date.now(), of: { route: 'sealed' } };
  const prepared = await operator.ask('notice-prepare', { question, words: {} });
  const { batch } = prepared.data as { batch: { id: string } };
  const words: Record<string, object> = {
    exposure: { question },
    notice: { id: batch.id },
    'notice-export': { id: batch.id, format: 'json' },
    'home-quota': { home: homeId, quota: { viewers: 9 } },
    'policy-set': { rules: [] },
    'canaries-set': { on: false },
    'operator-invite': { name: 'Bob', role: 'look' },
  };
  const texts = [prepared.text];
  for (const { path } of relay.routes.filter(({ path: each }) => each.startsWith('/operator/api/'))) {
    const name = path.split('/').at(-1) ?? '';
    if (name === 'sign-out') continue;
    const answer = await operator.ask(name, words[name] ?? {});
    texts.push(answer.text, JSON.stringify(answer.headers).replace(/"(?:content-security-policy)":"[^"]*"/g, ''));
  }
  for (const format of ['csv', 'json', 'html'])
    texts.push((await operator.ask('exposure-file', { question, format })).text);
  return texts;
}

test('an operator is nobody’s viewer: the session opens no socket of a home', async () => {
  const here = await world();
  const ada = await operatorOf(here.relay, 'Ada', 'lift');
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(`${here.relayUrl}/ws/viewer`, { headers: { cookie: ada.cookie ?? '' } });
  const first = await new Promise<string>((done) =>
    socket.once('message', (data: Buffer) => done(data.toString('utf8'))),
  );
  expect(JSON.parse(first)).toMatchObject({ t: 'challenge' });
  const closed = new Promise<number>((done) => socket.once('close', done));
  socket.send(JSON.stringify({ t: 'subscribe', id: 1, cameraId: '0'.repeat(32), streamId: 0 }));
  expect(await closed).toBeGreaterThanOrEqual(4400);
});

describe('a quota', () => {
  test('of cameras leaves out the ones over it, with words, and lets them in when it is raised', async () => {
    const here = await world();
    const home = await house(here, 'Home');
    const ada = await operatorOf(here.relay, 'Ada', 'lift');
    const camera = await firstCamera(home.client);
    const eye = watching(home.client, camera);
    await eye.live();
    const set = (quota: object) => ada.ask('home-quota', { home: home.admin.homeId, quota });

    expect((await set({ cameras: 0 })).status).toBe(200);
    await until(eye.watch.picture, (picture) => 'code' in picture && picture.code === 'quota.cameras');
    const codes = eye.states.flatMap((state) => ('code' in state ? [state.code] : []));
    expect(codes).not.toContain('camera.unknown');
    expect((await set({})).status).toBe(200);
    await eye.live();
  });

  test('of screens refuses the one more, says so, and outlives a restart', async () => {
    const here = await world();
    const home = await house(here, 'Home');
    const display = await pairDisplay(here.relayUrl, home.admin, home.client, 'all');
    const ada = await operatorOf(here.relay, 'Ada', 'lift');
    await ada.ask('home-quota', { home: home.admin.homeId, quota: { viewers: 1 } });
    const second = kept(await display.open());
    await until(second.connection, (state) => state.state === 'offline' && state.code === 'quota.viewers');
    const { homes } = (await ada.ask('homes')).data as { homes: { quota: object }[] };
    expect(homes[0]?.quota).toEqual({ viewers: 1 });
    await ada.ask('home-quota', { home: home.admin.homeId, quota: { viewers: 2 } });
    await until(second.connection, (state) => state.state === 'online', 60_000);
  });

  test('of bytes lets no more through than that', async () => {
    const here = await world();
    const home = await house(here, 'Home');
    const ada = await operatorOf(here.relay, 'Ada', 'lift');
    const eye = watching(home.client, await firstCamera(home.client));
    await eye.live();
    const bytesIn = async () => ((await ada.ask('health')).data as { bytesIn: number }).bytesIn;
    await ada.ask('home-quota', { home: home.admin.homeId, quota: { bytesPerSecond: 0 } });
    const before = await bytesIn();
    await until(eye.watch.picture, ({ state }) => state !== 'live');
    expect(await bytesIn()).toBe(before);
    await ada.ask('home-quota', { home: home.admin.homeId, quota: {} });
    await eye.live(60_000);
  });
});

test('a home that is erased is gone but for its ledger, and is told so', async () => {
  const here = await world();
  const home = await house(here, 'Home');
  const other = await house(here, 'Other');
  const ada = await operatorOf(here.relay, 'Ada', 'lift');
  const { homeId } = home.admin;
  await watching(home.client, await firstCamera(home.client)).more(3);
  const rows = async () => ((await ada.ask('health')).data as { ledgerRows: number }).ledgerRows;
  const before = await rows();

  const slip = await ada.ask('home-erase', { home: homeId, short: shortHome(other.admin.homeId) });
  expect(slip.code).toBe('command.invalid');
  expect((await ada.ask('home-erase', { home: homeId, short: shortHome(homeId) })).status).toBe(200);
  await until(home.client.connection, (state) => state.state === 'offline' && state.code === 'home.erased');
  const { homes } = (await ada.ask('homes')).data as { homes: { homeId: string }[] };
  expect(homes.map((each) => each.homeId)).toEqual([other.admin.homeId]);
  expect(await rows()).toBeGreaterThanOrEqual(before);
  expect((await here.relay.verifyLedger()).whole).toBe(true);
  expect((await ada.ask('home-erase', { home: homeId, short: shortHome(homeId) })).code).toBe('home.erased');
  const acts = (await ada.ask('acts')).data as { acts: { what: string; about: string; by: string }[] };
  expect(acts.acts).toContainEqual(
    expect.objectContaining({ by: 'Ada', what: 'erased a home', about: shortHome(homeId) }),
  );
});

test('the switch for canaries is kept, and whoever listens hears of it', async () => {
  const here = await world();
  const ada = await operatorOf(here.relay, 'Ada', 'lift');
  const heard: boolean[] = [];
  here.relay.canaries.onChange((on) => heard.push(on));
  for (const on of [true, true, false, true]) await ada.ask('canaries-set', { on });
  expect(heard).toEqual([true, false, true]);
  here.relay.canaries.countBy(() => ({
    ...{ homes: 2, viewers: 4, routes: ['fixture', 'sealed'], silent: 0, suspended: 0 },
    ...{ framesRight: 100, framesForeign: 0, lastMs: 1 },
  }));
  expect((await ada.ask('canaries')).data).toMatchObject({ on: true, counts: { homes: 2, framesRight: 100 } });
});

test('lifting needs a reason, and an operator who may', async () => {
  const here = await world();
  const lifter = await operatorOf(here.relay, 'Ada', 'lift');
  const suspender = await operatorOf(here.relay, 'Grace', 'suspend');
  expect((await suspender.ask('suspend', { target: { width: 'everything' }, reason: ' ' })).code).toBe(
    'command.invalid',
  );
  const made = await suspender.ask('suspend', { target: { width: 'everything' }, reason: 'a drill' });
  const { id } = made.data as { id: string };
  expect((await suspender.ask('lift', { id, reason: 'over' })).code).toBe('operator.role');
  expect((await lifter.ask('lift', { id, reason: '  ' })).code).toBe('command.invalid');
  expect(await here.relay.suspensions.active()).toHaveLength(1);
  expect((await lifter.ask('lift', { id, reason: 'over' })).data).toMatchObject({
    by: 'Grace',
    lifted: { by: 'Ada', reason: 'over' },
  });
});

test('the ledger’s check says that it is whole', async () => {
  const here = await world();
  const ada = await operatorOf(here.relay, 'Ada', 'look');
  expect((await ada.ask('ledger')).data).toEqual({ at: 'never' });
  await ada.ask('ledger-check');
  for (;;) {
    const { data } = await ada.ask('ledger');
    if ((data as { at: string }).at === 'running') continue;
    expect(data).toMatchObject({ at: 'done', whole: true, by: 'Ada' });
    break;
  }
});

test('rules that cannot be are refused with the place, and the ones before stay', async () => {
  const here = await world();
  const ada = await operatorOf(here.relay, 'Ada', 'lift');
  const bad = await ada.ask('policy-set', { rules: [{ when: { grades: ['claimed'] }, then: 'everything' }] });
  expect(bad.status).not.toBe(200);
  expect(bad.text).toMatch(/a display's word alone/u);
  const good = [{ when: { grades: ['proven'] }, then: 'tell' }];
  expect((await ada.ask('policy-set', { rules: good })).data).toMatchObject({
    policy: { version: 1, by: 'Ada', rules: good },
  });
  expect((await ada.ask('policy')).data).toMatchObject({
    policy: { version: 1 },
    past: [{ version: 1 }, { version: 0 }],
  });
});
