/** By what messages, packets and text are told among any bytes: the signs that `rtsp-reader.ts` goes by. */

/** `more`: so far it is, but too little has come. */
export type Verdict = 'yes' | 'no' | 'more';

/** Begins a frame: `$`, channel, length (RFC 2326, section 10.12). */
export const DOLLAR = 0x24;
export const FRAME_HEADER_BYTES = 4;
export const CR = 0x0d;
export const LF = 0x0a;

/** Where a message begins. Requests of a camera are few: its own keep-alive, and what it wants to tell. */
const BEGINNINGS = [
  'RTSP/1.',
  'RTSP/2.',
  'OPTIONS ',
  'GET_PARAMETER ',
  'SET_PARAMETER ',
  'ANNOUNCE ',
  'REDIRECT ',
  'TEARDOWN ',
].map((word) => new TextEncoder().encode(word));

/** Whether a message begins here, as far as can be seen. */
export function beginsMessage(chunk: Uint8Array, at: number): Verdict {
  let verdict: Verdict = 'no';
  for (const word of BEGINNINGS) {
    let same = 0;
    while (same < word.length && chunk[at + same] === word[same]) same += 1;
    if (same === word.length) return 'yes';
    if (at + same === chunk.length) verdict = 'more';
  }
  return verdict;
}

/** The first byte of RTP and RTCP: version 2. */
export function isRtp(byte: number): boolean {
  return byte >> 6 === 2;
}

export function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === CR || byte === LF || byte === 0x09;
}

export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}
