/** RTP payloads to NAL units, H.265 (RFC 7798: single NAL unit, AP, FU; decoding order numbers are skipped). */
import type { NalBuffer } from './nal-buffer.ts';

const LAST_SINGLE = 47;
const AP = 48;
const FU = 49;
const HEADER_BYTES = 2;
const FU_HEADER_BYTES = 3;

export class H265Depacketizer {
  readonly #donPresent: boolean;
  #inFragment = false;

  /** @param donPresent sprop-max-don-diff is above 0: DONL and DOND fields are in the payloads */
  constructor(donPresent: boolean) {
    this.#donPresent = donPresent;
  }

  /** A new access unit begins. */
  reset(): void {
    this.#inFragment = false;
  }

  /** A payload that does not fit what came before, or is no format of ours, damages the unit. */
  push(payload: Uint8Array, unit: NalBuffer): void {
    if (payload.length === 0) return; // a keep-alive of nothing but padding
    if (payload.length <= HEADER_BYTES) return unit.damage();
    const type = ((payload[0] ?? 0) >> 1) & 0x3f;
    if (type === FU) this.#fragment(payload, unit);
    else if (this.#inFragment) unit.damage();
    else if (type === AP) this.#aggregate(payload, unit);
    else if (type <= LAST_SINGLE) this.#single(payload, unit);
    else unit.damage();
  }

  #single(payload: Uint8Array, unit: NalBuffer): void {
    unit.append(payload.subarray(0, HEADER_BYTES));
    unit.append(payload.subarray(HEADER_BYTES + (this.#donPresent ? 2 : 0)));
    unit.endNal();
  }

  #fragment(payload: Uint8Array, unit: NalBuffer): void {
    const [first = 0, second = 0, header] = payload;
    if (header === undefined) return unit.damage();
    const [starts, ends] = [(header & 0x80) !== 0, (header & 0x40) !== 0];
    if (starts === this.#inFragment) return unit.damage();
    if (starts) unit.append(Uint8Array.of((first & 0x81) | ((header & 0x3f) << 1), second));
    unit.append(payload.subarray(FU_HEADER_BYTES + (starts && this.#donPresent ? 2 : 0)));
    if (ends) unit.endNal();
    this.#inFragment = !ends;
  }

  #aggregate(payload: Uint8Array, unit: NalBuffer): void {
    let at = HEADER_BYTES;
    for (let donBytes = 2; at < payload.length; donBytes = 1) {
      if (this.#donPresent) at += donBytes;
      const length = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
      const nal = payload.subarray(at + 2, at + 2 + length);
      if (length === 0 || nal.length !== length) return unit.damage();
      unit.append(nal);
      unit.endNal();
      at += 2 + length;
    }
  }
}
