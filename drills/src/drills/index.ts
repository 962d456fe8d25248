/** All drills, in the order in which they run. */
import type { Drill } from '../frame/drill.ts';
import { staleStill } from './stale-still.ts';

export const DRILLS: readonly Drill[] = [staleStill];
