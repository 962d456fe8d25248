/** What a relay is started with, and its bounds. The types that `startRelay` speaks. */
import type { Duplex } from 'node:stream';
import type { HomeId, Reach } from '@sealcam/protocol';
import type { Bus } from './bus.ts';
import type { Clock } from './clock.ts';
import type { ProxyOptions } from './door/proxies.ts';
import type { Incidents } from './incidents/incidents.ts';
import type { Policies } from './incidents/policies.ts';
import type { ExposureAnswer, ExposureFormat, ExposureQuestion } from './exposure/exposure.ts';
import type { NoticeDesk } from './exposure/notices.ts';
import type { VerifyResult } from './ledger/verify.ts';
import type { RouteInfo } from './http/route.ts';
import type { LogSink } from './log.ts';
import type { Canaries } from './operators/canaries.ts';
import type { Operators } from './operators/operators.ts';
import type { Restores } from './restores/restores.ts';
import type { Resting } from './suspensions/resting.ts';
import type { Suspensions } from './suspensions/suspensions.ts';

/** Bounds of one relay that are not part of the wire (those are `LIMITS` of protocol). */
export interface RelayLimits {
  /** Connections of those whom nobody knows, of one network and in all: beyond it the one that is silent longest is put out. */
  readonly strangersPerNetwork: number;
  readonly strangers: number;
  /** Signatures of strangers that are looked at at a time; the networks take turns. */
  readonly checksAtOnce: number;
  /** How many times `ALLOWANCES` each home may. */
  readonly allowances: number;
  /** Connections of one device, and of viewers in one home. */
  readonly connectionsPerDevice: number;
  readonly viewersPerHome: number;
  /** Bytes of sealed units a second and in a burst from one agent; more is dropped and counted. */
  readonly agentBytesPerSecond: number;
  readonly agentBurstBytes: number;
  /** Sealed stills and states kept of one home, in memory. */
  readonly cachedBytesPerHome: number;
  /** Pages and other plain HTTP requests a minute from one address. */
  readonly requestsPerMinute: number;
  /** A viewing is written down at least this often. */
  readonly spanMs: number;
  /** Mailboxes open in all. */
  readonly mailboxes: number;
}

export const RELAY_LIMITS: RelayLimits = {
  strangersPerNetwork: 512,
  strangers: 4096,
  checksAtOnce: 8,
  allowances: 1,
  connectionsPerDevice: 512,
  viewersPerHome: 1024,
  agentBytesPerSecond: 64 * 1024 * 1024,
  agentBurstBytes: 256 * 1024 * 1024,
  cachedBytesPerHome: 64 * 1024 * 1024,
  requestsPerMinute: 1200,
  spanMs: 10_000,
  mailboxes: 4_000,
};

export interface RelayOptions {
  /** Address to listen on, `127.0.0.1` or `0.0.0.0` for example. */
  readonly host: string;
  /** 0 lets the system choose; the choice is in `Relay.port`. */
  readonly port: number;
  /** The data folder of this Sealcam; the relay keeps everything under `<dataDir>/relay`. */
  readonly dataDir: string;
  /** PEM texts. Absent: plain HTTP, for loopback or behind a proxy that keeps the `Host` header. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** True: any home may join. False: a new home needs a code from `Relay.invite()`. */
  readonly open: boolean;
  /** Names and addresses it goes by, beside those of this machine and of the certificate. Any other `Host` is answered with 421. */
  readonly names?: readonly string[];
  /** Proxies in front of it, and how they say for whom they speak. Nobody else is believed that. */
  readonly proxy?: ProxyOptions;
  /** Folder of the built web pages (`app.html` or `app/index.html`, `display…`, `assets/`). Absent: no pages. */
  readonly pages?: string;
  /** By which addresses others open the pages; asked at each `GET /reach`, with the port it listens on. Absent: not said. */
  readonly reach?: (port: number) => Reach;
  /** A pino logger, or anything with its four methods. Absent: silent. Only allow-listed fields reach it. */
  readonly logger?: LogSink;
  /** Bearer that may read `/metrics` from elsewhere; loopback always may. At least 16 characters. */
  readonly metricsToken?: string;
  /** The operator page and what it asks. Absent or false: neither is there. */
  readonly operator?: boolean;
  readonly clock?: Clock;
  /** The seam between connections and between relays; a test hands in one that loses or changes what passes. */
  readonly bus?: Bus;
  readonly limits?: Partial<RelayLimits>;
}

/** What a running relay says of its ledger to another reader of the same folder. */
export interface LedgerMoment {
  /** The head when the relay started: a viewing opened after it may still run. */
  readonly bootSeq: number;
  readonly head: { readonly seq: number; readonly hash: string };
}

export interface VerifyOptions {
  /** How many rows hold so far, of how many. */
  readonly progress?: (rows: number, of: number) => void;
  /** The text of a `checkpoints.log` that was kept elsewhere: each line of it must still be there. */
  readonly against?: string;
}

export interface Relay {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:8420` or `https://…`, with the address it was told to listen on (loopback for 0.0.0.0 and ::). */
  readonly url: string;
  /**
   * A new one-use code with which one home may join.
   * @param validMs how long it may be used; default one day
   */
  invite(validMs?: number): Promise<string>;
  /** Serves a connected stream as if it had come in by the port: a line that something else in this process has brought. */
  accept(stream: Duplex): void;
  /** Ends a home here: its sockets close with 4403, its rows go (the ledger, which names nobody, stays). */
  eraseHome(home: HomeId): Promise<void>;
  /** What was noticed: foreign frames on their way, and what followed. */
  readonly incidents: Incidents;
  /** What follows an incident by itself. */
  readonly policy: Policies;
  /** The people who run this relay; whether or not their page is served. */
  readonly operators: Operators;
  /** The operator's switch for canary homes; the host process runs them. */
  readonly canaries: Canaries;
  /** Everything that is answered over plain HTTP, as it is registered. */
  readonly routes: readonly RouteInfo[];
  /** Whose pictures the operator, or the policy, has stopped. */
  readonly suspensions: Suspensions;
  /** Whether this relay was put back to an older copy, and what may be missing since. */
  readonly restores: Pick<Restores, 'missing' | 'putBack'>;
  /** Suspensions by what they rest on, to be found and lifted together. */
  readonly resting: Resting;
  /**
   * Who was, and who could have been, affected by a mix-up: exact, from the ledger, worked out on a thread of its own.
   * @throws {SealcamError} `command.invalid`, or the store's faults
   */
  exposure(question: ExposureQuestion): Promise<ExposureAnswer>;
  /** The same as a file, in parts. */
  exposureFile(question: ExposureQuestion, format: ExposureFormat): AsyncIterable<string>;
  /** What the homes are told of it. */
  readonly notices: NoticeDesk;
  /** How far the ledger is durable now, for whoever reads it beside this relay (`openLedger`). */
  ledgerAt(): Promise<LedgerMoment>;
  /** Walks the ledger's hash chain, on a thread of its own, and compares it with the signed checkpoints. */
  verifyLedger(options?: VerifyOptions): Promise<VerifyResult>;
  /** Closes every viewing in the ledger, then sockets, server and store. */
  close(): Promise<void>;
}
