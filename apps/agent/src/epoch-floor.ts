/** The way back of an agent that is below what its devices have seen: up to what an admin's device says, and never down. */
import { FLOOR_AHEAD_MS, verifyFloor, type Head } from '@sealcam/home';
import { SealcamError } from '@sealcam/protocol';
import type { Logger } from 'pino';
import type { HomeStore } from './home-store.ts';

export interface FloorParts {
  readonly store: Pick<HomeStore, 'record' | 'raiseEpoch'>;
  readonly head: Head;
  /** Unix ms. */
  readonly clock: () => number;
  readonly logger: Logger;
}

/**
 * @param floor signed by an admin of the head
 * @returns whether the stored epoch rose; then new keys are due
 * @throws {SealcamError} `device.role`, `device.unknown`, `auth.refused`, `codec.malformed`, `command.invalid` when it is out of reach
 */
export async function raiseToFloor({ store, head, clock, logger }: FloorParts, floor: Uint8Array): Promise<boolean> {
  const { epoch, deviceId } = await verifyFloor(head, floor);
  if (epoch > clock() + FLOOR_AHEAD_MS) throw new SealcamError('command.invalid', 'a floor out of reach');
  const from = store.record.epoch;
  if (epoch <= from) return false;
  store.raiseEpoch(epoch);
  logger.warn({ device: deviceId, from, to: epoch }, 'an admin lets this restored agent go on');
  return true;
}
