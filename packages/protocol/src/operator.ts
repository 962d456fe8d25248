/**
 * What the operator page asks a relay and what it is answered: types only. Homes, devices and cameras appear as their ids; no
 * field can hold a picture, a name or an address of one. Times are Unix ms.
 */

/** Each may what the one before it may: look; suspend; lift, set the policy, erase, invite, choose operators. */
export const OPERATOR_ROLES = ['look', 'suspend', 'lift'] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Whether a role is enough for what another role may. */
export function mayAs(role: OperatorRole, needed: OperatorRole): boolean {
  return OPERATOR_ROLES.indexOf(role) >= OPERATOR_ROLES.indexOf(needed);
}

/** An answer names the request it belongs to (the part of the address that is used once) and the operator it is for. */
export type OperatorAnswer =
  | { readonly re: string; readonly to: string; readonly data: unknown }
  | { readonly re: string; readonly to: string; readonly code: string; readonly words: string };

/** `to` of an answer to somebody who is not signed in. */
export const TO_STRANGER = 'stranger';

export interface OperatorMe {
  readonly operatorId: string;
  readonly name: string;
  readonly role: OperatorRole;
  readonly hasPassword: boolean;
  readonly passkeys: number;
  readonly sessionEndsMs: number;
}

export interface OperatorView {
  readonly operatorId: string;
  readonly name: string;
  readonly role: OperatorRole;
  readonly sinceMs: number;
  readonly hasPassword: boolean;
  readonly passkeys: number;
}

/** Something an operator did. */
export interface OperatorAct {
  readonly atMs: number;
  readonly by: string;
  readonly what: string;
  readonly about: string;
}

export interface OperatorHealth {
  readonly nowMs: number;
  readonly upMs: number;
  readonly homes: number;
  readonly agentsOnline: number;
  readonly viewers: number;
  readonly viewings: number;
  readonly cameras: number;
  readonly unitsIn: number;
  readonly unitsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly drops: readonly { readonly reason: string; readonly count: number }[];
  readonly ledgerRows: number;
  readonly activeSuspensions: number;
  readonly openIncidents: number;
  /** They are in none of the counts above but those of units and bytes. */
  readonly canaries: CanaryView;
}

export interface HomeQuota {
  /** Absent: the relay's own limit. */
  readonly cameras?: number;
  readonly viewers?: number;
  readonly bytesPerSecond?: number;
}

export interface OperatorHome {
  readonly homeId: string;
  readonly sinceMs: number;
  readonly online: boolean;
  readonly cameras: number;
  readonly members: number;
  readonly viewers: number;
  readonly quota: HomeQuota;
}

/** A home's id as an operator reads and types it. */
export function shortHome(homeId: string): string {
  return homeId.slice(0, 8);
}

export type SuspensionTargetView =
  | { readonly width: 'link'; readonly homeId: string; readonly deviceId: string; readonly cameraId: string }
  | { readonly width: 'display'; readonly homeId: string; readonly deviceId: string }
  | { readonly width: 'pair'; readonly cameraModel: string; readonly displayModel: string }
  | { readonly width: 'partner'; readonly partner: string }
  | { readonly width: 'everything' };

export interface SuspensionView {
  readonly id: string;
  readonly target: SuspensionTargetView;
  readonly cause: 'operator' | 'policy';
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
  readonly incidentId?: string;
  readonly lifted?: { readonly atMs: number; readonly by: string; readonly reason: string };
}

export type LedgerCheckView =
  | { readonly at: 'never' }
  | {
      readonly at: 'running';
      readonly startedMs: number;
      readonly rows: number;
      readonly of: number;
      readonly by: string;
    }
  | { readonly at: 'failed'; readonly startedMs: number; readonly by: string }
  | {
      readonly at: 'done';
      readonly startedMs: number;
      readonly endedMs: number;
      readonly by: string;
      readonly whole: boolean;
      /** What was found, in a sentence. */
      readonly words: string;
    };

/** Canary homes: what they are is in `Canaries` of the relay. */
export interface CanaryView {
  readonly on: boolean;
  readonly counts: {
    readonly homes: number;
    readonly viewers: number;
    readonly routes: readonly string[];
    readonly framesRight: number;
    readonly framesForeign: number;
    readonly framesRefused: number;
    readonly lastMs: number;
    /** Viewers without a picture for 10 s, and those of them that are suspended. */
    readonly silent: number;
    readonly suspended: number;
    /** Error code of why they do not run. */
    readonly problem?: string;
  };
}

interface TrackView {
  readonly homeId: string;
  readonly cameraId: string;
  readonly streamId: number;
}

export interface IncidentView {
  readonly id: string;
  readonly atMs: number;
  readonly lastMs: number;
  readonly grade: 'proven' | 'canary' | 'claimed' | 'replayed' | 'contested';
  readonly source: 'relay' | 'report' | 'canary';
  readonly route: string;
  readonly viewer: { readonly homeId: string; readonly deviceId: string };
  readonly asked: TrackView;
  readonly owner?: TrackView;
  readonly kid?: string;
  readonly ctr?: number;
  /** The signed word of the owner's agent: whether it sealed that frame. Absent while nobody has answered. */
  readonly sealed?: 'yes' | 'no' | 'unknown';
  readonly count: number;
  readonly actions: readonly { readonly atMs: number; readonly what: string; readonly suspensionId?: string }[];
  readonly notes: readonly { readonly atMs: number; readonly by: string; readonly text: string }[];
  readonly closed?: { readonly atMs: number; readonly by: string };
}

export interface PolicyRuleView {
  readonly when: {
    readonly grades: readonly string[];
    readonly homes?: number | undefined;
    readonly routes?: number | undefined;
    readonly withinS?: number | undefined;
  };
  readonly then: string;
}

export interface PolicyView {
  readonly version: number;
  readonly atMs: number;
  readonly by: string;
  readonly rules: readonly PolicyRuleView[];
}

export interface ExposureRowView {
  readonly owner: TrackView;
  readonly viewer: TrackView & { readonly deviceId: string };
  readonly route: string;
  readonly kid: string;
  readonly fromCtr: number;
  readonly toCtr: number;
  readonly delivered: number;
  readonly shown: number;
  readonly refused: number;
  readonly claimed: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface ExposureView {
  readonly homes: Readonly<
    Record<
      'withBoth' | 'delivered' | 'shown' | 'refused' | 'claimedOnly' | 'owners' | 'leftOpen' | 'couldHave',
      readonly string[]
    >
  >;
  readonly rows: readonly ExposureRowView[];
  readonly rowCount: number;
  readonly frames: { readonly delivered: number; readonly shown: number; readonly refused: number };
  readonly firstMs?: number | undefined;
  readonly lastMs?: number | undefined;
  readonly head: { readonly seq: number; readonly hash: string };
}

export type NoticeKindView = 'was' | 'could-have-been' | 'not-affected';

export interface NoticeTextView {
  readonly kind: NoticeKindView;
  readonly title: string;
  readonly happened: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly seen: string;
  readonly did: string;
  readonly todo: string;
}

export interface NoticeBatchView {
  readonly id: string;
  readonly atMs: number;
  readonly by: string;
  readonly counts: Readonly<Record<NoticeKindView, number>>;
  readonly read: number;
  readonly delivered?: { readonly atMs: number; readonly by: string } | undefined;
}

export interface NoticePreviewView {
  readonly batch: NoticeBatchView;
  readonly texts: readonly {
    readonly text: NoticeTextView;
    readonly homes: number;
    readonly some: readonly string[];
  }[];
}
