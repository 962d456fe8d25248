/** All figures, in the order of the path. */
import type { Bench } from './figure.ts';
import { addedDelay } from './figures/added-delay.ts';
import { cameras } from './figures/cameras.ts';
import { exposure } from './figures/exposure.ts';
import { fanOut } from './figures/fan-out.ts';
import { firstPicture } from './figures/first-picture.ts';
import { recovery } from './figures/recovery.ts';
import { sealing } from './figures/sealing.ts';

export const benches: readonly Bench[] = [firstPicture, addedDelay, cameras, sealing, fanOut, exposure, recovery];
