/** The proxy for TCP does each thing it says, and nothing where it is told nothing. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { kept, onEnd } from '../harness/cleanup.ts';
import { impairTcp, type ImpairedOptions } from '../harness/impairment/index.ts';
import { Random } from '../harness/random.ts';

/** A server that does with each connection what the test says. */
async function serve(came: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    came(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const line = async (to: number, options: Omit<ImpairedOptions, 'to'> = {}) => kept(await impairTcp({ to, ...options }));

function dial(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  onEnd(() => void socket.destroy());
  return socket;
}

async function all(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Sends what it gets back, and ends when the other side has. */
const echo = (socket: Socket): void => void socket.pipe(socket);

const LINES: readonly Omit<ImpairedOptions, 'to'>[] = [
  {},
  { both: { delayMs: 5, jitterMs: 10 } },
  { both: { loss: 0.05, burst: 3, bytesPerSecond: 5_000_000 }, seed: 4 },
  { both: { bufferBytes: 500 } },
];

it.each(LINES)('what goes through %j is the same bytes, and the end comes after them', async (options) => {
  const proxy = await line(await serve(echo), options);
  const sent = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(sent, async (writes) => {
      const socket = dial(proxy.port);
      for (const write of writes) socket.write(write);
      socket.end();
      expect((await all(socket)).equals(Buffer.concat(writes))).toBe(true);
    }),
    { numRuns: 8 },
  );
  expect(proxy.counters.up.ends).toBe(8);
  expect(proxy.counters.up.bytesOut).toBe(proxy.counters.up.bytesIn);
});

it('a half-close is kept: who has ended still hears the whole answer', async () => {
  let heard = '';
  const port = await serve((socket) => {
    socket.on('data', (data: Buffer) => (heard += data.toString()));
    // Nothing is answered before the other side has ended: a proxy that closed both ways would lose it.
    socket.on('end', () => socket.end(`${heard} to you`));
  });
  const socket = dial((await line(port, { both: { delayMs: 20 } })).port);
  socket.end('good day');
  expect((await all(socket)).toString()).toBe('good day to you');
});

it('nothing arrives before its delay, both ways', async () => {
  const proxy = await line(await serve(echo), { up: { delayMs: 80 }, down: { delayMs: 120 } });
  const began = performance.now();
  const socket = dial(proxy.port);
  socket.write('x');
  await once(socket, 'data');
  expect(performance.now() - began).toBeGreaterThanOrEqual(199);
});

it('a rate cap lets no more through than it says', async () => {
  const proxy = await line(await serve(echo), { up: { bytesPerSecond: 200_000 } });
  const began = performance.now();
  const socket = dial(proxy.port);
  socket.end(Buffer.alloc(60_000));
  expect((await all(socket)).length).toBe(60_000);
  expect(performance.now() - began).toBeGreaterThanOrEqual(299);
});

it('loss is felt as pauses, never as missing bytes, and the same ones by the same seed', async () => {
  const lostBy = async (seed: number): Promise<number> => {
    const proxy = await line(await serve(echo), { up: { loss: 0.4, burst: 2 }, seed });
    const socket = dial(proxy.port);
    // One segment a write, each waited for: how the system cuts the stream does not matter.
    for (let i = 0; i < 12; i += 1) {
      socket.write('x'.repeat(100));
      for (let got = 0; got < 100;) got += ((await once(socket, 'data')) as [Buffer])[0].length;
    }
    return proxy.counters.up.lost;
  };
  const [first, again] = await Promise.all([lostBy(3), lostBy(3)]);
  expect(first).toBe(again);
  expect(first).toBeGreaterThan(0);
});

it('a stalled line is open and silent, to new ones as well, and goes on where it stood', async () => {
  const proxy = await line(await serve(echo), { both: { stall: true } });
  const socket = dial(proxy.port);
  await once(socket, 'connect');
  let heard = 0;
  socket.on('data', (data: Buffer) => (heard += data.length));
  socket.write('x'.repeat(1000));
  while (proxy.counters.up.queuedBytes < 1000) await new Promise((turn) => setImmediate(turn));
  expect([heard, socket.destroyed]).toEqual([0, false]);
  await proxy.change({ both: { stall: false } });
  socket.end();
  await once(socket, 'end');
  expect(heard).toBe(1000);
});

it('who gives up on a silent line is not heard of at the other end before it speaks again', async () => {
  let ended = false;
  const proxy = await line(await serve((socket) => socket.on('close', () => (ended = true)).resume()));
  const socket = dial(proxy.port);
  socket.write('x');
  while (proxy.counters.up.bytesOut === 0) await new Promise((turn) => setImmediate(turn));
  await proxy.change({ both: { stall: true } });
  socket.resetAndDestroy();
  await once(socket, 'close');
  for (let turn = 0; turn < 20; turn += 1) await new Promise((next) => setImmediate(next));
  expect([ended, proxy.counters.open]).toEqual([false, 1]);
  await proxy.change({ both: { stall: false } });
  while (!ended) await new Promise((turn) => setImmediate(turn));
});

it('refuse: nobody listens, whoever is there stays; and the same port again afterwards', async () => {
  const proxy = await line(await serve(echo));
  const before = dial(proxy.port);
  await once(before, 'connect');
  await proxy.change({ refuse: true });
  const refused = dial(proxy.port);
  const [error] = (await once(refused, 'error').catch((error: unknown) => [error])) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
  before.write('still here');
  await once(before, 'data');
  await proxy.change({ refuse: false });
  const after = dial(proxy.port);
  after.end('back');
  expect((await all(after)).toString()).toBe('back');
});

it('reset: on command, and after as many bytes as it says and not one more', async () => {
  const proxy = await line(await serve(echo));
  const cut = dial(proxy.port);
  cut.write('x');
  await once(cut, 'data');
  expect(proxy.reset()).toBe(1);
  const [error] = (await once(cut, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');

  await proxy.change({ down: { resetAfter: 5000 } });
  const short = dial(proxy.port);
  let heard = 0;
  short.on('data', (data: Buffer) => (heard += data.length));
  short.write(Buffer.alloc(9000));
  await once(short, 'error');
  expect(heard).toBeLessThanOrEqual(5000);
  expect(proxy.counters.down.bytesOut).toBe(5001);
  expect(proxy.counters).toMatchObject({ resets: 2, open: 0 });
});

it('truncate: an orderly end in the middle of the answer', async () => {
  const proxy = await line(await serve((socket) => socket.end(Buffer.alloc(10_000, 7))), {
    down: { truncateAfter: 3333 },
  });
  expect((await all(dial(proxy.port))).equals(Buffer.alloc(3333, 7))).toBe(true);
  expect(proxy.counters.down.truncatedBytes).toBe(10_000 - 3333);
});

it('what waits is bounded, and the sender feels it', async () => {
  const proxy = await line(await serve((socket) => socket.pause()), { both: { bufferBytes: 100_000 } });
  const socket = dial(proxy.port);
  const bytes = new Random(1).bytes(64 * 1024);
  let sent = 0;
  let drained = 0;
  socket.on('drain', () => (drained += 1));
  // Until neither the system's buffers nor the proxy take any more.
  for (let idle = 0; idle < 30 || proxy.counters.up.full === 0; idle += 1) {
    while (socket.write(bytes)) sent += bytes.length;
    const before = drained;
    await new Promise((turn) => setTimeout(turn, 10));
    if (drained > before) idle = 0;
  }
  expect(sent).toBeGreaterThan(100_000);
  expect(proxy.counters.up.mostQueuedBytes).toBeLessThanOrEqual(100_000 + 64 * 1024);
});
