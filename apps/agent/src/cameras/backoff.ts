/**
 * How long to wait before the next attempt: exponential with full jitter, so that a street of agents does not knock at once
 * after a power cut, and slower where only a person can repair the cause.
 */
import type { ErrorCode } from '@sealcam/protocol';

interface Pace {
  readonly floorMs: number;
  readonly firstMs: number;
  readonly capMs: number;
}

/** A camera that rebooted answers again within seconds. */
const QUICK: Pace = { floorMs: 250, firstMs: 500, capMs: 30_000 };
/** Wrong path, codec, certificate or service: also seen for a moment while a camera boots. */
const SLOW: Pace = { floorMs: 1_000, firstMs: 8_000, capMs: 120_000 };
/** Cameras lock an account after some five wrong passwords, mostly for half an hour. */
const CAREFUL: Pace = { floorMs: 60_000, firstMs: 240_000, capMs: 900_000 };

const PACES: Partial<Record<ErrorCode, Pace>> = {
  'rtsp.password': CAREFUL,
  'rtsp.address': SLOW,
  'rtsp.codec': SLOW,
  'rtsp.not-found': SLOW,
  'rtsp.not-rtsp': SLOW,
  'rtsp.tls': SLOW,
  'rtsp.transport': SLOW,
};

/**
 * @param failures in a row, from 1
 * @param random 0 ≤ random < 1
 * @returns ms; never below a floor, so that no camera is hammered whatever the dice say
 */
export function backoffMs(code: ErrorCode, failures: number, random: number): number {
  const pace = PACES[code] ?? QUICK;
  const window = Math.min(pace.capMs, pace.firstMs * 2 ** Math.min(failures - 1, 16));
  return Math.max(pace.floorMs, Math.floor(random * window));
}
