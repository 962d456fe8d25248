import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as captures from '../fixtures/captures.ts';
import { packetsOf, receive, trackOf } from '../../test/receiving.ts';
import { MEDIA_LIMITS } from '../media-limits.ts';
import { parseSdp } from '../sdp.ts';
import { describeTracks } from '../track.ts';

describe('sound', () => {
  test.each([
    ['aac', captures.aacCapture, 6, 64_000],
    ['opus', captures.opusCapture, 21, 20_000],
    ['pcmu', captures.pcmuCapture, 19, 21_250],
  ] as const)('%s: a frame a unit, with config and length', (codec, capture, count, durationUs) => {
    const { units } = receive(trackOf(capture), packetsOf(capture));
    expect(units).toHaveLength(count);
    expect(units[0]).toMatchObject({ codec, keyframe: true, durationUs, discontinuity: true });
    expect(units.every((unit) => unit.config?.codec === codec)).toBe(true);
    expect(units.slice(1).some((unit) => unit.discontinuity)).toBe(false);
  });

  test('a frame is a copy, also of a Buffer that is read into again', () => {
    const read = Buffer.from(packetsOf(captures.pcmuCapture)[0]!);
    const [unit] = receive(trackOf(captures.pcmuCapture), [read]).units;
    const before = Buffer.from(unit!.data);
    read.fill(9);
    expect(before.equals(unit!.data)).toBe(true);
  });

  const aac = describeTracks(parseSdp(captures.aacCapture.sdp)).audio!;
  const aacPacket = (sequence: number, timestamp: number, marker: boolean, payload: number[]): Uint8Array =>
    Uint8Array.from([
      0x80,
      (marker ? 0x80 : 0) | 97,
      sequence >> 8,
      sequence & 255,
      0,
      0,
      timestamp >> 8,
      timestamp & 255,
      0,
      0,
      0,
      1,
      ...payload,
    ]);

  test('several AAC frames in one packet are a frame length apart', () => {
    const payload = [0, 32, 0, 2 << 3, 0, 3 << 3, 1, 2, 3, 4, 5];
    const { units } = receive(aac, [aacPacket(0, 0, true, payload), aacPacket(1, 2048, true, payload)]);
    expect(units.map((unit) => [...unit.data])).toEqual([
      [1, 2],
      [3, 4, 5],
      [1, 2],
      [3, 4, 5],
    ]);
  });

  test('an AAC frame over several packets is gathered, and dropped when one is missing', () => {
    const parts = [
      [1, 2],
      [3, 4],
      [5, 6],
    ].map((part, i) => aacPacket(i, 0, i === 2, [0, 16, 0, 6 << 3, ...part]));
    expect(receive(aac, parts).units.map((unit) => [...unit.data])).toEqual([[1, 2, 3, 4, 5, 6]]);
    expect(receive(aac, [parts[0]!, parts[2]!]).units).toEqual([]);
  });

  test('an AAC frame that ends too early costs itself only', () => {
    const short = aacPacket(0, 0, true, [0, 16, 0, 6 << 3, 1, 2]);
    const good = aacPacket(1, 1024, true, [0, 16, 0, 1 << 3, 7]);
    expect(receive(aac, [short, good]).units.map((unit) => [...unit.data])).toEqual([[7]]);
  });

  test('lost sound says that it does not continue; damaged headers cost their packet only', () => {
    const good = (sequence: number): Uint8Array => aacPacket(sequence, sequence * 1024, true, [0, 16, 0, 1 << 3, 7]);
    const { units, receiver } = receive(aac, [
      good(0),
      good(1),
      aacPacket(2, 0, true, [255, 255, 1]),
      good(3),
      good(5),
    ]);
    expect(units.map((unit) => unit.discontinuity)).toEqual([true, false, true, true]);
    expect(receiver.stats).toMatchObject({ dropped: 1, lost: 1 });
  });

  test('random payloads never throw and give bounded frames', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (payloads) => {
        const packets = payloads.map((payload, i) => aacPacket(i, i * 1024, payload.length % 2 === 0, [...payload]));
        for (const unit of receive(aac, packets).units)
          expect(unit.data.length).toBeLessThanOrEqual(MEDIA_LIMITS.audioFrameBytes);
      }),
    );
  });
});
