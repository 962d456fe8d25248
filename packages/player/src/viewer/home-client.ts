/** The one object pages use: a paired device's view of its home. (Signatures first; the bodies follow.) */
import type { CameraId, ErrorCode, LedgerRow, StreamId, Epoch, DeviceId } from '@sealcam/protocol';
import type { PictureState } from './picture-state.ts';
import type { ViewerPorts } from './ports.ts';
import type { PaintedUnit, Sink, ViewerUnit } from './sink.ts';
import type { Readable } from './store.ts';

export type ConnectionState =
  | { readonly state: 'connecting'; readonly sinceMs: number }
  | { readonly state: 'online'; readonly sinceMs: number }
  /** `code`: why, where known (`auth.refused`, `device.removed`, `home.erased`, …); `final`: it will not try again. */
  | { readonly state: 'offline'; readonly sinceMs: number; readonly code: ErrorCode | undefined; readonly final: boolean };

/** `forked`, `rollback`: nothing is shown until an admin has looked. `recovery`: the recovery sheet was used in the last 7 days. */
export interface Alarm {
  readonly kind: 'forked' | 'rollback' | 'recovery';
  readonly sinceMs: number;
}

/** One viewing. */
export interface Watch {
  readonly cameraId: CameraId;
  readonly streamId: StreamId;
  /** Changes at least once a second while a picture ages. */
  readonly picture: Readable<PictureState>;
  /** The painter calls it for each unit that is on the screen: age, receipts and "live" come from it. */
  painted(unit: PaintedUnit): void;
  /** The opened units of the GOP that runs, oldest first: a restarted decoder is fed from it. */
  gop(): readonly ViewerUnit[];
  stop(): void;
}

export interface HomeClientOptions {
  /** `wss://host/ws/viewer` */
  readonly url: string;
  readonly ports: ViewerPorts;
}

export interface LedgerQuery {
  readonly cameraId?: CameraId;
  readonly deviceId?: DeviceId;
  readonly fromMs: number;
  readonly toMs: number;
  /** 1 to 500. */
  readonly limit: number;
}

/** Filled in with the verified head, names and household code as packages/home lands. */
export declare class HomeClient {
  constructor(options: HomeClientOptions);
  readonly connection: Readable<ConnectionState>;
  readonly agent: Readable<{ readonly online: boolean; readonly sinceMs: number } | undefined>;
  readonly alarms: Readable<readonly Alarm[]>;
  /** Loads the device from the store and dials. @throws SealcamError `device.unknown` where the store is empty */
  start(): Promise<void>;
  watch(cameraId: CameraId, streamId: StreamId, sink: Sink): Watch;
  /** Adds a signed roster; resolves when the relay took it. */
  putRoster(roster: Uint8Array): Promise<void>;
  ledger(query: LedgerQuery): Promise<readonly LedgerRow[]>;
  /** Resolves when a bulletin under at least this roster version was accepted: "done", not "waiting for home". */
  rekeyed(version: number): Promise<Epoch>;
  close(): void;
}
