/** What a home's agent announced: its cameras, and what its displays declared. Written by the announcement alone. */
import type { Kysely, Transaction } from 'kysely';
import { cameraId, deviceId, streamId, type HomeId } from '@sealcam/protocol';
import { recordLinks } from './exposure-store.ts';
import type { Tables } from './schema.ts';
import type { Announced, StoredCamera, StoredDisplay } from './store.ts';

/** All of an announcement at once: between cameras and displays nobody may see, or be said to have had, a pair that never was. */
export async function putAnnounced(
  tx: Transaction<Tables>,
  home: HomeId,
  { cameras, displays = [] }: Announced,
  nowMs: number,
): Promise<void> {
  if (cameras !== undefined) await putCameras(tx, home, cameras);
  await putDisplays(tx, home, displays);
  await recordLinks(tx, home, nowMs);
}

async function putCameras(tx: Transaction<Tables>, home: HomeId, cameras: readonly StoredCamera[]): Promise<void> {
  await tx.deleteFrom('cameras').where('home_id', '=', home).execute();
  const rows = cameras.map((camera) => ({
    home_id: home,
    camera_id: camera.cameraId,
    streams: camera.streams.reduce<number>((bits, stream) => bits | (1 << stream), 0),
    private: camera.private ? 1 : 0,
    model: camera.model,
  }));
  if (rows.length > 0) await tx.insertInto('cameras').values(rows).execute();
}

export async function camerasOf(db: Kysely<Tables>, home: HomeId): Promise<StoredCamera[]> {
  const rows = await db.selectFrom('cameras').selectAll().where('home_id', '=', home).execute();
  return rows.map((row) => ({
    cameraId: cameraId(row.camera_id),
    streams: [0, 1, 2, 3, 4].filter((stream) => (row.streams & (1 << stream)) !== 0).map((stream) => streamId(stream)),
    private: row.private !== 0,
    model: row.model,
  }));
}

/** Beside the projection of the roster: of a member only model and route are the agent's word. */
async function putDisplays(tx: Transaction<Tables>, home: HomeId, displays: readonly StoredDisplay[]): Promise<void> {
  for (const { deviceId: device, model, route } of displays) {
    await tx
      .updateTable('members')
      .set({ model, route, declared: 1 })
      .where('home_id', '=', home)
      .where('device_id', '=', device)
      .execute();
  }
}

export async function displaysOf(db: Kysely<Tables>, home: HomeId): Promise<StoredDisplay[]> {
  const rows = await db
    .selectFrom('members')
    .select(['device_id', 'model', 'route'])
    .where('home_id', '=', home)
    .where('removed_version', 'is', null)
    .where('role', 'in', ['admin', 'viewer'])
    .orderBy('device_id')
    .execute();
  return rows.map(({ device_id, model, route }) => ({ deviceId: deviceId(device_id), model, route }));
}
