/**
 * Rotation (SEALING.md): new secrets for all cameras in one bulletin. Stopping is in the caller's tick; building takes a few
 * milliseconds; publishing and rekeying are one tick again, the bulletin first on the same ordered channel.
 */
import { randomBytes } from 'node:crypto';
import {
  buildBulletin,
  generateHpkeKeys,
  type Bulletin,
  type CameraSecret,
  type Head,
  type HomeNames,
  type HpkeKey,
  type HpkeKeys,
} from '@sealcam/home';
import {
  millis,
  SealcamError,
  type CameraId,
  type DeviceId,
  type Epoch,
  type KeyId,
  type SessionId,
} from '@sealcam/protocol';
import type { Logger } from 'pino';
import { announcedKeys } from './announced-keys.ts';
import type { Identity } from './identity.ts';

export type RotationReason =
  | 'start'
  | 'roster'
  | 'expiry'
  | 'cameras'
  | 'names'
  | 'keys'
  | 'privacy'
  | 'hourly'
  | 'clock'
  | 'exhausted'
  | 'restored';

/** What a bulletin is made of, as it is in this tick. */
export interface EpochInput {
  readonly head: Head;
  readonly names: HomeNames;
  readonly hpkeKeys: ReadonlyMap<DeviceId, HpkeKey>;
  readonly sessions: readonly { readonly cameraId: CameraId; readonly sessionId: SessionId }[];
}

export interface CurrentEpoch {
  readonly epoch: Epoch;
  readonly head: Head;
  readonly bulletin: Bulletin;
  /** The key ids that the bulletin announces. */
  readonly kids: readonly KeyId[];
  readonly secrets: ReadonlyMap<CameraId, Uint8Array>;
  /** What commands are sealed to from here on: made for this bulletin, in memory alone. */
  readonly hpke: HpkeKeys;
}

export interface EpochParts {
  readonly identity: Pick<Identity, 'keys'>;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly input: () => EpochInput;
  /** On disk when it returns. */
  readonly nextEpoch: (nowMs: number) => Epoch;
  /** No sealing under the old keys from this tick on. */
  readonly stop: () => void;
  /** The new keys are usable: send the bulletin, rekey, release what waited, all in this tick. */
  readonly begin: (current: CurrentEpoch) => void;
  /** A rotation failed (disk full…) and is tried again; undefined when it went well. */
  readonly onProblem: (code: string | undefined) => void;
}

const SECRET_BYTES = 32;
const RETRY_MS = 2_000;

export class Epochs {
  readonly #parts: EpochParts;
  #current: CurrentEpoch | undefined;
  #wanted = 0;
  #running: Promise<void> | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(parts: EpochParts) {
    this.#parts = parts;
  }

  /** Undefined from the tick of a `rotate` until its bulletin is made. */
  get current(): CurrentEpoch | undefined {
    return this.#current;
  }

  /** Stops sealing now; several within one build become one bulletin. */
  rotate(reason: RotationReason): void {
    if (this.#closed) return;
    this.#parts.logger.info({ reason }, 'rotation');
    this.#wanted += 1;
    this.#current = undefined;
    this.#parts.stop();
    this.#wake?.();
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Resolves when there is a current epoch, or after `close`. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  close(): void {
    this.#closed = true;
    this.#current = undefined;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#closed && this.#current === undefined) {
      try {
        await this.#build();
      } catch (error) {
        const code = error instanceof SealcamError ? error.code : 'internal';
        this.#parts.logger.error({ code, err: error }, 'rotation failed');
        this.#parts.onProblem(code);
        await this.#pause();
      }
    }
  }

  async #build(): Promise<void> {
    const { input, nextEpoch, clock, identity, begin, onProblem } = this.#parts;
    const wanted = this.#wanted;
    const { head, names, hpkeKeys, sessions } = input();
    const nowMs = clock();
    const epoch = nextEpoch(nowMs);
    const cameras: CameraSecret[] = sessions.map((session) => ({ ...session, secret: randomBytes(SECRET_BYTES) }));
    const hpke = await generateHpkeKeys(1);
    const announced = announcedKeys(head.homeId, epoch, cameras);
    const bulletin = await buildBulletin({
      ...{ head, names, hpkeKeys, epoch, cameras, announced },
      keys: identity.keys,
      agentHpkePub: hpke.hpkePub,
      issuedAtMs: millis(Math.floor(nowMs)),
    });
    // Something changed meanwhile: these keys were never used and never will be.
    if (this.#closed || wanted !== this.#wanted) return;
    const secrets = new Map(cameras.map(({ cameraId, secret }) => [cameraId, secret]));
    this.#current = { epoch, head, bulletin, secrets, kids: announced.map(({ kid }) => kid), hpke };
    onProblem(undefined);
    begin(this.#current);
  }

  async #pause(): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
