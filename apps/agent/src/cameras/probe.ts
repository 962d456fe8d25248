/** Tries a camera step by step while a person watches: "reached, signed in, picture", or exactly which step failed and why. */
import { isVideo, type AccessUnit, type VideoConfig } from '@sealcam/media';
import { ERRORS, SealcamError, type ErrorCode } from '@sealcam/protocol';
import type { CameraAddress, Credentials } from './address.ts';
import { CameraStream, transportsFor, type StreamStep, type Transport } from './camera-stream.ts';
import { SYSTEM_CLOCK } from './camera-source.ts';

/** In this order, each at most once. */
export type TryStep = 'reached' | 'spoke-rtsp' | 'signed-in' | 'stream-found' | 'picture';

export interface StepReport {
  readonly step: TryStep;
  /** Plain words: "Reached 192.168.1.20." */
  readonly words: string;
}

export type TryOutcome =
  | {
      readonly ok: true;
      /** The first keyframe: a still to show, with its codec and parameter sets. */
      readonly keyframe: AccessUnit;
      readonly videoCodec: 'h264' | 'h265';
      readonly width: number;
      readonly height: number;
      /** `pcmu`, `pcma`, `aac`, `opus`. Absent: no sound, or one Sealcam cannot carry. */
      readonly audioCodec?: string;
      readonly transport: Transport;
      /** `rtsps://` only: the certificate seen, to be kept with the camera. */
      readonly pin?: string;
    }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      /** The last step that passed; absent where not even the host answered. */
      readonly passed?: TryStep;
      /** One sentence or two for a person: "Reached 192.168.1.20, but the password was refused." Never holds a credential. */
      readonly words: string;
    };

export interface TryOptions {
  readonly onStep?: (report: StepReport) => void;
  readonly transport?: 'auto' | Transport;
  readonly pin?: string;
  /** For the whole trial; default 20 s. */
  readonly timeoutMs?: number;
  /** Ends it with `rtsp.ended`. */
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 20_000;
/** A camera with room for one viewer frees our place first (measured: refused with 503 where the second try came at once). */
const RETRY_AFTER_MS = 500;

/** Never rejects: every failure is an outcome. */
export async function tryCamera(
  address: CameraAddress,
  credentials: Credentials | undefined,
  options: TryOptions = {},
): Promise<TryOutcome> {
  const trial = new Trial(address, credentials, options);
  return trial.run();
}

class Trial {
  readonly #address: CameraAddress;
  readonly #credentials: Credentials | undefined;
  readonly #options: TryOptions;
  readonly #done = Promise.withResolvers<TryOutcome>();
  readonly #timer: NodeJS.Timeout;
  #stream: CameraStream | undefined;
  #retry: NodeJS.Timeout | undefined;
  #passed: TryStep | undefined;

  constructor(address: CameraAddress, credentials: Credentials | undefined, options: TryOptions) {
    this.#address = address;
    this.#credentials = credentials;
    this.#options = options;
    this.#timer = setTimeout(
      () => this.#fail(new SealcamError('rtsp.silent', 'no picture in time')),
      options.timeoutMs ?? TIMEOUT_MS,
    );
  }

  async run(): Promise<TryOutcome> {
    const abort = (): void => this.#fail(new SealcamError('rtsp.ended', 'given up'));
    const { signal, transport } = this.#options;
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    else this.#open(transportsFor(this.#address, transport));
    try {
      return await this.#done.promise;
    } finally {
      clearTimeout(this.#timer);
      clearTimeout(this.#retry);
      signal?.removeEventListener('abort', abort);
      this.#stream?.close();
    }
  }

  #open(transports: readonly Transport[]): void {
    const stream = new CameraStream({
      address: this.#address,
      ...(this.#credentials === undefined ? {} : { credentials: this.#credentials }),
      ...(this.#options.pin === undefined ? {} : { pin: this.#options.pin }),
      audio: false,
      transports,
      clock: SYSTEM_CLOCK,
      onStep: (step) => this.#onStep(step),
      onUnit: (unit) => this.#onUnit(stream, unit),
      onEnd: (fault) => {
        // A camera that grants TCP and sends nothing over it may do better over UDP.
        const isMute = fault.code === 'rtsp.silent' && stream.transport === 'tcp';
        if (isMute && transports.length > 1) this.#retry = setTimeout(() => this.#open(['udp']), RETRY_AFTER_MS);
        else this.#fail(fault);
      },
    });
    this.#stream = stream;
  }

  #onStep(step: StreamStep): void {
    if (step === 'playing' || (this.#passed !== undefined && ORDER.indexOf(step) <= ORDER.indexOf(this.#passed)))
      return;
    this.#pass(step);
  }

  #pass(step: TryStep): void {
    this.#passed = step;
    this.#options.onStep?.({ step, words: STEP_WORDS[step](this.#address.host) });
  }

  #onUnit(stream: CameraStream, unit: AccessUnit): void {
    if (!isVideo(unit.codec) || !unit.keyframe || unit.config === undefined) return;
    const { width, height } = unit.config as VideoConfig;
    const audioCodec = stream.tracks?.audio?.codec;
    this.#pass('picture');
    this.#done.resolve({
      ok: true,
      keyframe: unit,
      videoCodec: unit.codec,
      width,
      height,
      transport: stream.transport ?? 'tcp',
      ...(audioCodec === undefined ? {} : { audioCodec }),
      ...(stream.pin === undefined ? {} : { pin: stream.pin }),
    });
    stream.close();
  }

  #fail(fault: SealcamError): void {
    this.#stream?.close();
    const words = failureWords(fault, this.#address.host, this.#credentials !== undefined);
    this.#done.resolve({
      ok: false,
      code: fault.code,
      words,
      ...(this.#passed === undefined ? {} : { passed: this.#passed }),
    });
  }
}

const ORDER: readonly TryStep[] = ['reached', 'spoke-rtsp', 'signed-in', 'stream-found', 'picture'];

const STEP_WORDS: Readonly<Record<TryStep, (host: string) => string>> = {
  reached: (host) => `Reached ${host}.`,
  'spoke-rtsp': () => 'It speaks RTSP.',
  'signed-in': () => 'Signed in.',
  'stream-found': () => 'Found its stream.',
  picture: () => 'A picture came.',
};

/** What a tired person needs to hear; the host is theirs, so it may be named. */
function failureWords(fault: SealcamError, host: string, signedIn: boolean): string {
  switch (fault.code) {
    case 'rtsp.unreachable':
      return `Nothing answers at ${host}. Check the address, and that the camera is on and in this network.`;
    case 'rtsp.refused':
      return `${host} is there, but nothing listens on that port. Check the port, and that RTSP is switched on in the camera.`;
    case 'rtsp.not-rtsp':
      return `Something answers at ${host}, but it is not a camera stream (perhaps its web page).`;
    case 'rtsp.password':
      return signedIn
        ? `Reached ${host}, but the password was refused.`
        : `Reached ${host}, but it wants a user and a password.`;
    case 'rtsp.not-found':
      return `Reached ${host}, but it has no stream at that path.`;
    case 'rtsp.busy':
      return `Reached ${host}, but it has no free place for another viewer. Close another app that watches it.`;
    case 'rtsp.codec':
      return `Reached ${host}, but it sends a format that Sealcam cannot carry. Choose H.264 in the camera.`;
    case 'rtsp.silent':
      return `Reached ${host}, but no picture came.`;
    case 'rtsp.tls':
      return `Reached ${host}, but its certificate could not be used.`;
    case 'rtsp.malformed':
      return `Reached ${host}, but what it sends makes no sense.`;
    case 'rtsp.ended':
      return `Reached ${host}, but it closed the connection.`;
    case 'rtsp.transport':
      return `Reached ${host}, but it offers no way to send pictures that works here.`;
    default:
      return ERRORS[fault.code].words;
  }
}
