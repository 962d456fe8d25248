/** All figures, in the order of the path. */
import type { Bench } from './figure.ts';
import { sealing } from './figures/sealing.ts';

export const benches: readonly Bench[] = [sealing];
