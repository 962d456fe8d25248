/** A bad network on loopback, for tests, drills and hands: see docs/guide/bad-networks.md. */
export { impairTcp } from './tcp.ts';
export { impairUdp } from './udp.ts';
export type { Impaired, ImpairedOptions } from './options.ts';
export type { Counters, LaneCounters } from './counters.ts';
export { changed, CLEAN, UNIMPAIRED, type Change, type Impairment, type Rule } from './rule.ts';
export { BurstLoss, DatagramShaper, SEGMENT_BYTES, StreamShaper, type Fate } from './shaper.ts';
