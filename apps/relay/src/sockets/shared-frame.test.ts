import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { frameOf, sharedFrame } from './shared-frame.ts';

let server: Server;
let client: WebSocket;
let raw: Socket;
let far: WebSocket;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  client = new WebSocket(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  const opened = once(client, 'open');
  const [request, socket, head] = (await once(server, 'upgrade')) as [IncomingMessage, Socket, Buffer];
  raw = socket;
  far = await new Promise((resolve) => sockets.handleUpgrade(request, raw, head, resolve));
  await opened;
});

afterEach(() => {
  client.terminate();
  server.close();
});

it('is read as the one binary message it was made of, at every form of length, in order with what ws sends', async () => {
  const lengths = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 200_000));
  await fc.assert(
    fc.asyncProperty(fc.array(lengths, { minLength: 1, maxLength: 5 }), async (sizes) => {
      const messages = sizes.map((size) => Buffer.from(new Uint8Array(size).map((_, at) => at + size)));
      const arrived: [Buffer, boolean][] = [];
      const all = new Promise<void>((resolve) => {
        client.removeAllListeners('message').on('message', (data: Buffer, isBinary) => {
          if (arrived.push([data, isBinary]) === 2 * sizes.length) resolve();
        });
      });
      for (const message of messages) {
        raw.write(frameOf(message));
        far.send('between');
      }
      await all;
      expect(arrived).toEqual(
        messages.flatMap((message) => [
          [message, true],
          [Buffer.from('between'), false],
        ]),
      );
    }),
    { numRuns: 20 },
  );
});

it('is made once for all viewers of a unit, and anew for the next unit', () => {
  const [first, second] = [new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 3])];
  const frame = sharedFrame(first);
  expect(sharedFrame(first)).toBe(frame);
  expect(sharedFrame(second)).not.toBe(frame);
});
