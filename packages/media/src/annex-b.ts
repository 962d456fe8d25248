/** Annex B: NAL units behind start codes. */
const START_CODE_BYTES = 4;

/** NAL units (views, without start codes or trailing zeros). Empty ones are left out; bytes before the first start code too. */
export function splitAnnexB(bytes: Uint8Array): Uint8Array[] {
  const nals: Uint8Array[] = [];
  let at = findStartCode(bytes, 0);
  while (at < bytes.length) {
    const from = at + 3;
    at = findStartCode(bytes, from);
    const nal = trimZeros(bytes.subarray(from, at));
    if (nal.length > 0) nals.push(nal);
  }
  return nals;
}

/** NAL units behind 4-byte start codes, in one fresh array. */
export function joinAnnexB(nals: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(annexBLength(nals));
  let at = 0;
  for (const nal of nals) {
    out[at + 3] = 1;
    out.set(nal, at + START_CODE_BYTES);
    at += START_CODE_BYTES + nal.length;
  }
  return out;
}

export function annexBLength(nals: readonly Uint8Array[]): number {
  return nals.reduce((sum, nal) => sum + START_CODE_BYTES + nal.length, 0);
}

/**
 * Some cameras put several NAL units with start codes between them into one RTP NAL unit. A decoder would take them apart
 * anyway (emulation prevention forbids 00 00 01 inside), so what we judge must be taken apart first.
 */
export function takeApart(nal: Uint8Array): Uint8Array[] {
  const at = findStartCode(nal, 0);
  if (at === nal.length) return [nal];
  const first = trimZeros(nal.subarray(0, at));
  return [...(first.length > 0 ? [first] : []), ...splitAnnexB(nal.subarray(at))];
}

/** Where the next 00 00 01 begins, or the length. Looks at every third byte only: a byte above 1 ends three candidates. */
function findStartCode(bytes: Uint8Array, from: number): number {
  let at = from + 2;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte > 1) at += 3;
    else if (byte === 0) at += 1;
    else if (bytes[at - 1] === 0 && bytes[at - 2] === 0) return at - 2;
    else at += 3;
  }
  return bytes.length;
}

function trimZeros(nal: Uint8Array): Uint8Array {
  let end = nal.length;
  while (end > 0 && nal[end - 1] === 0) end -= 1;
  return nal.subarray(0, end);
}
