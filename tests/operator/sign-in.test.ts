/** Operators come in by what they were given and by nothing else, and may what their role says and no more. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mayAs, OPERATOR_ROLES, type OperatorRole } from '@sealcam/protocol';
import type { Clock } from '@sealcam/relay';
import { kept } from '../harness/cleanup.ts';
import { OperatorClient, operatorOf, PASSWORD, send } from '../harness/operator.ts';
import { startWorld } from '../harness/world.ts';

const world = async (options: Parameters<typeof startWorld>[0] = {}) =>
  kept(await startWorld({ operator: true, ...options }));

/** The machine's clock, set forward by hand. */
function movable(): Clock & { forward(ms: number): void } {
  let ahead = 0;
  return {
    forward: (ms) => void (ahead += ms),
    wallMs: () => Date.now() + ahead,
    monoMs: () => performance.now() + ahead,
    every: (ms, run) => {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}

describe('the link of an invitation', () => {
  test('makes one operator, once', async () => {
    const { relay } = await world();
    const code = await relay.operators.invite({ name: 'Ada', role: 'suspend', by: 'terminal' });
    const ada = new OperatorClient(relay.url);
    expect((await ada.ask('join-look', { code })).data).toMatchObject({ name: 'Ada', role: 'suspend' });
    expect((await ada.ask('join-password', { code, password: 'too short' })).code).toBe('operator.password');
    expect((await ada.ask('join-password', { code, password: PASSWORD })).status).toBe(200);
    expect((await ada.ask('me')).data).toMatchObject({ name: 'Ada', role: 'suspend', hasPassword: true, passkeys: 0 });
    const second = new OperatorClient(relay.url);
    expect((await second.ask('join-password', { code, password: PASSWORD })).code).toBe('operator.invitation');
    expect((await second.ask('me')).code).toBe('operator.signed-out');
  });

  test('is over after a day, when a newer one is made, and where the name is taken', async () => {
    const clock = movable();
    const { relay } = await world({ clock });
    const stranger = new OperatorClient(relay.url);
    const first = await relay.operators.invite({ name: 'Ada', role: 'look', by: 'terminal' });
    const second = await relay.operators.invite({ name: 'Ada', role: 'look', by: 'terminal' });
    expect((await stranger.ask('join-look', { code: first })).code).toBe('operator.invitation');
    clock.forward(24 * 3_600_000 + 1);
    expect((await stranger.ask('join-look', { code: second })).code).toBe('operator.invitation');
    await operatorOf(relay, 'Grace', 'look');
    await expect(relay.operators.invite({ name: 'grace', role: 'lift', by: 'terminal' })).rejects.toMatchObject({
      code: 'operator.taken',
    });
  });
});

describe('a password', () => {
  test('opens its own account; a wrong one and an unknown account read the same', async () => {
    const { relay } = await world();
    await operatorOf(relay, 'Ada', 'look');
    const client = new OperatorClient(relay.url);
    const wrong = await client.ask('sign-in-password', { name: 'Ada', password: `${PASSWORD}!` });
    const unknown = await client.ask('sign-in-password', { name: 'Bob', password: PASSWORD });
    expect([wrong.status, wrong.code]).toEqual([401, 'operator.refused']);
    expect([unknown.status, unknown.code]).toEqual([wrong.status, wrong.code]);
    expect((await client.ask('sign-in-password', { name: 'ada', password: PASSWORD })).status).toBe(200);
    expect((await client.ask('me')).data).toMatchObject({ name: 'Ada' });
  });

  test('is not listened to after eight wrong tries from there, the right one neither, and is again a minute later', async () => {
    const clock = movable();
    const { relay } = await world({ clock });
    await operatorOf(relay, 'Ada', 'look');
    const client = new OperatorClient(relay.url);
    const tries = await Promise.all(
      Array.from({ length: 12 }, () => client.ask('sign-in-password', { name: 'Ada', password: 'wrong wrong wrong' })),
    );
    expect(tries.filter(({ code }) => code === 'operator.refused')).toHaveLength(8);
    expect(tries.filter(({ code }) => code === 'operator.locked')).toHaveLength(4);
    const right = { name: 'Ada', password: PASSWORD };
    expect((await client.ask('sign-in-password', right)).code).toBe('operator.locked');
    clock.forward(60_001);
    expect((await client.ask('sign-in-password', { ...right, password: 'wrong wrong wrong' })).code).toBe(
      'operator.refused',
    );
    clock.forward(60_001);
    expect((await client.ask('sign-in-password', right)).code).toBe('operator.locked');
    clock.forward(60_001);
    expect((await client.ask('sign-in-password', right)).status).toBe(200);
  });

  test('guessed at from elsewhere, by however many, still opens its account for whose it is', async () => {
    const { relay } = await world();
    await operatorOf(relay, 'Ada', 'look');
    const wrong = { name: 'Ada', password: 'wrong wrong wrong' };
    for (let n = 1; n <= 6; n += 1) {
      const guesser = new OperatorClient(relay.url, `127.0.2.${n}`);
      for (let each = 0; each < 9; each += 1) await guesser.ask('sign-in-password', wrong);
      expect((await guesser.ask('sign-in-password', { ...wrong, password: PASSWORD })).code).toBe('operator.locked');
    }
    const ada = new OperatorClient(relay.url);
    expect((await ada.ask('sign-in-password', { name: 'Ada', password: PASSWORD })).status).toBe(200);
  });

  test('is heard in its turn while one address sends a hundred at once', async () => {
    const { relay } = await world();
    await operatorOf(relay, 'Ada', 'look');
    const guesser = new OperatorClient(relay.url, '127.0.2.1');
    const guesses = Array.from({ length: 100 }, (_, n) =>
      guesser.ask('sign-in-password', { name: `nobody ${n}`, password: 'wrong wrong wrong' }),
    );
    const ada = new OperatorClient(relay.url);
    expect((await ada.ask('sign-in-password', { name: 'Ada', password: PASSWORD })).status).toBe(200);
    const codes = (await Promise.all(guesses)).map(({ code }) => code);
    expect(codes.filter((code) => code === 'operator.refused')).toHaveLength(24);
  });

  test('tried eight times is not listened to after a restart of the relay either, and no name that was typed is kept', async () => {
    const clock = movable();
    const { relay, folder } = await world({ clock });
    await operatorOf(relay, 'Ada', 'look');
    const typed = { name: 'Secret-typed-as-name', password: 'wrong wrong wrong' };
    await new OperatorClient(relay.url).ask('sign-in-password', typed);
    for (let n = 0; n < 8; n += 1)
      await new OperatorClient(relay.url).ask('sign-in-password', {
        name: n % 2 === 0 ? 'Ada' : ' ADA',
        password: 'wrong',
      });
    await relay.close();
    const stored = await readFile(join(folder, 'relay', 'relay.db'), 'latin1');
    expect(stored).toContain('operator_tries');
    expect(stored.toLowerCase()).not.toContain('secret-typed-as-name');
    const { startRelay } = await import('@sealcam/relay');
    const options = { host: '127.0.0.1', port: 0, dataDir: folder, open: true, operator: true, clock } as const;
    const again = kept(await startRelay(options));
    const right = { name: 'Ada', password: PASSWORD };
    expect((await new OperatorClient(again.url).ask('sign-in-password', right)).code).toBe('operator.locked');
    clock.forward(60_001);
    expect((await new OperatorClient(again.url).ask('sign-in-password', right)).status).toBe(200);
  });
});

describe('a session', () => {
  test('lives in a cookie that scripts and other sites do not get; the store has its hash', async () => {
    const { relay, folder } = await world();
    const ada = await operatorOf(relay, 'Ada', 'look');
    const again = await ada.ask('sign-in-password', { name: 'Ada', password: PASSWORD });
    expect(String(again.headers['set-cookie'])).toMatch(
      /^sealcam-operator=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/u,
    );
    const [, token = ''] = ada.cookie?.split('=') ?? [];
    expect(token).toHaveLength(43);
    const files = ['relay.db', 'relay.db-wal'].map((name) =>
      readFile(join(folder, 'relay', name), 'latin1').catch(() => ''),
    );
    const stored = (await Promise.all(files)).join('');
    expect(stored).toContain('operator_sessions');
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(PASSWORD);
    const overTls = await ada.ask(
      'sign-in-password',
      { name: 'Ada', password: PASSWORD },
      { origin: relay.url.replace('http:', 'https:') },
    );
    expect(String(overTls.headers['set-cookie'])).toMatch(
      /^__Host-sealcam-operator=.*; HttpOnly; SameSite=Strict; Secure$/u,
    );
  });

  test('ends by signing out, after a pause, after a day’s work, with a new role, with the operator', async () => {
    const clock = movable();
    const { relay } = await world({ clock });
    const ada = await operatorOf(relay, 'Ada', 'lift');
    await operatorOf(relay, 'Grace', 'lift');
    const signIn = () => ada.ask('sign-in-password', { name: 'Ada', password: PASSWORD });
    const isIn = async (): Promise<boolean> => (await ada.ask('me')).status === 200;

    const { cookie } = ada;
    await ada.ask('sign-out');
    ada.cookie = cookie;
    expect(await isIn()).toBe(false);

    await signIn();
    clock.forward(44 * 60_000);
    expect(await isIn()).toBe(true);
    clock.forward(46 * 60_000);
    expect(await isIn()).toBe(false);

    await signIn();
    for (let hours = 0; hours < 23; hours += 1) {
      clock.forward(30 * 60_000);
      expect(await isIn()).toBe(true);
    }
    clock.forward(31 * 60_000);
    expect(await isIn()).toBe(false);

    await signIn();
    await relay.operators.setRole('Ada', 'look', 'test');
    expect(await isIn()).toBe(false);

    await signIn();
    await relay.operators.remove('Ada', 'test');
    expect(await isIn()).toBe(false);
    expect((await signIn()).code).toBe('operator.refused');
  });

  test('outlives a restart of the relay', async () => {
    const { relay, folder } = await world();
    const ada = await operatorOf(relay, 'Ada', 'look');
    await relay.close();
    const { startRelay } = await import('@sealcam/relay');
    const again = kept(
      await startRelay({ host: '127.0.0.1', port: relay.port, dataDir: folder, open: true, operator: true }),
    );
    expect(again.port).toBe(relay.port);
    expect((await ada.ask('me')).data).toMatchObject({ name: 'Ada' });
  });
});

test('another site’s page can ask nothing in an operator’s name', async () => {
  const { relay } = await world();
  const ada = await operatorOf(relay, 'Ada', 'lift');
  const hostile: Record<string, string | undefined>[] = [
    { origin: 'https://evil.example' },
    { origin: undefined },
    { origin: 'null' },
    { 'x-sealcam': undefined },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of hostile) {
    expect((await ada.ask('home-invite', {}, headers)).code, JSON.stringify(headers)).toBe('operator.origin');
  }
  // Without the header a form could be sent; with it the browser asks first, and gets no leave.
  const preflight = await send(relay.url, '/operator/api/AAAAAAAAAAAAAAAAAAAAAA/home-invite', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(preflight.status).toBe(404);
  expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
  expect((await ada.ask('me')).status).toBe(200);
});

test('each role may what the table says, on every route of it', async () => {
  const { relay } = await world();
  const clients = new Map<OperatorRole | 'nobody', OperatorClient>([['nobody', new OperatorClient(relay.url)]]);
  for (const role of OPERATOR_ROLES) clients.set(role, await operatorOf(relay, `may ${role}`, role));
  const routes = relay.routes.filter(({ role }) => (OPERATOR_ROLES as readonly string[]).includes(role));
  expect(routes.length).toBeGreaterThan(25);
  for (const { path, role } of routes) {
    const name = path.split('/').at(-1) ?? '';
    if (name === 'sign-out') continue;
    for (const [who, client] of clients) {
      // No words at all: whoever may ask is told so, and nothing is done.
      const { code, status } = await client.ask(name, 'no words');
      const expected =
        who === 'nobody'
          ? 'operator.signed-out'
          : mayAs(who, role as OperatorRole)
            ? 'codec.malformed'
            : 'operator.role';
      expect([status === 200, code], `${who} asks ${name}`).toEqual([false, expected]);
    }
  }
}, 60_000);

test('somebody who may lift always remains, and nobody is left when the last one goes', async () => {
  const { relay } = await world();
  await operatorOf(relay, 'Ada', 'lift');
  await operatorOf(relay, 'Grace', 'look');
  await expect(relay.operators.remove('Ada', 'test')).rejects.toMatchObject({ code: 'operator.last' });
  await expect(relay.operators.setRole('Ada', 'look', 'test')).rejects.toMatchObject({ code: 'operator.last' });
  await relay.operators.remove('Grace', 'test');
  await relay.operators.remove('Ada', 'test');
  expect(await relay.operators.list()).toEqual([]);
});

test('without --operator there is no page and nothing to ask', async () => {
  const { relay } = kept(await startWorld());
  expect(relay.routes.filter(({ path }) => path.includes('operator'))).toEqual([]);
  expect((await new OperatorClient(relay.url).ask('me')).status).toBe(404);
});
