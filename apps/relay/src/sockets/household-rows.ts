/** `ledger.get`: a household reads its own rows and nobody else's. An admin sees all of them, a viewer what it saw itself. */
import {
  cameraId,
  deviceId,
  SealcamError,
  streamId,
  type CameraId,
  type DeviceId,
  type HomeId,
  type LedgerRow,
} from '@sealcam/protocol';
import { member } from '@sealcam/home/verify';
import type { RelayParts } from '../relay-parts.ts';

export interface LedgerQuery {
  readonly cameraId: CameraId | undefined;
  readonly deviceId: DeviceId | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

/** Newest first. @throws {SealcamError} `device.role` for a viewer that asks about another device */
export async function householdRows(
  parts: Pick<RelayParts, 'homes' | 'store'>,
  home: HomeId,
  asker: DeviceId,
  query: LedgerQuery,
): Promise<LedgerRow[]> {
  const role = member(await parts.homes.head(home), asker)?.role;
  if (role !== 'admin' && role !== 'viewer') throw new SealcamError('device.role');
  if (role === 'viewer' && query.deviceId !== undefined && query.deviceId !== asker)
    throw new SealcamError('device.role');
  const rows = await parts.store.spans({ ...query, homeId: home, deviceId: role === 'admin' ? query.deviceId : asker });
  return rows.map((row) => ({
    deviceId: deviceId(row.deviceId),
    cameraId: cameraId(row.cameraId),
    streamId: streamId(row.streamId),
    route: row.route,
    fromMs: row.fromMs,
    toMs: row.toMs,
    closed: row.closed,
    delivered: row.delivered,
    shown: Math.min(row.shown, row.delivered),
    refused: row.refused,
  }));
}
