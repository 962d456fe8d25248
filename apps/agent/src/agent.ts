/** The agent as its host meets it: what it is given, what it shows, what it can be asked. `start.ts` puts the parts together. */
import type { CameraStateName } from '@sealcam/home';
import type { CameraId, Epoch, HomeId, Millis } from '@sealcam/protocol';
import type { Logger } from 'pino';
import type { DemoSource } from './demo/demo-source.ts';
import type { Observable } from './observable.ts';

export interface AgentOptions {
  /** Folder of this agent alone; made when missing (mode 0700). A second process on it is refused with `store.in-use`. */
  readonly dataDir: string;
  /** Base of the relay, `ws://host:port` or `wss://host[:port]`; `/ws/agent` and `/ws/pair` are appended. */
  readonly relayUrl: string;
  /** PEM of the certificate authority of a relay on the LAN; the system's authorities are used otherwise. A function is asked at every dial. */
  readonly trust?: string | (() => string);
  /** One-use code of the relay's operator, used once, when the home is new there. */
  readonly invitation?: string;
  /** Whether the demo camera is there. Switched off, it is gone; its place is kept. */
  readonly demo: boolean;
  /** What the demo camera shows, if not the clip: a canary home marks its pictures. */
  readonly demoSource?: DemoSource;
  /** Base of the pages, e.g. `http://127.0.0.1:8420`; the claim link is `<pagesUrl>/app#claim=…`. */
  readonly pagesUrl: string;
  /** Never given a key, a token, a credential or a frame. */
  readonly logger: Logger;
  /** Unix milliseconds; `Date.now` unless a test hands in another. */
  readonly clock?: () => number;
  /** Milliseconds that only rise, however the clock is set; `performance.now` unless a test hands in another. */
  readonly monotonicMs?: () => number;
  /** Called with each new claim link (it is renewed before it expires) while the agent is unclaimed. Holds a secret: show, never log. */
  readonly onClaimLink?: (link: ClaimLink) => void;
  /** Called when a recovery waits for `confirmRecovery()`, also at a start that finds one waiting. @param code the household code it will have */
  readonly onRecovery?: (code: readonly string[]) => void;
}

export interface ClaimLink {
  /** Complete link, secret in the fragment. */
  readonly url: string;
  /** When the relay forgets it; a new one follows before. */
  readonly expiresMs: Millis;
}

/** What the agent is doing. `offline` says the code of the last failure, `undefined` before the first try. */
export type AgentState =
  /** Nobody's yet: `claimLink` makes a browser its first admin device. */
  | { readonly at: 'unclaimed'; readonly claimLink: ClaimLink | undefined; readonly problem: string | undefined }
  | { readonly at: 'offline'; readonly homeId: HomeId; readonly problem: string | undefined }
  | { readonly at: 'online'; readonly homeId: HomeId }
  | { readonly at: 'closed' };

/** Nothing in it is secret; the same text goes to `sealcam status`. */
export interface AgentStatus {
  readonly at: AgentState['at'];
  readonly problem?: string;
  readonly homeId?: HomeId;
  readonly homeName?: string;
  readonly rosterVersion?: number;
  /** Of the newest bulletin. */
  readonly epoch?: Epoch;
  /** A roster signed with the recovery sheet waits for `confirmRecovery()`: the household code that it will have. */
  readonly recoveryCode?: readonly string[];
  readonly cameras: readonly CameraStatus[];
}

export interface CameraStatus {
  readonly cameraId: CameraId;
  readonly name: string;
  readonly state: CameraStateName;
  readonly sinceMs: Millis;
  /** Error code of the table when `gone`, what is awaited when `waiting`. */
  readonly code?: string;
}

export interface Agent {
  readonly state: Observable<AgentState>;
  /** The current claim link, while unclaimed and the relay answers. */
  readonly claimLink: ClaimLink | undefined;
  /**
   * `sealcam home reset`: new identity, new home, everyone pairs again; cameras and their credentials stay.
   * The old home is killed at the relay when it can be reached. Resolves when the agent is unclaimed on disk.
   */
  resetHome(): Promise<void>;
  /** Accepts the roster that waits since it was signed with the recovery sheet. @returns false when none waits. */
  confirmRecovery(): Promise<boolean>;
  status(): AgentStatus;
  /** Stops reading cameras, closes sockets, removes the lock. Safe to call twice. */
  close(): Promise<void>;
}
