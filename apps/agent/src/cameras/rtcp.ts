/**
 * Receiver reports (RFC 3550, 6.4.2): cameras that listen for them take a silent reader for a dead one.
 * Loss is reported truthfully; jitter and delay since the last sender report are not measured and sent as 0.
 */
import { randomBytes } from 'node:crypto';

const RR_WORDS = 7;
const SDES_CNAME = 1;

/** Reception of one track. State machine: packets in, reports out. */
export class ReceptionReport {
  readonly #own = randomBytes(4).readUInt32BE();
  /** Random for each session: it names nobody. */
  readonly #cname = randomBytes(8).toString('hex');
  #source: number | undefined;
  #first = 0;
  #highest = 0;
  #cycles = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;

  /** Cheap: called for every RTP packet. */
  note(packet: Uint8Array): void {
    if (packet.length < 12) return;
    const sequence = ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
    if (this.#source === undefined) this.#begin(packet, sequence);
    this.#received += 1;
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead === 0 || ahead >= 0x8000) return;
    if (sequence < this.#highest) this.#cycles += 1;
    this.#highest = sequence;
  }

  #begin(packet: Uint8Array, sequence: number): void {
    this.#source = new DataView(packet.buffer, packet.byteOffset, 12).getUint32(8);
    this.#first = sequence;
    this.#highest = sequence;
  }

  /** One compound packet: RR and SDES CNAME. Without a block while nothing was received. */
  encode(): Buffer<ArrayBuffer> {
    const block = this.#source !== undefined;
    const rrBytes = block ? 4 * (RR_WORDS + 1) : 8;
    // CNAME item, a closing zero, and padding to whole words.
    const sdesBytes = 8 + Math.ceil((2 + this.#cname.length + 1) / 4) * 4;
    const out = Buffer.alloc(rrBytes + sdesBytes);
    out.writeUInt8(block ? 0x81 : 0x80, 0);
    out.writeUInt8(201, 1);
    out.writeUInt16BE(rrBytes / 4 - 1, 2);
    out.writeUInt32BE(this.#own, 4);
    if (block) this.#encodeBlock(out);
    out.writeUInt8(0x81, rrBytes);
    out.writeUInt8(202, rrBytes + 1);
    out.writeUInt16BE(sdesBytes / 4 - 1, rrBytes + 2);
    out.writeUInt32BE(this.#own, rrBytes + 4);
    out.writeUInt8(SDES_CNAME, rrBytes + 8);
    out.writeUInt8(this.#cname.length, rrBytes + 9);
    out.write(this.#cname, rrBytes + 10, 'ascii');
    return out;
  }

  #encodeBlock(out: Buffer): void {
    const highest = this.#cycles * 0x1_0000 + this.#highest;
    const expected = highest - this.#first + 1;
    const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, expected - this.#received));
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    out.writeUInt32BE(this.#source ?? 0, 8);
    out.writeUInt8(expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow)), 12);
    out.writeIntBE(lost, 13, 3);
    out.writeUInt32BE(highest >>> 0, 16);
  }
}
