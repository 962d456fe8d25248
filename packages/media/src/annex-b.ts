/** Annex B: NAL units behind start codes. */

/** NAL units (views, without start codes or trailing zeros). Empty ones are left out; bytes before the first start code too. */
export declare function splitAnnexB(bytes: Uint8Array): Uint8Array[];

/** NAL units behind 4-byte start codes, in one fresh array. */
export declare function joinAnnexB(nals: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
