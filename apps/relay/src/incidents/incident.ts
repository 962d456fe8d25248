/** What an incident is: a frame of one camera that was on its way to somebody else, as every part of the relay speaks of it. */
import type { WasSealed } from '@sealcam/home/verify';
import type { CameraId, DeviceId, HomeId, StreamId, Track } from '@sealcam/protocol';
import type { Declared } from '../suspensions/suspension.ts';

/**
 * How good the evidence is (docs/incidents-and-evidence.md). proven: this relay's own records say that it entered from one track and
 * went to another. canary: a sentinel of the operator saw it. claimed: one display's signed word about a frame of another track that
 * this relay did not send it. replayed: one display's signed word about an old frame of its own. contested: a home announced a key id
 * that another had announced before; `viewer` is its agent, and nobody's picture went anywhere. unfounded: counted, no incident.
 */
export type Grade = 'proven' | 'canary' | 'claimed' | 'replayed' | 'contested' | 'unfounded';

/** The grades that are written down. */
export const GRADES = ['proven', 'canary', 'claimed', 'replayed', 'contested'] as const satisfies readonly Grade[];
export type IncidentGrade = (typeof GRADES)[number];

/** Who noticed: the relay's own guard, a display's signed report or receipt, a canary home. */
export type IncidentSource = 'relay' | 'report' | 'canary';

/** The device that was about to see it. */
export interface IncidentViewer {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
}

/** What followed, oldest first. A suspension, or only that somebody was told. */
export interface IncidentAction {
  readonly atMs: number;
  /** 'link' … 'everything' (suspended at that width), 'tell', or 'failed link' … (it could not be written; tried again). */
  readonly what: string;
  readonly suspensionId?: string;
}

/** What a person wrote beside it. */
export interface IncidentNote {
  readonly atMs: number;
  readonly by: string;
  readonly text: string;
}

/** Equal ones (grade, route, viewer, asked track, owner) within `MERGE_MS` of the last are one with a count. */
export interface Incident {
  /** 32 hex digits. */
  readonly id: string;
  /** First noticed, Unix ms by the relay's clock. */
  readonly atMs: number;
  readonly lastMs: number;
  readonly grade: IncidentGrade;
  readonly source: IncidentSource;
  /** 'sealed' for a home's own devices, else the partner's name. */
  readonly route: string;
  /** As the home declared them; '' where it did not. */
  readonly models: { readonly camera: string; readonly display: string };
  readonly viewer: IncidentViewer;
  /** The track that was asked for, on whose subscription the frame came. */
  readonly asked: Track;
  /** The track whose home announced the frame's key id first. Absent when it is not known. */
  readonly owner?: Track;
  /** Key id (16 hex digits) and counter of the first frame. */
  readonly kid?: string;
  readonly ctr?: number;
  /** The word of the owner's agent, when it was asked: whether it sealed that counter under that key id. Absent where nobody was asked. */
  readonly sealed?: WasSealed;
  /** Frames in all; of a contested one, key ids. */
  readonly count: number;
  readonly actions: readonly IncidentAction[];
  readonly notes: readonly IncidentNote[];
  /** A person looked and closed it: an equal one after that is a new incident. */
  readonly closed?: { readonly atMs: number; readonly by: string };
}

/** Frames that a device refused, as it signed it: a report is one frame, a receipt's range may be more. */
export interface RefusedFrames {
  readonly viewer: IncidentViewer;
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  readonly reason: 'malformed' | 'foreign' | 'unknown' | 'broken' | 'replayed';
  /** 16 hex digits, zeros where no header could be read. */
  readonly kid: string;
  readonly fromCtr: number;
  readonly toCtr: number;
  readonly count: number;
  /** Whether the relay's own record says that these counters of this key id went to this device on this track. */
  readonly sent: boolean;
  /** Whether the device has, or in the last minute had, a viewing of this track. */
  readonly watching: boolean;
  /** From a receipt: up to 10 s old. It counts, but what a person closed or lifted meanwhile is not begun again by it. */
  readonly isLate: boolean;
  /** Relay's monotonic ms at which the bytes came; `sealcam_incident_seconds` counts from here. */
  readonly cameMs: number;
}

/** What was declared of a viewing: its route and the models at its ends. */
export type DeclaredOf = Pick<Declared, 'cameraModel' | 'displayModel' | 'route'>;

/** What a canary home saw: a foreign watermark in an opened unit, or a frame it had to refuse. */
export interface CanarySighting {
  readonly viewer: IncidentViewer;
  readonly asked: Track;
  readonly kid?: string;
  readonly ctr?: number;
  /** Read from the watermark where there is one. */
  readonly owner?: Pick<Track, 'homeId' | 'cameraId'>;
  /** Frames; 0 where the viewer's own signed word will count them. Default 1. */
  readonly count?: number;
}

/** Frames that this relay was about to hand to the viewings of `asked` though their key id was announced for `owner`, by one home alone. */
export interface Crossing {
  readonly asked: Track;
  readonly owner: Track;
  readonly kid: string;
  readonly ctr: number;
  readonly viewers: readonly { readonly viewer: IncidentViewer; readonly declared: DeclaredOf }[];
}

/** A home announced key ids that another home had announced, or used, before. */
export interface Contest {
  /** The agent that signed the second announcement. */
  readonly agent: IncidentViewer;
  /** One of them: for which track, whose it was first, and which. */
  readonly second: Track;
  readonly first: Track;
  readonly kid: string;
  /** How many in this bulletin. */
  readonly count: number;
}
