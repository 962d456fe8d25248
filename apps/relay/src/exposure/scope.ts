/** From a question to what is looked up: checked, and with an incident turned into the pair or route that it happened on. */
import { CodecError, keyId, model, route, SealcamError } from '@sealcam/protocol';
import type { Database } from 'better-sqlite3';
import { MOST_FRAME_RANGES, type ExposureQuestion, type FrameRange } from './exposure.ts';

export type Scope =
  | { readonly pair: { readonly cameraModel: string; readonly displayModel: string } }
  | { readonly route: string }
  | { readonly pair: { readonly cameraModel: string; readonly displayModel: string }; readonly route: string }
  | { readonly frames: readonly FrameRange[] };

/** @throws {SealcamError} `command.invalid`, with words for the person who asked */
export function checkQuestion(question: ExposureQuestion): ExposureQuestion {
  const { fromMs, toMs, of } = question;
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(toMs) || fromMs < 0 || toMs < fromMs)
    throw invalid('the window must begin before it ends');
  try {
    if ('pair' in of) {
      model(of.pair.cameraModel);
      model(of.pair.displayModel);
      if (of.pair.cameraModel === '' || of.pair.displayModel === '') throw invalid('a pair has two models');
    } else if ('route' in of) route(of.route);
    else if ('frames' in of) checkFrames(of.frames);
    else if (!/^[0-9a-f]{32}$/.test(of.incidentId)) throw invalid('an incident has 32 hex digits');
  } catch (error) {
    if (error instanceof CodecError) throw invalid(error.message);
    throw error;
  }
  return question;
}

function checkFrames(frames: readonly FrameRange[]): void {
  if (frames.length === 0 || frames.length > MOST_FRAME_RANGES)
    throw invalid(`between 1 and ${MOST_FRAME_RANGES} ranges of frames`);
  for (const { kid, fromCtr, toCtr } of frames) {
    keyId(kid);
    if (!Number.isSafeInteger(fromCtr) || !Number.isSafeInteger(toCtr) || fromCtr < 0 || toCtr < fromCtr)
      throw invalid('a range of frames runs upwards');
  }
}

/** @throws {SealcamError} `command.invalid` when there is no such incident */
export function scopeOf(db: Database, question: ExposureQuestion): Scope {
  const { of } = question;
  return 'incidentId' in of ? incidentScope(db, of.incidentId) : of;
}

/** As much of an incident as is needed to draw its circle. */
interface Told {
  readonly atMs: number;
  readonly route: string;
  readonly viewer?: { readonly homeId: string; readonly deviceId: string };
  readonly asked: { readonly homeId: string; readonly cameraId: string };
}

/** The models of the link on which it happened, as they were declared then; where either is not, its whole route. */
function incidentScope(db: Database, id: string): Scope {
  const row = db.prepare('select story from incidents where id = ?').get(id) as { story: string } | undefined;
  if (row === undefined) throw invalid('there is no such incident');
  const { atMs, route: by, viewer, asked } = JSON.parse(row.story) as Told;
  if (viewer === undefined) return { route: by };
  const link = db
    .prepare(
      `select b.camera_model, b.display_model from link_events b
         left join link_events e on e.link_id = b.link_id and e.kind = 'ended'
        where b.kind = 'began' and b.home_id = ? and b.device_id = ? and b.camera_id = ?
          and b.at_ms <= ? and coalesce(e.at_ms, ?) >= ?
        order by b.at_ms desc limit 1`,
    )
    .get(asked.homeId, viewer.deviceId, asked.cameraId, atMs, atMs, atMs) as
    { camera_model: string; display_model: string } | undefined;
  if (link === undefined || link.camera_model === '' || link.display_model === '') return { route: by };
  return { pair: { cameraModel: link.camera_model, displayModel: link.display_model }, route: by };
}

function invalid(words: string): SealcamError {
  return new SealcamError('command.invalid', words);
}
