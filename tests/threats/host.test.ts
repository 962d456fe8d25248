/**
 * DNS rebinding: a page under a name of its own that comes to lead to this relay is another site's. It gets no page, no answer of the
 * operator's, and no socket, whatever it says of itself.
 */
import { hostname, networkInterfaces } from 'node:os';
import { WebSocket } from 'ws';
import { describe, expect, test } from 'vitest';
import type { Relay, RelayOptions } from '@sealcam/relay';
import { localCertificate } from '../../apps/sealcam/src/tls/authority.ts';
import { folderFor, kept } from '../harness/cleanup.ts';
import { OperatorClient, operatorOf, PASSWORD, send } from '../harness/operator.ts';
import { startWorld } from '../harness/world.ts';

const relayWith = async (options: Partial<RelayOptions> = {}): Promise<Relay> =>
  kept(await startWorld({ operator: true, ...options })).relay;

const statusOf = async (relay: Relay, host: string, path = '/healthz'): Promise<number> =>
  (await send(relay.url, path, { headers: { host } })).status;

/** As a page of that host would ask. @returns the status of the refusal, or 101 */
function upgradeOf(relay: Relay, path: string, host: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${relay.port}${path}`, {
      headers: { host, origin: `http://${host}` },
    });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', () => undefined);
  });
}

const FOREIGN = [
  'rebound.example',
  'rebound.example:8420',
  'localhost.example',
  '127.0.0.1.nip.example',
  '203.0.113.9',
  '0.0.0.0',
  'localhost..',
];

describe('a name that is not ours', () => {
  test.each(FOREIGN)('%s gets 421 and a page that names the setting, on every route', async (host) => {
    const relay = await relayWith();
    for (const { method, path } of relay.routes) {
      const once = path.replace(/:once\([^)]*\)/u, 'A'.repeat(22));
      const answer = await send(relay.url, once, {
        method,
        headers: { host, 'x-sealcam': 'operator', origin: `http://${host}` },
      });
      expect([path, answer.status]).toEqual([path, 421]);
      expect(answer.text).toContain('--name');
      expect(answer.text).not.toContain(host);
    }
    expect(await statusOf(relay, host, '/nowhere')).toBe(421);
  });

  test('opens no socket: 0 of 240', async () => {
    const relay = await relayWith();
    const statuses = new Set<number>();
    for (let n = 0; n < 80; n += 1) {
      for (const path of ['/ws/viewer', '/ws/agent', '/ws/pair'])
        statuses.add(await upgradeOf(relay, path, FOREIGN[n % 4] ?? ''));
    }
    expect([...statuses]).toEqual([421]);
  });

  test('signs no operator in, and takes nobody’s session along', async () => {
    const relay = await relayWith();
    const ada = await operatorOf(relay, 'Ada', 'lift');
    const rebound = new OperatorClient(relay.url);
    rebound.host = `rebound.example:${relay.port}`;
    expect((await rebound.ask('sign-in-password', { name: 'Ada', password: PASSWORD })).status).toBe(421);
    rebound.cookie = ada.cookie;
    expect((await rebound.ask('me')).status).toBe(421);
    expect((await ada.ask('me')).status).toBe(200);
  });
});

describe('a name of ours', () => {
  test('is loopback, this machine by its names and addresses, on any port', async () => {
    const relay = await relayWith();
    const interfaces = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const addresses = interfaces.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
    const own = [
      'localhost',
      'app.localhost',
      '127.0.0.1',
      '127.1.2.3',
      '[::1]',
      hostname(),
      ...addresses.filter((each) => !each.includes('%')),
    ];
    for (const name of own) {
      for (const host of [name, `${name}:${relay.port}`, `${name}:9`])
        expect([host, await statusOf(relay, host)]).toEqual([host, 200]);
      expect([name, await upgradeOf(relay, '/ws/viewer', name)]).toEqual([name, 101]);
    }
  });

  test('is what the operator says, in any spelling', async () => {
    const relay = await relayWith({ names: ['Cams.Example', '203.0.113.9', '[2001:db8::9]'] });
    for (const host of ['cams.example', 'CAMS.example.:443', '203.0.113.9:1', '[2001:DB8:0::9]:8420'])
      expect([host, await statusOf(relay, host)]).toEqual([host, 200]);
    expect(await statusOf(relay, 'www.cams.example')).toBe(421);
  });

  test('is what the certificate says, and no other', async () => {
    const { key, cert } = await localCertificate(await folderFor('tls'), ['cams.local', '192.168.77.7'], new Date());
    const relay = await relayWith({ tls: { key, cert } });
    const ask = async (host: string): Promise<number> => {
      const { request } = await import('node:https');
      return new Promise((resolve, reject) => {
        const asking = request(`${relay.url}/healthz`, { headers: { host }, rejectUnauthorized: false }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        asking.on('error', reject).end();
      });
    };
    const statuses = await Promise.all(['cams.local', '192.168.77.7:8420', 'other.local', '192.168.77.8'].map(ask));
    expect(statuses).toEqual([200, 200, 421, 421]);
  });

  test('that is none is refused at the start', async () => {
    for (const names of [['a b'], ['https://cams.example/']])
      await expect(startWorld({ names })).rejects.toMatchObject({ code: 'config.invalid' });
  });
});
