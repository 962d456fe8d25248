/**
 * The store of record as the relay asks it: one interface, so that SQLite in one process and PostgreSQL under many relays are
 * the same to everyone else. Every method is one short transaction; none waits for the network inside.
 * Faults of the disk are `SealcamError`: `store.full`, `store.read-only`, `store.corrupt`, `store.in-use`.
 */
import type { AnnouncedKey } from '@sealcam/home/verify';
import type { CameraId, DeviceId, Epoch, HomeId, StreamId } from '@sealcam/protocol';
import type { Suspended } from '../suspensions/suspension.ts';
import type { HomeStore } from './home-store.ts';
import type { OperatorStore } from './operator-store.ts';
import type { IncidentStore } from './incident-store.ts';
import type { ContestedKey, KeyStore } from './key-store.ts';
import type { LedgerTable } from './schema.ts';
import type { NoticeStore } from './notice-store.ts';
import type { SuspensionStore } from './suspension-store.ts';
import type { TryStore } from './try-store.ts';

export type MemberRole = 'recovery' | 'admin' | 'viewer' | 'agent';

export interface StoredHome {
  readonly homeId: HomeId;
  readonly agentId: DeviceId;
  readonly version: number;
  readonly headHash: string;
  /** Undefined while the home is alive here. */
  readonly endedMs: number | undefined;
}

/** One member of the newest roster, as the gate wants it. */
export interface ProjectedMember {
  readonly deviceId: DeviceId;
  readonly sigPub: Uint8Array;
  readonly role: MemberRole;
  /** 'all' or the cameras it may see. */
  readonly cameras: 'all' | readonly CameraId[];
  /** Unix ms, 0 for ever. */
  readonly notAfter: number;
}

export interface StoredRoster {
  readonly homeId: HomeId;
  readonly version: number;
  readonly hash: string;
  readonly roster: Uint8Array;
  readonly agentId: DeviceId;
  readonly members: readonly ProjectedMember[];
}

export interface StoredCamera {
  readonly cameraId: CameraId;
  readonly streams: readonly StreamId[];
  readonly private: boolean;
  /** As `normalModel` has it; '' where nobody declared one. */
  readonly model: string;
}

/** What the agent announced of one display of the home. */
export interface StoredDisplay {
  readonly deviceId: DeviceId;
  readonly model: string;
  /** 'sealed', or the name of the partner whose display it is. */
  readonly route: string;
}

export interface Announced {
  /** Replaces what was announced before; absent: stays as it is. */
  readonly cameras?: readonly StoredCamera[];
  /** Of the members that are named; the others keep what they had. */
  readonly displays?: readonly StoredDisplay[];
}

export interface StoredBulletin {
  readonly homeId: HomeId;
  readonly epoch: Epoch;
  /** manifest ‖ signature */
  readonly manifest: Uint8Array;
  readonly wraps: ReadonlyMap<DeviceId, Uint8Array>;
  readonly storedMs: number;
}

/** stored: with the key ids that another home had first. behind: one of that epoch or a higher one is there. reused: the home had a key id before. */
export type BulletinPut =
  { readonly at: 'stored'; readonly contested: readonly ContestedKey[] } | { readonly at: 'behind' | 'reused' };

/** What a former or present member is known by: for `auth`, and for the honest answer to a removed one. */
export interface KnownDevice {
  readonly deviceId: DeviceId;
  readonly sigPub: Uint8Array;
  readonly role: MemberRole;
  readonly notAfter: number;
  readonly removed: boolean;
}

export interface GateQuestion {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
}

/** All that one answer of the gate rests on, read in one statement. Undefined members: there is no such row. */
export interface GateFacts {
  readonly ended: boolean;
  readonly member:
    | {
        readonly role: MemberRole;
        readonly notAfter: number;
        readonly removed: boolean;
        readonly granted: boolean;
        readonly model: string;
        readonly route: string;
        /** False until the agent has said model and route: any partner's display may be behind it, and any model. */
        readonly declared: boolean;
      }
    | undefined;
  readonly camera: { readonly streams: number; readonly private: boolean; readonly model: string } | undefined;
  /** Active suspensions that name this viewing, at most one a width; whom they spare is the gate's to say. */
  readonly suspended: readonly Suspended[];
}

export interface SpanQuery {
  readonly homeId: HomeId;
  readonly cameraId: CameraId | undefined;
  readonly deviceId: DeviceId | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

/** The rows of one span, joined. */
export interface StoredSpan {
  readonly deviceId: string;
  readonly cameraId: string;
  readonly streamId: number;
  readonly route: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly closed: boolean;
  readonly delivered: number;
  readonly shown: number;
  readonly refused: number;
}

export interface Store {
  readonly suspensions: SuspensionStore;
  readonly incidents: IncidentStore;
  readonly operators: OperatorStore;
  readonly tries: TryStore;
  readonly homes: HomeStore;
  readonly notices: NoticeStore;
  readonly keys: KeyStore;
  home(home: HomeId): Promise<StoredHome | undefined>;
  /** The home, its genesis and the use of the invitation in one transaction. @param isCanary a test home of the operator's own */
  addHome(
    genesis: StoredRoster,
    invitationHash: string | undefined,
    nowMs: number,
    isCanary?: boolean,
  ): Promise<'added' | 'known' | 'invitation'>;
  /** @returns 'behind' when the head is no longer the one before it; nothing is stored then */
  putRoster(roster: StoredRoster, nowMs: number): Promise<'stored' | 'behind'>;
  /** Whether `addHome` would take it now; it is not used up. */
  hasInvitation(invitationHash: string, nowMs: number): Promise<boolean>;
  /** Versions from `from` on, ascending. */
  rosters(home: HomeId, from: number): Promise<Uint8Array[]>;
  device(home: HomeId, device: DeviceId): Promise<KnownDevice | undefined>;
  /** The home whose newest roster has this device as its recovery sheet; undefined when there is none, or it is over. */
  homeOfSheet(sheet: DeviceId): Promise<HomeId | undefined>;
  /** @returns false when a key of that sequence or a higher one is there already */
  putHpkeKey(home: HomeId, device: DeviceId, keySeq: number, message: Uint8Array): Promise<boolean>;
  /** The newest key message of every present member. */
  hpkeKeys(home: HomeId): Promise<Uint8Array[]>;
  /** With the key ids that it announces, in one transaction. */
  putBulletin(bulletin: StoredBulletin, keys: readonly AnnouncedKey[]): Promise<BulletinPut>;
  bulletin(home: HomeId): Promise<StoredBulletin | undefined>;
  /** What the agent announces, in one transaction with the history of links. */
  putAnnounced(home: HomeId, announced: Announced, nowMs: number): Promise<void>;
  cameras(home: HomeId): Promise<StoredCamera[]>;
  displays(home: HomeId): Promise<StoredDisplay[]>;
  gate(question: GateQuestion): Promise<GateFacts | undefined>;
  addInvitation(codeHash: string, expiresMs: number): Promise<void>;
  /** Forgets all of a home but that it ended; the ledger stays. @returns false when it is unknown or over already */
  endHome(home: HomeId, nowMs: number): Promise<boolean>;
  /** Homes of an older version, which has no history of links, get theirs from now on. */
  beginHistory(nowMs: number): Promise<void>;
  ledgerHead(): Promise<{ readonly seq: number; readonly hash: string }>;
  /** Durable when it resolves: all rows or none. @throws {SealcamError} `command.replayed` for a proof that a span has already */
  appendLedger(rows: readonly LedgerTable[]): Promise<void>;
  /** Ascending, `seq` from `from` on. */
  ledgerRows(from: number, limit: number): Promise<LedgerTable[]>;
  /** Newest first. */
  spans(query: SpanQuery): Promise<StoredSpan[]>;
  /** The marks of one device's viewings of one stream that touch a key id (the relay's own send record), and what was said to be shown of them. */
  marks(question: GateQuestion, kid: string): Promise<LedgerTable[]>;
  close(): Promise<void>;
}
