import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccessUnit } from '../access-unit.ts';
import { joinAnnexB, splitAnnexB } from '../annex-b.ts';
import { accessUnitsOf } from '../clip.ts';
import * as captures from '../fixtures/captures.ts';
import { bytes, packetsOf, receive, START, trackOf } from '../../test/receiving.ts';
import { MEDIA_LIMITS } from '../media-limits.ts';
import { parseSdp } from '../sdp.ts';
import { describeTracks } from '../track.ts';
import { TrackReceiver } from './track-receiver.ts';

const VIDEO = [
  { codec: 'h264', capture: captures.h264Capture, clip: bytes(captures.h264Clip) },
  { codec: 'h265', capture: captures.h265Capture, clip: bytes(captures.h265Clip) },
] as const;

describe.each(VIDEO)('$codec as FFmpeg packetizes it', ({ codec, capture, clip }) => {
  const encoded = accessUnitsOf(codec, clip);
  const packets = packetsOf(capture);
  const track = trackOf(capture);

  test('every unit comes out byte for byte as the encoder made it', () => {
    const { units, receiver } = receive(track, packets);
    expect(units.map((unit) => Buffer.from(unit.data).toString('hex'))).toEqual(
      encoded.map((unit) => Buffer.from(unit.data).toString('hex')),
    );
    expect(units.map((unit) => unit.config)).toEqual(encoded.map((unit) => unit.config));
    expect(units.map((unit) => unit.discontinuity)).toEqual(units.map((_, i) => i === 0));
    expect(units[1]?.durationUs).toBe(100_000);
    expect(receiver.stats).toMatchObject({ packets: packets.length, ignored: 0, lost: 0, units: 8, dropped: 0 });
  });

  test('whatever is lost, doubled or shuffled, only whole units in whole chains come out', () => {
    const fate = fc.constantFrom('pass', 'pass', 'pass', 'lose', 'double', 'late');
    // The rest of a message that is no part of the picture is dropped alone: compared is what a decoder makes the picture of.
    const essence = ({ data }: { readonly data: Uint8Array }): string =>
      joinAnnexB(
        splitAnnexB(data).filter(
          (nal) => (codec === 'h264' ? nal[0]! & 31 : nal[0]! >> 1) !== (codec === 'h264' ? 6 : 39),
        ),
      ).toString();
    const whole = encoded.map(essence);
    fc.assert(
      fc.property(
        fc.array(fate, { minLength: packets.length, maxLength: packets.length }),
        fc.boolean(),
        (fates, reorder) => {
          const sent = packets.flatMap((packet, i) => {
            if (fates[i] === 'lose' || fates[i] === 'late') return fates[i - 1] === 'late' ? [packets[i - 1]!] : [];
            return fates[i - 1] === 'late'
              ? [packet, packets[i - 1]!]
              : fates[i] === 'double'
                ? [packet, packet]
                : [packet];
          });
          const { units } = receive(track, sent, { reorder });
          let last = -1;
          for (const unit of units) {
            const at = whole.indexOf(essence(unit));
            expect(at).toBeGreaterThan(last);
            if (!unit.keyframe) expect(at).toBe(last + 1);
            if (at !== last + 1 || at === 0) expect(unit.discontinuity).toBe(true);
            last = at;
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('random and damaged packets never throw and never cost a later GOP', () => {
    const junk = fc.uint8Array({ maxLength: 60 }).map((tail) => Uint8Array.from([0x80, 96, ...tail]));
    const flips = fc.record({ packet: fc.nat(packets.length - 1), at: fc.nat(400), bit: fc.nat(7) });
    fc.assert(
      fc.property(fc.array(junk, { maxLength: 5 }), fc.array(flips, { maxLength: 5 }), (noise, damage) => {
        const damaged = packets.map((packet) => packet.slice());
        for (const { packet, at, bit } of damage) damaged[packet]![at % damaged[packet]!.length]! ^= 1 << bit;
        const receiver = new TrackReceiver(track);
        [...damaged.flatMap((packet, i) => (noise[i] ? [noise[i], packet] : [packet]))].forEach((packet) =>
          receiver.push(packet, START),
        );
        // The same camera goes on with a clean GOP under its next numbers.
        const again = packets.map((packet, i) => renumber(packet, 20_000 + i));
        const units = again.flatMap((packet, i) => receiver.push(packet, START + i));
        const keyframe = Buffer.from(encoded[4]!.data).toString('hex');
        expect(units.map((unit) => Buffer.from(unit.data).toString('hex'))).toContain(keyframe);
      }),
      // The example was found by chance: it makes a PPS of another number out of the camera's own.
      { numRuns: 200, examples: [[[], [{ packet: 0, at: 341, bit: 4 }]]] },
    );
  });
});

/** Same payload, other place: as a camera sends its next packets. */
function renumber(packet: Uint8Array, sequence: number): Uint8Array {
  const copy = packet.slice();
  new DataView(copy.buffer).setUint16(2, sequence);
  return copy;
}

describe('what awkward cameras do', () => {
  const encoded = accessUnitsOf('h264', bytes(captures.h264Clip));
  const track = describeTracks(parseSdp('m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000')).video!;

  /** One NAL unit a packet; `marks` says which of a unit's packets carry the marker. */
  function packetize(
    units: readonly { data: Uint8Array }[],
    marks: (nal: number, of: number) => boolean,
  ): Uint8Array[] {
    let sequence = 0;
    return units.flatMap((unit, time) => {
      const nals = splitAnnexB(unit.data);
      return nals.map((nal, i) =>
        rtp({ sequence: sequence++, timestamp: 9000 * time, marker: marks(i, nals.length), payload: nal }),
      );
    });
  }

  function rtp(fields: {
    sequence: number;
    timestamp: number;
    marker: boolean;
    payload: Uint8Array;
    ssrc?: number;
  }): Uint8Array {
    const packet = new Uint8Array(12 + fields.payload.length);
    const view = new DataView(packet.buffer);
    view.setUint16(0, 0x8000 | (fields.marker ? 0x80 : 0) | 96);
    view.setUint16(2, fields.sequence);
    view.setUint32(4, fields.timestamp);
    view.setUint32(8, fields.ssrc ?? 1);
    packet.set(fields.payload, 12);
    return packet;
  }

  const hexOf = (units: readonly { data: Uint8Array }[]): string[] =>
    units.map((unit) => Buffer.from(unit.data).toString('hex'));
  const lastOf = (nal: number, of: number): boolean => nal === of - 1;

  test('no marker at all: a unit ends where the timestamp changes', () => {
    const { units } = receive(
      track,
      packetize(encoded, () => false),
    );
    expect(hexOf(units)).toEqual(hexOf(encoded.slice(0, -1)));
  });

  test('a marker on every slice: whole from the first picture on, and the last one when nothing more comes', () => {
    const { units } = receive(
      track,
      packetize([...encoded, ...encoded], () => true),
    );
    expect(hexOf(units)).toEqual(hexOf([...encoded, ...encoded]));
  });

  test('timestamps that stand still, with markers or without any: the first slice of a picture ends the one before', () => {
    const standing = (marks: (nal: number, of: number) => boolean): Uint8Array[] =>
      packetize([...encoded, ...encoded], marks).map((packet) => {
        new DataView(packet.buffer).setUint32(4, 4711);
        return packet;
      });
    for (const marks of [lastOf, () => true])
      expect(hexOf(receive(track, standing(marks)).units)).toEqual(hexOf([...encoded, ...encoded]));
    // Until it is known that they stand, three pictures are taken for one, which is never passed on.
    const unmarked = hexOf(
      receive(
        track,
        standing(() => false),
      ).units,
    );
    expect(unmarked).toEqual(hexOf([...encoded.slice(4), ...encoded.slice(0, -1)]));
  });

  test('a marked picture is passed on at once where the marker was right before, else with the next one or after a moment', () => {
    const receiver = new TrackReceiver(track);
    const packets = packetize(encoded, lastOf);
    const ends = packets.flatMap((packet, i) => (packet[1]! >= 0x80 ? [i] : []));
    const [first = 0, second = 0] = ends;
    const push = (from: number, to: number, atUs: number): number =>
      packets.slice(from, to).flatMap((packet) => receiver.push(packet, atUs)).length;
    expect([push(0, first + 1, START), receiver.isPending, receiver.poll(START + 299_999).length]).toEqual([
      0,
      true,
      0,
    ]);
    expect([push(first + 1, first + 2, START), push(first + 2, second + 1, START), receiver.isPending]).toEqual([
      1,
      1,
      false,
    ]);
    const slow = new TrackReceiver(track);
    for (const packet of packets.slice(0, first + 1)) slow.push(packet, START);
    expect(slow.poll(START + 300_000)).toHaveLength(1);
    expect(packets.slice(first + 1, second + 1).flatMap((packet) => slow.push(packet, START + 1_000_000))).toHaveLength(
      1,
    );
  });

  test('parameter sets only in the SDP', () => {
    const sets = encoded[0]!.config!;
    const bare = encoded.map((unit) => ({
      data: joinAnnexB(splitAnnexB(unit.data).filter((nal) => ![7, 8].includes(nal[0]! & 31))),
    }));
    const { parameterSets } = sets;
    expect(hexOf(receive({ ...track, parameterSets }, packetize(bare, lastOf)).units)).toEqual(hexOf(encoded));
    expect(receive(track, packetize(bare, lastOf)).units).toEqual([]);
  });

  test('a keyframe whose own parameter sets were lost is not paired with older ones', () => {
    const packets = packetize(encoded, lastOf);
    const second = packets.findIndex((packet, i) => i > 2 && (packet[12]! & 31) === 7);
    const { units } = receive(track, packets.toSpliced(second, 2));
    expect(hexOf(units)).toEqual(hexOf(encoded.slice(0, 4)));
  });

  test('Annex B whole in one packet', () => {
    const packets = encoded.map((unit, i) =>
      rtp({ sequence: i, timestamp: 9000 * i, marker: true, payload: unit.data }),
    );
    expect(hexOf(receive(track, packets).units)).toEqual(hexOf(encoded));
  });

  test('another picture size in mid-stream: its keyframe has the new config and says that it does not continue', () => {
    const other = accessUnitsOf('h264', bytes(captures.h264Clip)).map((unit) => ({ ...unit }));
    const nals = splitAnnexB(other[0]!.data);
    // frame_cropping changes with the SPS; here the level byte is enough to be another config.
    const changed = nals.map((nal) =>
      (nal[0]! & 31) === 7 ? Uint8Array.from(nal, (byte, i) => (i === 3 ? 0x1f : byte)) : nal,
    );
    const { units } = receive(track, packetize([...encoded.slice(0, 4), { data: joinAnnexB(changed) }], lastOf));
    expect(units.at(-1)).toMatchObject({ keyframe: true, discontinuity: true, config: { codecString: 'avc1.64001f' } });
    expect(units.slice(1, -1).some((unit) => unit.discontinuity)).toBe(false);
  });

  test('units over the limits are never passed on', () => {
    const fu = (payload: number[], more: Uint8Array) => Uint8Array.from([...payload, ...more]);
    const key = splitAnnexB(encoded[0]!.data);
    const sets = key.slice(0, 2).map((payload, i) => rtp({ sequence: i, timestamp: 0, marker: false, payload }));
    const chunk = new Uint8Array(60_000).fill(0xaa);
    const count = Math.ceil(MEDIA_LIMITS.accessUnitBytes / chunk.length) + 1;
    const endless = Array.from({ length: count }, (_, i) => {
      const header = i === 0 ? 0x85 : i === count - 1 ? 0x45 : 0x05;
      return rtp({ sequence: 2 + i, timestamp: 0, marker: i === count - 1, payload: fu([0x7c, header], chunk) });
    });
    expect(receive(track, [...sets, ...endless])).toMatchObject({ units: [], receiver: { stats: { dropped: 1 } } });
    const crumbs = Array.from({ length: MEDIA_LIMITS.accessUnitNals + 1 }, (_, i) =>
      rtp({
        sequence: 2 + i,
        timestamp: 0,
        marker: i === MEDIA_LIMITS.accessUnitNals,
        payload: Uint8Array.of(0x65, i === 0 ? 0x88 : 0x08, 0x80),
      }),
    );
    expect(receive(track, [...sets, ...crumbs]).units).toEqual([]);
  });

  test('a fragment without its end is whole where no packet is missing; without its beginning it spoils the picture', () => {
    const nals = splitAnnexB(encoded[0]!.data);
    const slice = nals.at(-1)!;
    const half = slice.length >> 1;
    const fragment = (header: number, from: number, to?: number): Uint8Array =>
      Uint8Array.from([0x7c, header, ...slice.subarray(from, to)]);
    const unitsOf = (fragments: readonly Uint8Array[], missing = -1) => {
      const payloads = [...nals.slice(0, -1), ...fragments];
      const packets = payloads.map((payload, i) =>
        rtp({ sequence: i, timestamp: 0, marker: i === payloads.length - 1, payload }),
      );
      return receive(
        track,
        packets.filter((_, i) => i !== missing),
      ).units;
    };
    const endless = [fragment(0x85, 1, half), fragment(0x05, half)];
    expect(hexOf(unitsOf(endless))).toEqual(hexOf(encoded.slice(0, 1)));
    expect(unitsOf(endless, nals.length - 1)).toEqual([]);
    expect(unitsOf([fragment(0x45, 1)])).toEqual([]);
  });

  test('a look between marked parameter sets and their picture costs neither', () => {
    const nals = splitAnnexB(encoded[0]!.data);
    const receiver = new TrackReceiver(track);
    const sent = [0, 1].flatMap((round) => nals.map((payload) => ({ payload, timestamp: round * 9_000 })));
    const units = sent.flatMap(({ payload, timestamp }, sequence) => {
      const nowUs = START + sequence * 1_000;
      const marker = [7, 8, 6].includes(payload[0]! & 31) || payload === nals.at(-1);
      return [...receiver.push(rtp({ sequence, timestamp, marker, payload }), nowUs), ...receiver.poll(nowUs)];
    });
    expect(hexOf([...units, ...receiver.poll(START + 10_000_000)])).toEqual(hexOf([encoded[0]!, encoded[0]!]));
  });

  test('a picture that lacks something proves nothing of the marker', () => {
    const { units } = receive(
      track,
      // All of them marked. The first picture lacks its second slice, the second one its first.
      [0, 1, 2, 3, 4, 5].flatMap((at) => {
        const nals = splitAnnexB(encoded[at % 4]!.data);
        return nals.flatMap((payload, i) => {
          const isMissing = (at === 0 && i === nals.length - 1) || (at === 1 && i === 0);
          return isMissing ? [] : [rtp({ sequence: at * 8 + i, timestamp: at * 9_000, marker: true, payload })];
        });
      }),
    );
    const whole = hexOf(encoded);
    for (const hex of hexOf(units)) expect(whole).toContain(hex);
  });

  test('sets in any order, reserved types, padded aggregates and a message that is cut off cost no picture', () => {
    const [sps, pps] = encoded[0]!.config!.parameterSets as [Uint8Array, Uint8Array];
    const rest = splitAnnexB(encoded[0]!.data).filter((nal) => ![7, 8].includes(nal[0]! & 31));
    const sized = (nal: Uint8Array): number[] => [nal.length >> 8, nal.length & 255, ...nal];
    const first = (payloads: readonly (Uint8Array | number[])[]) =>
      hexOf(
        receive(
          track,
          payloads.map((payload, i) =>
            rtp({ sequence: i, timestamp: 0, marker: i === payloads.length - 1, payload: Uint8Array.from(payload) }),
          ),
        ).units,
      );
    const wanted = hexOf(encoded.slice(0, 1));
    expect(first([pps, sps, ...rest])).toEqual(wanted);
    expect(first([[0x18, ...sized(sps), ...sized(pps), 0, 0, 0, 0], ...rest])).toEqual(wanted);
    expect(first([[0x18, ...sized(sps), 0, 0, ...sized(pps)], ...rest])).toEqual(wanted);
    expect(first([[0x18, ...sized(sps), ...sized(pps), 0, 90, 6, 5, 4], [0x1e, 1, 2], [0x1f], [0], ...rest])).toEqual(
      wanted,
    );
    expect(
      first([[0x18, ...sized(sps), ...sized(pps)], ...rest.slice(0, -1), [0x18, 0x20, 0, ...rest.at(-1)!]]),
    ).toEqual([]);
  });

  test('parameter sets of an SDP with start codes, one by one or all in one word', () => {
    const { parameterSets } = encoded[0]!.config!;
    const coded = parameterSets.map((set) => [0, 0, 0, 1, ...set]);
    const word = (set: readonly number[]): string => Buffer.from(set).toString('base64');
    for (const sprop of [coded.map(word).join(), word(coded.flat())]) {
      const sdp = `m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 sprop-parameter-sets=${sprop}`;
      const { video } = describeTracks(parseSdp(sdp));
      expect(video?.parameterSets.map((set) => [...set])).toEqual(parameterSets.map((set) => [...set]));
    }
  });

  test('on UDP a lone packet of another sender changes nothing; on TCP another sender is the camera begun anew', () => {
    const packets = packetize(encoded, lastOf);
    const foreign = rtp({ sequence: 7, timestamp: 1, marker: true, payload: Uint8Array.of(0x41, 0xff), ssrc: 99 });
    const mixed = packets.flatMap((packet) => [packet, foreign]);
    const { units, receiver } = receive(track, mixed, { reorder: true });
    expect(hexOf(units)).toEqual(hexOf(encoded));
    expect(receiver.stats.ignored).toBe(packets.length);
    const reborn = packets.map((packet) => {
      const copy = packet.slice();
      new DataView(copy.buffer).setUint32(8, 5);
      return copy;
    });
    const both = receive(track, [...packets, ...reborn]).units;
    expect(hexOf(both)).toEqual([...hexOf(encoded), ...hexOf(encoded)]);
    expect(both[8]).toMatchObject({ keyframe: true, discontinuity: true });
  });

  test('a reconnect goes on in time after the receiver before it', () => {
    const afterUs = START + 5_000_000;
    const [first] = receive(track, packetize(encoded, lastOf), { afterUs }).units;
    expect(first?.captureUs).toBe(afterUs + 1);
  });

  test('a unit is its own bytes: the packet may be reused', () => {
    const receiver = new TrackReceiver(track);
    const units: AccessUnit[] = [];
    for (const packet of packetize(encoded, lastOf)) {
      units.push(...receiver.push(packet, START));
      packet.fill(0);
    }
    expect(hexOf(units)).toEqual(hexOf(encoded));
  });
});
