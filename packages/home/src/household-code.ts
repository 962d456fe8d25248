/** Thirty digits that are equal on two screens exactly when both hold the same list of members. */

/** @param rosterHash 32 bytes. @returns 6 groups of 5 digits */
export declare function householdCode(rosterHash: Uint8Array): Promise<readonly string[]>;
