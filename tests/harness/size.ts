/** How often: small in CI, the numbers of SEALING.md's threat table with SEALCAM_TEST_SIZE=full. */
export const FULL = process.env['SEALCAM_TEST_SIZE'] === 'full';

export function times(small: number, full: number): number {
  return FULL ? full : small;
}
