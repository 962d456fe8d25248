/** What a record of a camera may hold: everything that a program stumbles over, nothing that a person could see. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitAnnexB } from '../annex-b.ts';
import * as captures from '../fixtures/captures.ts';
import { packetsOf, receive, START, trackOf } from '../../test/receiving.ts';
import { parseRtpPacket } from './packet.ts';
import { scrubPacket } from './scrub.ts';
import { TrackReceiver } from './track-receiver.ts';

const VIDEO = [
  ['h264', captures.h264Capture],
  ['h265', captures.h265Capture],
] as const;

describe.each(VIDEO)('%s', (codec, capture) => {
  const track = trackOf(capture);
  const packets = packetsOf(capture);
  const scrubbed = packets.map((packet) => scrubPacket(packet, track));

  test('makes the same pictures, of the same kinds and parameter sets, at the same times', () => {
    const facts = (of: readonly Uint8Array[]) =>
      receive(track, of).units.map(({ keyframe, captureUs, config, discontinuity }) => ({
        keyframe,
        captureUs,
        config,
        discontinuity,
      }));
    expect(facts(scrubbed)).toEqual(facts(packets));
  });

  test('keeps of each slice eight bytes at most, and nothing else of it', () => {
    const receiver = new TrackReceiver(track);
    const units = scrubbed.flatMap((packet, i) => receiver.push(packet, START + i));
    units.push(...receiver.poll(START + 10_000_000));
    for (const { data } of units) {
      for (const nal of splitAnnexB(data)) {
        const type = codec === 'h264' ? nal[0]! & 31 : (nal[0]! >> 1) & 63;
        const isSlice = codec === 'h264' ? type === 1 || type === 5 : type < 32;
        if (isSlice) expect(nal.slice(10).every((byte) => byte === 0)).toBe(true);
      }
    }
  });

  test('a picture that stands with its parameter sets in one fragmented unit stays no more than any other', () => {
    const [key] = receive(track, packets).units;
    const nals = splitAnnexB(key!.data);
    const whole = Buffer.concat(nals.flatMap((nal, i) => (i === 0 ? [nal] : [Uint8Array.of(0, 0, 0, 1), nal])));
    const header = codec === 'h264' ? [28, 0x80 | 7] : [49 << 1, 1, 0x80 | 32];
    const fragment = Buffer.from([...packets[0]!.subarray(0, 12), ...header, ...whole.subarray(header.length - 1)]);
    const out = Buffer.from(scrubPacket(fragment, track));
    expect(out.includes(Buffer.from(nals[0]!.subarray(2)))).toBe(true);
    expect(out.includes(Buffer.from(nals.at(-1)!.subarray(20, 36)))).toBe(false);
  });

  test('whatever comes: as long as it was, and no more of it than its headers', () => {
    fc.assert(
      fc.property(fc.constantFrom(...packets), fc.uint8Array({ maxLength: 200 }), fc.nat(60), (packet, noise, at) => {
        const odd = Uint8Array.from([...packet.subarray(0, 12 + at), ...noise]);
        const out = scrubPacket(odd, track);
        expect(out.length).toBe(odd.length);
        out.forEach((byte, i) => byte !== 0 && expect(byte).toBe(odd[i]));
      }),
    );
  });
});

test('of sound nothing stays but how long it is, and of another track nothing at all', () => {
  const track = trackOf(captures.pcmuCapture);
  for (const packet of packetsOf(captures.pcmuCapture)) {
    const out = scrubPacket(packet, track);
    expect(parseRtpPacket(out)?.payload.every((byte) => byte === 0)).toBe(true);
    expect(scrubPacket(packet, trackOf(captures.h264Capture)).every((byte) => byte === 0)).toBe(true);
  }
});
