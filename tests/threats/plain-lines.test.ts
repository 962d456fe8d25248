/** A relay with a certificate: plain HTTP is for its own machine alone, and what is no TLS gets nobody else in. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { WebSocket } from 'ws';
import { expect, test } from 'vitest';
import type { Relay } from '@sealcam/relay';
import { localCertificate } from '../../apps/sealcam/src/tls/authority.ts';
import { folderFor, kept } from '../harness/cleanup.ts';
import { startWorld } from '../harness/world.ts';

const OTHER = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

async function relayWithTls(): Promise<Relay> {
  const { key, cert } = await localCertificate(await folderFor('tls'), ['localhost', '127.0.0.1'], new Date());
  return kept(await startWorld({ host: '0.0.0.0', tls: { key, cert } })).relay;
}

/** All that comes back to bytes that are no TLS. */
async function answerTo(host: string, port: number, text: string): Promise<string> {
  const socket = connect(port, host);
  socket.on('error', () => undefined);
  socket.write(text);
  let said = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (said += chunk));
  await once(socket, 'close');
  return said;
}

const GET = (host: string): string => `GET /healthz HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;

test('this machine comes by plain HTTP and by TLS at one port, and its sockets do', async () => {
  const { port } = await relayWithTls();
  expect(await answerTo('127.0.0.1', port, GET(`127.0.0.1:${port}`))).toMatch(/^HTTP\/1\.1 200 [^]*"ok"/u);
  // Byte by byte, as a slow line brings it.
  const slow = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
  for (const byte of GET('localhost')) slow.write(byte);
  expect(String((await once(slow, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /u);

  const asked = request(`https://localhost:${port}/healthz`, { rejectUnauthorized: false, agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(200);
  for (const [scheme, options] of [
    ['ws', {}],
    ['wss', { rejectUnauthorized: false }],
  ] as const) {
    const socket = new WebSocket(`${scheme}://localhost:${port}/ws/viewer`, options);
    expect(String((await once(socket, 'message'))[0])).toContain('challenge');
    socket.terminate();
  }
});

test('a name that is not ours is refused there as everywhere', async () => {
  const { port } = await relayWithTls();
  expect(await answerTo('127.0.0.1', port, GET('rebound.example'))).toMatch(/^HTTP\/1\.1 421 /u);
});

test.skipIf(OTHER === undefined)('by any other address plain HTTP gets nothing, on whatever host name', async () => {
  const { port } = await relayWithTls();
  for (const host of ['127.0.0.1', 'localhost', String(OTHER)])
    expect(await answerTo(String(OTHER), port, GET(host))).not.toMatch(/HTTP|ok/u);
});

test('one that says nothing, or no HTTP, goes', async () => {
  const { port } = await relayWithTls();
  expect(await answerTo('127.0.0.1', port, '\0\0\0\0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 |^$/u);
  const mute = connect(port, '127.0.0.1');
  await once(mute, 'connect');
  mute.on('error', () => undefined);
  const began = performance.now();
  await once(mute, 'close');
  expect(performance.now() - began).toBeGreaterThan(5_000);
});
