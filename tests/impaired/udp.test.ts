/** The proxy for UDP does each thing it says to datagrams. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { kept, onEnd } from '../harness/cleanup.ts';
import { impairUdp, type Impaired, type ImpairedOptions } from '../harness/impairment/index.ts';

interface Ends {
  readonly near: Socket;
  readonly proxy: Impaired;
  /** What reached the far end, in order. */
  readonly heard: Buffer[];
  send(data: Buffer | string): void;
  /** Resolves when the far end has heard so many. */
  until(count: number): Promise<void>;
}

/** @param answer what the far end sends back to each datagram */
async function ends(options: Omit<ImpairedOptions, 'to'>, answer?: (data: Buffer) => Buffer): Promise<Ends> {
  const far = createSocket('udp4');
  const heard: Buffer[] = [];
  far.on('message', (data, from) => {
    heard.push(data);
    if (answer !== undefined) far.send(answer(data), from.port, from.address);
  });
  far.bind(0, '127.0.0.1');
  await once(far, 'listening');
  const proxy = kept(await impairUdp({ to: far.address().port, ...options }));
  const near = createSocket('udp4');
  near.on('error', () => undefined);
  near.bind(0, '127.0.0.1');
  await once(near, 'listening');
  onEnd(() => {
    near.close();
    far.close();
  });
  return {
    ...{ near, proxy, heard },
    send: (data) => near.send(data, proxy.port, '127.0.0.1'),
    until: async (count) => {
      while (heard.length < count) await once(far, 'message');
    },
  };
}

/** Waits until the proxy has dealt with so many datagrams of ten bytes. */
async function taken(proxy: Impaired, count: number): Promise<void> {
  while (proxy.counters.up.bytesIn < 10 * count) await new Promise((turn) => setImmediate(turn));
}

const numbered = (i: number): string => String(i).padStart(10, '0');

it('passes datagrams on, both ways, byte for byte, each dialer its own answers', async () => {
  const { near, proxy, send } = await ends({}, (data) => Buffer.concat([Buffer.from('re: '), data]));
  const other = createSocket('udp4');
  onEnd(() => other.close());
  send('one');
  other.send('two', proxy.port, '127.0.0.1');
  const [[first], [second]] = await Promise.all([once(near, 'message'), once(other, 'message')]);
  expect([String(first), String(second)]).toEqual(['re: one', 're: two']);
  expect(proxy.counters.connections).toBe(2);
});

it('loses, by its seed', async () => {
  const numbersBy = async (seed: number): Promise<string[]> => {
    const { proxy, send, heard } = await ends({ both: { loss: 0.3, burst: 2 }, seed });
    for (let i = 0; i < 200; i += 1) {
      send(numbered(i));
      await taken(proxy, i + 1);
    }
    while (heard.length < 200 - proxy.counters.up.lost) await new Promise((turn) => setImmediate(turn));
    return heard.map(String);
  };
  const [first, again] = await Promise.all([numbersBy(5), numbersBy(5)]);
  expect(first).toEqual(again);
  expect(first.length).toBeLessThan(200);
  expect(first.length).toBeGreaterThan(80);
});

it('doubles, holds back and cuts', async () => {
  const { proxy, send, heard, until } = await ends({ both: { duplicate: 1 } });
  send('twice');
  await until(2);
  expect(heard.map(String)).toEqual(['twice', 'twice']);

  await proxy.change({ both: { duplicate: 0, reorder: 1, reorderMs: 50 } });
  send('late');
  while (proxy.counters.up.reordered === 0) await new Promise((turn) => setImmediate(turn));
  await proxy.change({ both: { reorder: 0 } });
  send('early');
  await until(4);
  expect(heard.slice(2).map(String)).toEqual(['early', 'late']);

  await proxy.change({ both: { truncateAfter: 3 } });
  send('abcdef');
  await until(5);
  expect(String(heard[4])).toBe('abc');
  expect(proxy.counters.up).toMatchObject({ duplicated: 1, reordered: 1, truncatedBytes: 3 });
});

it('waits no less than its delay, and keeps what waits within bounds', async () => {
  const { proxy, send, until, heard } = await ends({ up: { delayMs: 60, bufferBytes: 100 } });
  const began = performance.now();
  for (let i = 0; i < 50; i += 1) send(numbered(i));
  await until(10);
  expect(performance.now() - began).toBeGreaterThanOrEqual(59);
  await taken(proxy, 50);
  expect(proxy.counters.up.mostQueuedBytes).toBeLessThanOrEqual(100);
  expect(heard.length + proxy.counters.up.full + proxy.counters.up.queuedBytes / 10).toBe(50);
});

it('is silent where it stalls or refuses, and there again on the same port', async () => {
  const { proxy, send, heard, until } = await ends({ both: { stall: true } });
  send(numbered(1));
  await taken(proxy, 1);
  expect(proxy.counters.up.lost).toBe(1);
  const port = proxy.port;
  await proxy.change({ both: { stall: false }, refuse: true });
  send(numbered(2));
  await proxy.change({ refuse: false });
  expect(proxy.port).toBe(port);
  send(numbered(3));
  await until(1);
  expect(heard.map(String)).toEqual([numbered(3)]);
});
