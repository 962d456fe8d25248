import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MEDIA_LIMITS } from '../media-limits.ts';
import { PacketOrder } from './packet-order.ts';
import type { RtpPacket } from './packet.ts';

const packet = (sequence: number, payload = Uint8Array.of(sequence & 0xff)): RtpPacket => ({
  payloadType: 96,
  sequence: sequence & 0xffff,
  timestamp: 0,
  ssrc: 1,
  marker: false,
  payload,
});

test('UDP packets that are shuffled by a few places come out in order, around the wrap, once each', () => {
  const shuffled = fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }).map((jitter) =>
    jitter
      .map((late, i) => ({ i, at: i + late }))
      .sort((a, b) => a.at - b.at)
      .map(({ i }) => i),
  );
  fc.assert(
    fc.property(fc.nat(65_535), shuffled, (start, arrivals) => {
      const order = new PacketOrder(true);
      // The first packet to come is where the count begins: it is not part of the shuffle.
      const due = order.push(packet(start), 0);
      for (const i of arrivals)
        due.push(...order.push(packet(start + 1 + i), 1), ...order.push(packet(start + 1 + i), 1));
      expect(due.map((one) => (one.packet.sequence - start) & 0xffff)).toEqual(
        Array.from({ length: arrivals.length + 1 }, (_, i) => i),
      );
      expect(due.every((one) => one.gap === 0)).toBe(true);
    }),
  );
});

test('on TCP a gap is a loss at once and a doubled packet is nothing', () => {
  const order = new PacketOrder(false);
  const due = [65_534, 65_535, 2, 2, 3].flatMap((sequence) => order.push(packet(sequence), 0));
  expect(due.map((one) => [one.packet.sequence, one.gap])).toEqual([
    [65_534, 0],
    [65_535, 0],
    [2, 2],
    [3, 0],
  ]);
});

test('on TCP a step back is a new count, and a number that stays the same is none', () => {
  const order = new PacketOrder(false);
  const gaps = (numbers: readonly number[]): number[] =>
    numbers.flatMap((number, i) => order.push(packet(number, new Uint8Array(i + 1)), 0)).map(({ gap }) => gap);
  expect(gaps([700, 701, 5, 6])).toEqual([0, 0, -1, 0]);
  expect(gaps([7, 7, 7, 8, 8])).toEqual([0, 0, 0, 0, 0]);
});

test('what waits is a copy, also of a Buffer that is read into again', () => {
  const order = new PacketOrder(true);
  const read = Buffer.from([1, 2, 3]);
  order.push(packet(0), 0);
  order.push(packet(2, read), 0);
  read.fill(9);
  expect([...(order.push(packet(1), 0)[1]?.packet.payload ?? [])]).toEqual([1, 2, 3]);
});

test('a missing UDP packet is given up after its time, or when too much waits', () => {
  const order = new PacketOrder(true);
  order.push(packet(0), 0);
  expect(order.push(packet(2), 0)).toEqual([]);
  expect(order.poll(MEDIA_LIMITS.reorderUs - 1)).toEqual([]);
  expect(order.poll(MEDIA_LIMITS.reorderUs).map((one) => [one.packet.sequence, one.gap])).toEqual([[2, 1]]);
  const many = Array.from({ length: MEDIA_LIMITS.reorderPackets + 1 }, (_, i) =>
    order.push(packet(4 + i), MEDIA_LIMITS.reorderUs),
  );
  expect(many.slice(0, -1).flat()).toEqual([]);
  expect(many.at(-1)?.map((one) => one.gap)).toEqual([1, ...Array<number>(MEDIA_LIMITS.reorderPackets).fill(0)]);
});

test('a waiting packet is a copy: its buffer may be reused', () => {
  const order = new PacketOrder(true);
  order.push(packet(0), 0);
  const reused = Uint8Array.of(7);
  order.push(packet(2, reused), 0);
  reused[0] = 9;
  expect(order.push(packet(1), 0).map((one) => one.packet.payload[0])).toEqual([1, 7]);
});

test('a sender that begins a new count is followed, and says that something may be missing', () => {
  const order = new PacketOrder(true);
  order.push(packet(100), 0);
  order.push(packet(102), 0);
  expect(order.push(packet(40_000), 0).map((one) => one.gap)).toEqual([-1]);
  expect(order.push(packet(40_001), 0).map((one) => one.gap)).toEqual([0]);
});

test('a packet that waits and comes again is counted once', () => {
  const order = new PacketOrder(true);
  order.push(packet(0), 0);
  const large = new Uint8Array(MEDIA_LIMITS.reorderBytes / 2);
  for (let i = 0; i < 4; i += 1) expect(order.push(packet(2, large), 0)).toEqual([]);
  expect(order.push(packet(1), 0).map((one) => one.packet.sequence)).toEqual([1, 2]);
});
