/**
 * The barcode burnt into every picture of a test camera, read back from decoded pixels: which camera, which frame, how old.
 *
 * Layout: two rows of 40 square cells in the top left corner, a cell being width / 40 pixels (so the rows span the picture's width).
 * White is 1, black is 0; read row by row, left to right, most significant bit first, the 80 bits are ten bytes:
 *
 *   magic 0xb2 ‖ camera id u8 ‖ frame counter u24 ‖ clock u32 (Unix ms, low 32 bits) ‖ CRC-8 (polynomial 0x07) of the nine before
 *
 * gst-camera.py paints it. Cells of 8 pixels (at 320 wide) survive a hard-pressed encoder; sampling is at their centers.
 */
export const BARCODE = { columns: 40, rows: 2, magic: 0xb2, bytes: 10 } as const;

export interface Barcode {
  /** 0..255. */
  readonly cameraId: number;
  /** 0..2^24 - 1, one more with every frame. */
  readonly counter: number;
  /** Unix ms when the picture was painted, low 32 bits: use `barcodeAgeMs`. */
  readonly clock: number;
}

/** @returns ms from painting to `nowMs` (Unix); wraps after 49 days */
export function barcodeAgeMs(barcode: Barcode, nowMs: number): number {
  const age = (Math.floor(nowMs) % 2 ** 32) - barcode.clock;
  return age < -(2 ** 31) ? age + 2 ** 32 : age;
}

/**
 * @param rgba the whole picture, 4 bytes a pixel, as of `getImageData` or ffmpeg's `rgba`
 * @returns undefined where there is no barcode or a bit of it is damaged
 */
export function readBarcode(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): Barcode | undefined {
  const cell = width / BARCODE.columns;
  if (rgba.length < 4 * width * height || height < BARCODE.rows * cell || cell < 2) return undefined;
  const bytes = new Uint8Array(BARCODE.bytes);
  for (let bit = 0; bit < BARCODE.columns * BARCODE.rows; bit += 1) {
    const x = Math.floor(((bit % BARCODE.columns) + 0.5) * cell);
    const y = Math.floor((Math.floor(bit / BARCODE.columns) + 0.5) * cell);
    const at = 4 * (y * width + x);
    const sum = (rgba[at] ?? 0) + (rgba[at + 1] ?? 0) + (rgba[at + 2] ?? 0);
    // Green alone carries most of the luma, but tinted chroma shifts all three: their mean is what was painted.
    if (sum > 3 * 127) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  }
  return decodeBarcode(bytes);
}

export function encodeBarcode({ cameraId, counter, clock }: Barcode): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BARCODE.bytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, BARCODE.magic);
  view.setUint8(1, cameraId);
  view.setUint8(2, counter >> 16);
  view.setUint16(3, counter & 0xffff);
  view.setUint32(5, clock);
  view.setUint8(9, crc8(bytes.subarray(0, 9)));
  return bytes;
}

export function decodeBarcode(bytes: Uint8Array): Barcode | undefined {
  if (bytes.length !== BARCODE.bytes || bytes[0] !== BARCODE.magic || bytes[9] !== crc8(bytes.subarray(0, 9)))
    return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    cameraId: view.getUint8(1),
    counter: (view.getUint8(2) << 16) | view.getUint16(3),
    clock: view.getUint32(5),
  };
}

function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i += 1) crc = ((crc & 0x80) !== 0 ? (crc << 1) ^ 0x07 : crc << 1) & 0xff;
  }
  return crc;
}
