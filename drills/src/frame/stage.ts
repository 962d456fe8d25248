/**
 * A stage: one product with homes in it, under one middle. `SealcamStage` is the real relay and the real viewer; `TwinStage` is
 * the design of 2019. A drill's script is written once against these types and played on both.
 */
import type { CameraId, DeviceId, HomeId, StreamId } from '@sealcam/protocol';
import type { Bus, Relay } from '@sealcam/relay';
import type { Random } from '../../../tests/harness/random.ts';
import type { LineFaults } from './line-faults.ts';
import type { MakeMiddle } from './middle.ts';
import type { Truth } from './truth.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface StageOptions {
  readonly middle: MakeMiddle;
  readonly fixed: boolean;
  readonly random: Random;
  /** Sealcam only: lines are TCP on loopback instead of memory. Time stays virtual. */
  readonly realSockets?: boolean;
  /** Unix ms at the start; default 2026-11-22 12:00 UTC. */
  readonly startMs?: number;
  /** Sealcam only: the relay's bus, for drills that lose messages on it. Not together with a middle inside the relay. */
  readonly bus?: Bus;
  /** Timers are rounded up to it, ms; default 1. With thousands of clients 50 saves most of the work. */
  readonly grainMs?: number;
}

export interface HomePlan {
  /** Declared models; one camera each. */
  readonly cameras: readonly string[];
  readonly displays: readonly DisplayPlan[];
}

export interface DisplayPlan {
  /** Declared model; '' is not declared. */
  readonly model: string;
  /** Default `sealed`. Another is a partner's name. */
  readonly route?: string;
  /** Default `viewer`. `admin`: the maker's own app. It dials past a middle that is behind the relay. */
  readonly role?: 'viewer' | 'admin';
}

export interface Stage {
  readonly product: 'sealcam' | 'twin';
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly truth: Truth;
  /** The real relay; undefined for the twin, which has nothing of what it is asked for in a drill. */
  readonly relay: Relay | undefined;
  /** A home with its agent online and keys given out; displays are paired, not yet connected. */
  addHome(plan: HomePlan): Promise<StageHome>;
  /** Everything that can happen without time passing has happened. */
  settle(): Promise<void>;
  /** Lets virtual time pass, timer by timer, settling after each. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface StageHome {
  readonly homeId: HomeId;
  readonly cameras: readonly StageCamera[];
  readonly displays: readonly StageDisplay[];
  /** Between the home's agent and the relay. */
  readonly line: LineFaults;
}

export interface StageCamera {
  readonly homeId: HomeId;
  readonly cameraId: CameraId;
  readonly model: string;
  /** How many watch it, by what the relay told the agent. Drills that save work send frames only where it is above 0. */
  readonly watched: number;
  /**
   * Makes, marks, seals and sends one unit; a keyframe first and each fourth time. @param stream default main.
   * Nothing is delivered before the next `settle` or `pass`.
   */
  frame(stream?: StreamId): void;
}

export interface StageDisplay {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly model: string;
  /** Between this display and what it dials. */
  readonly line: LineFaults;
  /** Opens the real client (or the twin's screen) and dials; settles. */
  connect(): Promise<void>;
  /** The person closes the app. */
  disconnect(): void;
  /** It was disconnected over a slow line and is not yet gone. */
  readonly isLeaving: boolean;
  watch(camera: CameraId, stream?: StreamId): void;
  unwatch(camera: CameraId, stream?: StreamId): void;
  /** Of one watched camera, as the screen has it now: `live`, `late`, `opening`, `suspended`…; the twin knows `live` and `none`. */
  state(camera: CameraId, stream?: StreamId): string;
}
