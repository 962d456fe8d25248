/** Behind a proxy that the operator named each is who he is; nobody else is believed about whom he speaks for. */
import { connect } from 'node:net';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Relay, RelayOptions } from '@sealcam/relay';
import { localCertificate } from '../../apps/sealcam/src/tls/authority.ts';
import { House, Lab } from '../../apps/relay/test/house.ts';
import { folderFor, kept, onEnd } from '../harness/cleanup.ts';
import { OperatorClient, operatorOf } from '../harness/operator.ts';
import { startWorld } from '../harness/world.ts';

type Line = Record<string, unknown>;

/** A relay and what it logs. */
async function logged(options: Partial<RelayOptions>): Promise<{ readonly relay: Relay; readonly lines: Line[] }> {
  const lines: Line[] = [];
  const logger = pino({ level: 'info' }, { write: (text: string) => void lines.push(JSON.parse(text) as Line) });
  return { relay: kept(await startWorld({ ...options, logger })).relay, lines };
}

const FORWARDED = { proxy: { addresses: ['127.0.0.1'], speaks: 'forwarded-for' } } as const;
const PROTOCOL = { proxy: { addresses: ['127.0.0.1'], speaks: 'proxy-protocol' } } as const;

/** The address under which a member is in the log. */
async function memberAddress(
  { relay, lines }: Awaited<ReturnType<typeof logged>>,
  forwarded?: string,
): Promise<unknown> {
  const bench = new Lab();
  onEnd(() => bench.end());
  const house = await House.build(bench, relay);
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  house.peer = (path) => House.prototype.peer.call(house, path, headers);
  await house.agent();
  return lines.find(({ msg }) => msg === 'agent.came')?.['address'];
}

describe('X-Forwarded-For', () => {
  test('is believed from a named proxy: the last hop that is none of them', async () => {
    expect(await memberAddress(await logged(FORWARDED), '198.51.100.1, 192.0.2.7')).toBe('192.0.2.7');
    const two = { proxy: { addresses: ['127.0.0.1', '10.0.0.0/8'], speaks: 'forwarded-for' } } as const;
    expect(await memberAddress(await logged(two), '198.51.100.1, 192.0.2.7, 10.1.2.3')).toBe('192.0.2.7');
    expect(await memberAddress(await logged(FORWARDED), '2001:db8::7')).toBe('2001:db8::7');
  });

  test('is not, from anybody else, nor where it is nonsense; and the log says that a proxy is not named', async () => {
    const plain = await logged({});
    expect(await memberAddress(plain, '192.0.2.7')).toBe('127.0.0.1');
    expect(plain.lines.filter(({ msg }) => msg === 'proxy.not-named')).toMatchObject([{ address: '127.0.0.1' }]);
    const other = { proxy: { addresses: ['10.0.0.0/8'], speaks: 'forwarded-for' } } as const;
    expect(await memberAddress(await logged(other), '192.0.2.7')).toBe('127.0.0.1');
    expect(await memberAddress(await logged(FORWARDED), 'unknown')).toBe('127.0.0.1');
    expect(await memberAddress(await logged(PROTOCOL_ELSEWHERE), '192.0.2.7')).toBe('127.0.0.1');
  });

  test('tells one who guesses passwords from the others who come by the same proxy', async () => {
    const { relay } = await logged({ ...FORWARDED, operator: true });
    await operatorOf(relay, 'Ada', 'look');
    const from = (address: string) => {
      const client = new OperatorClient(relay.url);
      return (password: string) =>
        client.ask('sign-in-password', { name: 'Ada', password }, { 'x-forwarded-for': address });
    };
    const { PASSWORD } = await import('../harness/operator.ts');
    for (let n = 0; n < 9; n += 1) await from('192.0.2.66')('wrong wrong wrong');
    expect((await from('192.0.2.66')(PASSWORD)).code).toBe('operator.locked');
    expect((await from('192.0.2.7')(PASSWORD)).status).toBe(200);
  });

  test('opens /metrics to nobody from elsewhere', async () => {
    const { relay } = await logged(FORWARDED);
    const ask = async (headers: Record<string, string>) => (await fetch(`${relay.url}/metrics`, { headers })).status;
    expect(await ask({ 'x-forwarded-for': '192.0.2.7' })).toBe(404);
    expect(await ask({})).toBe(200);
  });
});

const PROTOCOL_ELSEWHERE = { proxy: { addresses: ['10.0.0.0/8'], speaks: 'proxy-protocol' } } as const;

/** One request after such a header, in pieces. @returns all that came back */
function after(relay: Relay, pieces: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: relay.port, noDelay: true });
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined).on('close', () => resolve(text));
    socket.on(
      'connect',
      () =>
        void (async () => {
          for (const piece of pieces) {
            socket.write(piece);
            await new Promise((next) => setTimeout(next, 10));
          }
        })(),
    );
  });
}

const REQUEST = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const LINE = 'PROXY TCP4 192.0.2.7 10.0.0.1 12345 8420\r\n';

describe('the PROXY protocol', () => {
  test('is read from a named proxy, in one piece or many, and the request goes on', async () => {
    const { relay } = await logged(PROTOCOL);
    for (const pieces of [
      [LINE + REQUEST],
      [LINE, REQUEST],
      ['PRO', 'XY TCP4 192.0.2.7 10.0.0.1 1', '2345 8420\r', '\nGET', REQUEST.slice(3)],
    ])
      expect(await after(relay, pieces)).toContain('HTTP/1.1 200');
  });

  test('says who a member is, over TLS too', async () => {
    const { key, cert } = await localCertificate(await folderFor('tls'), ['localhost', '127.0.0.1'], new Date());
    for (const tls of [undefined, { key, cert }]) {
      const { relay, lines } = await logged({ ...PROTOCOL, ...(tls && { tls }) });
      const opened = new Promise<void>((resolve, reject) => {
        const near = connect({ host: '127.0.0.1', port: relay.port });
        near.write(LINE);
        void import('node:tls').then((secure) => {
          const stream = tls === undefined ? near : secure.connect({ socket: near, rejectUnauthorized: false });
          const socket = new WebSocket(`ws://127.0.0.1:${relay.port}/ws/viewer`, { createConnection: () => stream });
          socket.on('message', () => {
            socket.send('{}');
          });
          socket.on('close', () => resolve());
          socket.on('error', reject);
        });
      });
      await opened;
      expect(lines.find(({ msg }) => msg === 'socket.ended')).toMatchObject({ address: '192.0.2.7' });
    }
  });

  test('that is missing or wrong ends the connection, and one from elsewhere is not read', async () => {
    const { relay } = await logged(PROTOCOL);
    for (const pieces of [[REQUEST], ['PROXY TCP4 nobody 10.0.0.1 1 2\r\n', REQUEST], [`PROXY ${'x'.repeat(300)}`]])
      expect(await after(relay, pieces)).toBe('');
    const elsewhere = await logged(PROTOCOL_ELSEWHERE);
    expect(await after(elsewhere.relay, [LINE + REQUEST])).toContain('HTTP/1.1 400');
    expect(await after(elsewhere.relay, [REQUEST])).toContain('HTTP/1.1 200');
  });

  test('that never comes holds nothing for longer than five seconds, nor the end of the relay', async () => {
    const world = await startWorld(PROTOCOL);
    const silent = connect({ host: '127.0.0.1', port: world.relay.port });
    await new Promise((resolve) => silent.once('connect', resolve));
    const gone = new Promise((resolve) => silent.resume().once('close', resolve));
    await world.close();
    await gone;
  });
});

test('a proxy that is no address is refused at the start', async () => {
  for (const addresses of [['cams.example'], ['10.0.0.0/99']])
    await expect(startWorld({ proxy: { addresses, speaks: 'forwarded-for' } })).rejects.toMatchObject({
      code: 'config.invalid',
    });
});
