/** The gate's one statement: all that an answer rests on, read at one moment. */
import { sql, type Kysely } from 'kysely';
import type { Suspended, SuspensionWidth } from '../suspensions/suspension.ts';
import type { Tables } from './schema.ts';
import type { GateFacts, GateQuestion, MemberRole } from './store.ts';

interface Row {
  readonly ended_ms: number | null;
  readonly role: MemberRole | null;
  readonly not_after: number;
  readonly removed_version: number | null;
  readonly model: string;
  readonly route: string;
  readonly declared: number;
  readonly granted: number;
  readonly streams: number | null;
  readonly private: number;
  readonly camera_model: string;
  readonly width: SuspensionWidth | null;
  readonly suspended_ms: number;
}

/**
 * What no agent has declared yet is stopped by whatever could name it: a partner, a pair of models.
 *
 * A probe each for home, member, grant and camera, and one of the index of active suspensions for each width that could name this
 * viewing: the texts of `targetKey`. One row a suspension, one row where there is none, no row for an unknown home.
 */
export async function gateFacts(db: Kysely<Tables>, question: GateQuestion): Promise<GateFacts | undefined> {
  const { homeId, deviceId, cameraId } = question;
  const { rows } = await sql<Row>`
    select h.ended_ms, m.role, m.not_after, m.removed_version, m.model, m.route, m.declared, c.streams, c.private,
           c.model as camera_model, s.width, s.at_ms as suspended_ms,
           case when m.all_cameras = 1 or g.camera_id is not null then 1 else 0 end as granted
      from homes h
      left join members m on m.home_id = h.home_id and m.device_id = ${deviceId}
      left join grants g on g.home_id = h.home_id and g.device_id = m.device_id and g.camera_id = ${cameraId}
      left join cameras c on c.home_id = h.home_id and c.camera_id = ${cameraId}
      left join suspensions s on s.lifted_ms is null and (s.target_key in (
             'everything', ${'partner/'} || m.route, ${'pair/'} || c.model || ${'\n'} || m.model,
             ${`display/${homeId}/${deviceId}`}, ${`link/${homeId}/${deviceId}/${cameraId}`})
             or (m.declared = 0 and s.width in ('partner', 'pair')))
     where h.home_id = ${homeId}`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  return { ended: row.ended_ms !== null, member: memberOf(row), camera: cameraOf(row), suspended: suspendedOf(rows) };
}

function memberOf({ role, not_after: notAfter, removed_version: removed, granted, model, route, declared }: Row) {
  if (role === null) return undefined;
  return { role, notAfter, removed: removed !== null, granted: granted === 1, model, route, declared: declared === 1 };
}

function cameraOf({ streams, private: isPrivate, camera_model: model }: Row) {
  return streams === null ? undefined : { streams, private: isPrivate !== 0, model };
}

function suspendedOf(rows: readonly Row[]): Suspended[] {
  return rows.flatMap(({ width, suspended_ms: sinceMs }) => (width === null ? [] : [{ width, sinceMs }]));
}
