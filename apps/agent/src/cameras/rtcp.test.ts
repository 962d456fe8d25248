import { expect, test } from 'vitest';
import { ReceptionReport } from './rtcp.ts';

function packet(sequence: number): Buffer {
  const out = Buffer.alloc(20);
  out.writeUInt8(0x80, 0);
  out.writeUInt16BE(sequence, 2);
  out.writeUInt32BE(0xdecafbad, 8);
  return out;
}

/** The lengths of the packets in a compound one must add up exactly (RFC 3550, A.2). */
function lengths(compound: Buffer): number[] {
  const out: number[] = [];
  for (let at = 0; at < compound.length;) {
    const bytes = 4 * (compound.readUInt16BE(at + 2) + 1);
    out.push(bytes);
    at += bytes;
  }
  return out;
}

test('a report before the first packet has no block, and is whole words of RR and SDES', () => {
  const report = new ReceptionReport().encode();
  expect([report[0], report[1]]).toEqual([0x80, 201]);
  expect(report[lengths(report)[0] ?? 0]).toBe(0x81);
  expect(lengths(report).reduce((sum, bytes) => sum + bytes, 0)).toBe(report.length);
});

test('loss and the highest sequence are reported, over the wrap of the counter', () => {
  const reception = new ReceptionReport();
  for (const sequence of [65_533, 65_534, 0, 3]) reception.note(packet(sequence));
  const report = reception.encode();
  expect(report.readUInt32BE(8)).toBe(0xdecafbad);
  // 65533..3 over the wrap: 7 expected, 4 came.
  expect(report.readIntBE(13, 3)).toBe(3);
  expect(report.readUInt8(12)).toBe(Math.floor((3 * 256) / 7));
  expect(report.readUInt32BE(16)).toBe(0x1_0003);
  reception.note(packet(4));
  expect(reception.encode().readUInt8(12)).toBe(0);
});

test('late and repeated packets are no wrap, and short ones nothing at all', () => {
  const reception = new ReceptionReport();
  for (const sequence of [10, 12, 11, 12]) reception.note(packet(sequence));
  reception.note(Buffer.alloc(3));
  expect(reception.encode().readUInt32BE(16)).toBe(12);
});
