import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { openUdp } from './udp-transport.ts';

const sockets: dgram.Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

async function socketAt(address: string): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4').bind(0, address);
  sockets.push(socket);
  await once(socket, 'listening');
  return socket;
}

async function send(from: dgram.Socket, port: number, words: string): Promise<void> {
  await new Promise((resolve) => from.send(words, port, '127.0.0.1', resolve));
}

test('only what comes from the camera’s own address is handed on; the pair of ports is even and next', async () => {
  const heard: string[] = [];
  const last = Promise.withResolvers<undefined>();
  const udp = await openUdp({
    localAddress: '127.0.0.1',
    remoteAddress: '127.0.0.1',
    onPacket: (packet) => {
      heard.push(Buffer.from(packet).toString());
      if (heard.at(-1) === 'last') last.resolve(undefined);
    },
  });
  expect(udp.port % 2).toBe(0);
  // All of 127.0.0.0/8 is this machine: a neighbor who knows the port.
  const [camera, stranger] = [await socketAt('127.0.0.1'), await socketAt('127.0.0.2')];
  await send(stranger, udp.port, 'a picture of somebody else');
  await send(camera, udp.port, 'first');
  await send(stranger, udp.port, 'again');
  await send(camera, udp.port, 'last');
  await last.promise;
  udp.close();
  expect(heard).toEqual(['first', 'last']);
});

test('the way is opened towards the camera before anything comes, and reports go to its RTCP port', async () => {
  const [rtp, rtcp] = [await socketAt('127.0.0.1'), await socketAt('127.0.0.1')];
  const opened = once(rtp, 'message') as Promise<[Buffer, dgram.RemoteInfo]>;
  const reported = once(rtcp, 'message') as Promise<[Buffer, dgram.RemoteInfo]>;
  const udp = await openUdp({ localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', onPacket: () => undefined });
  udp.aim(rtp.address().port, rtcp.address().port);
  udp.sendReport(Buffer.from('report'));
  expect((await opened)[1].port).toBe(udp.port);
  const [report, from] = await reported;
  expect([report.toString(), from.port]).toEqual(['report', udp.port + 1]);
  udp.close();
  udp.sendReport(Buffer.from('after close'));
});
