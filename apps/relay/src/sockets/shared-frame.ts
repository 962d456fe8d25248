/**
 * A sealed unit as a WebSocket frame, made once for all who get it (RFC 6455, section 5.2). A library that frames for each
 * viewer hands the system two buffers a viewer where one does; with hundreds of viewers that is most of what fan-out costs.
 */
const FIN_BINARY = 0x82;

let last: { readonly message: Uint8Array; readonly frame: Buffer } | undefined;

/** @returns header and message in one buffer that is never written to again; a `Buffer`, or Node wraps it anew for each viewer */
export function sharedFrame(message: Uint8Array): Buffer {
  // A fan-out gives one unit to one viewer after the other, so remembering the last one is enough.
  if (last?.message !== message) last = { message, frame: Buffer.from(frameOf(message).buffer) };
  return last.frame;
}

/** Unmasked, as a server sends; whole; the shortest length there is. */
export function frameOf(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = message;
  const lengthBytes = length < 126 ? 0 : length <= 0xffff ? 2 : 8;
  const frame = new Uint8Array(2 + lengthBytes + length);
  const view = new DataView(frame.buffer);
  frame[0] = FIN_BINARY;
  frame[1] = lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127;
  if (lengthBytes === 2) view.setUint16(2, length);
  if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
  frame.set(message, 2 + lengthBytes);
  return frame;
}
