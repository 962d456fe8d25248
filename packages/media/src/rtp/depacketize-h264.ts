/** RTP payloads to NAL units, H.264 (RFC 6184, non-interleaved: single NAL unit, STAP-A, FU-A). */
import type { NalBuffer } from './nal-buffer.ts';

const LAST_SINGLE = 23;
const STAP_A = 24;
const FU_A = 28;
const FU_HEADER_BYTES = 2;

/** Whether a fragmented NAL unit is open is all that is remembered between payloads. */
export class H264Depacketizer {
  #inFragment = false;

  /** A new access unit begins. */
  reset(): void {
    this.#inFragment = false;
  }

  /** A payload that does not fit what came before, or is no format of ours, damages the unit. */
  push(payload: Uint8Array, unit: NalBuffer): void {
    const first = payload[0];
    if (first === undefined) return; // a keep-alive of nothing but padding
    const type = first & 0x1f;
    if (type === FU_A) this.#fragment(payload, unit);
    else if (this.#inFragment) unit.damage();
    else if (type === STAP_A) aggregate(payload, unit);
    else if (type <= LAST_SINGLE && (type > 0 || isStartCode(payload))) {
      unit.append(payload);
      unit.endNal();
    } else unit.damage();
  }

  #fragment(payload: Uint8Array, unit: NalBuffer): void {
    const indicator = payload[0];
    const header = payload[1];
    if (indicator === undefined || header === undefined) return unit.damage();
    const starts = (header & 0x80) !== 0;
    const ends = (header & 0x40) !== 0;
    if (starts === this.#inFragment) return unit.damage();
    if (starts) unit.append(Uint8Array.of((indicator & 0xe0) | (header & 0x1f)));
    unit.append(payload.subarray(FU_HEADER_BYTES));
    if (ends) unit.endNal();
    this.#inFragment = !ends;
  }
}

function aggregate(payload: Uint8Array, unit: NalBuffer): void {
  let at = 1;
  while (at < payload.length) {
    const length = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
    const nal = payload.subarray(at + 2, at + 2 + length);
    if (length === 0 || nal.length !== length) return unit.damage();
    unit.append(nal);
    unit.endNal();
    at += 2 + length;
  }
}

/** Some cameras put Annex B whole into a payload; the picture builder takes it apart. */
function isStartCode(payload: Uint8Array): boolean {
  return payload[1] === 0 && (payload[2] === 1 || (payload[2] === 0 && payload[3] === 1));
}
