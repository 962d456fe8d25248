/** Cameras that are being tried: steps while a person watches, a still at the end, kept ten minutes for `camera.add`. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeCodecConfig } from '@sealcam/media';
import type { Reply, TryStepName } from '@sealcam/home';
import { SealcamError, toHex } from '@sealcam/protocol';
import {
  brandAddresses,
  OTHER_WAY_MS,
  parseCameraAddress,
  smallerStreamOf,
  tryCamera,
  type CameraAddress,
  type Credentials,
  type TryOutcome,
  type TryStep,
} from './cameras/index.ts';
import type { CameraSecrets, StreamSource } from './secrets.ts';

export interface FoundCamera {
  readonly secrets: CameraSecrets;
  readonly hasSub: boolean;
  readonly hasAudio: boolean;
  readonly mainCodec: 'h264' | 'h265';
}

export interface Wanted {
  /** Tried in this order until one has a picture. */
  readonly main: readonly CameraAddress[];
  /** The small stream to each of `main`; perhaps shorter. */
  readonly sub: readonly CameraAddress[];
  readonly credentials: Credentials | undefined;
  readonly transport: 'auto' | 'tcp' | 'udp';
}

type Passed = Extract<TryOutcome, { ok: true }>;

const KEPT_MS = 10 * 60_000;
const KEPT = 16;
const SUB_MS = 20_000;
const SUB_MOST_MS = 60_000;
const STEP: Readonly<Record<TryStep, TryStepName>> = {
  reached: 'reached',
  'spoke-rtsp': 'rtsp',
  'signed-in': 'signedIn',
  'stream-found': 'streamFound',
  picture: 'picture',
};

/** @throws {SealcamError} `rtsp.address` */
export function wantedByUrl(command: {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly transport: 'auto' | 'tcp' | 'udp';
  /** URL of the smaller stream; absent: the brands' patterns may know it. */
  readonly sub?: string;
}): Wanted {
  const { address, credentials, transport } = parseCameraAddress(command.url);
  const sub = command.sub === undefined ? smallerStreamOf(address) : parseCameraAddress(command.sub).address;
  return {
    main: [address],
    sub: sub === undefined ? [] : [sub],
    credentials: accountOf(command) ?? credentials,
    transport: command.transport === 'auto' ? (transport ?? 'auto') : command.transport,
  };
}

/** @throws {SealcamError} `rtsp.address` */
export function wantedByBrand(command: {
  readonly brand: string;
  readonly host: string;
  readonly port: number;
  readonly channel: number;
  readonly user: string;
  readonly password: string;
}): Wanted {
  const host = command.port === 0 ? command.host : `${command.host}:${command.port}`;
  const { main, sub } = brandAddresses(command.brand, host, Math.max(1, command.channel));
  return { main, sub, credentials: accountOf(command), transport: 'auto' };
}

function accountOf({ user, password }: Credentials): Credentials | undefined {
  return user === '' && password === '' ? undefined : { user, password };
}

export class CameraTrials {
  readonly #found = new Map<string, { readonly camera: FoundCamera; readonly untilMs: number }>();
  readonly #monotonicMs: () => number;
  readonly #ending = new AbortController();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** @returns the final reply: `still` or `failed` */
  async run(wanted: Wanted, tell: (reply: Reply) => void): Promise<Reply> {
    const told = new Set<TryStep>();
    const onStep = ({ step, words }: { readonly step: TryStep; readonly words: string }): void => {
      if (told.has(step)) return;
      told.add(step);
      tell({ is: 'step', step: STEP[step], words });
    };
    let failure: Reply = {
      is: 'failed',
      code: 'rtsp.address',
      words: 'There is no address to try. Paste the one its app shows.',
    };
    for (const [at, address] of wanted.main.entries()) {
      const { transport, credentials } = wanted;
      const { signal } = this.#ending;
      const onWait = (words: string): void => tell({ is: 'waiting', words });
      const fromMs = this.#monotonicMs();
      const outcome = await tryCamera(address, credentials, { onStep, onWait, transport, signal });
      if (outcome.ok) {
        const sub = await this.#trySub(wanted, wanted.sub[at], { onWait, mainMs: this.#monotonicMs() - fromMs });
        return this.#passed(wanted, address, outcome, sub);
      }
      failure = { is: 'failed', code: outcome.code, words: outcome.words };
      // Another path may be the right one; another path helps nothing against a wrong password, and locks accounts.
      if (outcome.code !== 'rtsp.not-found') break;
    }
    return failure;
  }

  /** Once. @throws {SealcamError} `command.refused` when it was used or is older than ten minutes */
  take(tryId: string): FoundCamera {
    const found = this.#found.get(tryId);
    this.#found.delete(tryId);
    if (found === undefined || this.#monotonicMs() >= found.untilMs) {
      throw new SealcamError('command.refused', 'that try is over');
    }
    return found.camera;
  }

  close(): void {
    this.#ending.abort();
    this.#found.clear();
  }

  #passed(wanted: Wanted, address: CameraAddress, outcome: Passed, sub: StreamSource | undefined): Reply {
    const secrets: CameraSecrets = {
      main: streamOf(address, outcome),
      ...(sub === undefined ? {} : { sub }),
      ...(wanted.credentials === undefined ? {} : { credentials: wanted.credentials }),
    };
    const { videoCodec, width, height, keyframe, notes } = outcome;
    const hasSub = sub !== undefined;
    const hasAudio = outcome.audio !== undefined;
    const tryId = this.#keep({ secrets, hasSub, hasAudio, mainCodec: videoCodec });
    return {
      ...{ is: 'still', tryId, codec: videoCodec, width, height, hasSub, hasAudio, notes },
      config: keyframe.config === undefined ? new Uint8Array() : encodeCodecConfig(keyframe.config),
      accessUnit: keyframe.data,
    };
  }

  /** A small stream is welcome, never needed: many cameras have it switched off. A slow camera has as much time again. */
  async #trySub(
    { transport, credentials }: Wanted,
    address: CameraAddress | undefined,
    { onWait, mainMs }: { readonly onWait: (words: string) => void; readonly mainMs: number },
  ): Promise<StreamSource | undefined> {
    if (address === undefined) return undefined;
    const { signal } = this.#ending;
    onWait('A picture came. Now its smaller stream is tried.');
    await pause(OTHER_WAY_MS, undefined, { signal }).catch(() => undefined);
    const timeoutMs = Math.min(SUB_MOST_MS, Math.max(SUB_MS, 2 * mainMs));
    const outcome = await tryCamera(address, credentials, { transport, timeoutMs, signal, onWait });
    return outcome.ok ? streamOf(address, outcome) : undefined;
  }

  #keep(camera: FoundCamera): string {
    const tryId = toHex(randomBytes(16));
    const [oldest] = this.#found.keys();
    if (this.#found.size >= KEPT && oldest !== undefined) this.#found.delete(oldest);
    this.#found.set(tryId, { camera, untilMs: this.#monotonicMs() + KEPT_MS });
    return tryId;
  }
}

function streamOf(address: CameraAddress, outcome: Passed): StreamSource {
  const { tunnel, transport } = outcome;
  return { address: tunnel ?? address, transport, ...(outcome.pin === undefined ? {} : { pin: outcome.pin }) };
}
