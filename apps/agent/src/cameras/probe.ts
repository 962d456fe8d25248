/** Tries a camera step by step while a person watches: "reached, signed in, picture", or exactly which step failed and why. */
import { isVideo, type AccessUnit, type AudioConfig, type VideoConfig } from '@sealcam/media';
import { ERRORS, SealcamError, type ErrorCode } from '@sealcam/protocol';
import type { CameraAddress, Credentials } from './address.ts';
import { OTHER_WAY_MS, SYSTEM_CLOCK } from './camera-source.ts';
import { CameraStream, type Awaited, type StreamStep } from './camera-stream.ts';
import { formatNotes } from './notes.ts';
import { Rhythm } from './rhythm.ts';
import { otherWay, tunnelInstead, waysOf, type Transport, type Ways } from './ways.ts';

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
      /** Absent: no sound, or one that Sealcam cannot carry. */
      readonly audio?: AudioConfig;
      /** What of it a person should know, each with what to change. */
      readonly notes: readonly string[];
      readonly transport: Transport;
      /** `rtsps://` only: the certificate seen, to be kept with the camera. */
      readonly pin?: string;
      /** Nothing listens at the address, and the picture came through a tunnel: the address of that, to be kept instead. */
      readonly tunnel?: CameraAddress;
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
  /** What takes its time, in plain words. */
  readonly onWait?: (words: string) => void;
  readonly transport?: 'auto' | Transport;
  readonly pin?: string;
  /** For the whole trial. Without it a camera is waited for as long as it shows signs of life, at most two minutes. */
  readonly timeoutMs?: number;
  /** Ends it with `rtsp.ended`. */
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 120_000;

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
    else this.#open(waysOf(this.#address, transport));
    try {
      return await this.#done.promise;
    } finally {
      clearTimeout(this.#timer);
      clearTimeout(this.#retry);
      signal?.removeEventListener('abort', abort);
      this.#stream?.close();
    }
  }

  /** @param first how it went in another way: there is one more, once */
  #open(ways: Ways, first?: SealcamError): void {
    const stream = new CameraStream({
      ...(this.#credentials === undefined ? {} : { credentials: this.#credentials }),
      ...(this.#options.pin === undefined ? {} : { pin: this.#options.pin }),
      ...{ ways, audio: false, rhythm: new Rhythm(), clock: SYSTEM_CLOCK },
      onStep: (step) => this.#onStep(step),
      onWait: (awaited) => this.#onWait(awaited),
      onUnit: (unit) => this.#onUnit(stream, unit),
      onEnd: (fault) => {
        const attempt = stream.attempt(fault.code);
        const other =
          first === undefined ? (otherWay(stream.ways, attempt) ?? tunnelInstead(stream.ways, fault.code)) : undefined;
        // That there is no tunnel either is no news: that the stream is switched off is.
        if (other === undefined) this.#fail(first?.code === 'rtsp.refused' && !attempt.wasAnswered ? first : fault);
        else this.#retry = setTimeout(() => this.#open(other, fault), OTHER_WAY_MS);
      },
    });
    this.#stream = stream;
  }

  #onWait(awaited: Awaited): void {
    this.#options.onWait?.(WAIT_WORDS[awaited](this.#address.host));
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
    const audio = stream.tracks?.audio?.config;
    const { address } = stream.ways;
    const isInstead = address.tunnel === true && this.#address.tunnel === undefined;
    this.#pass('picture');
    this.#done.resolve({
      ok: true,
      keyframe: unit,
      videoCodec: unit.codec,
      width,
      height,
      transport: stream.transport ?? 'tcp',
      notes: formatNotes(unit.config as VideoConfig, stream.tracks?.beside ?? []),
      ...(audio && { audio }),
      ...(stream.pin === undefined ? {} : { pin: stream.pin }),
      ...(isInstead ? { tunnel: address } : {}),
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

const WAIT_WORDS: Readonly<Record<Awaited, (host: string) => string>> = {
  answer: (host) => `${host} takes its time to answer. It may be waking up, so we wait.`,
  packet: () => 'It is connected and has not sent anything yet. We wait.',
  keyframe: () => 'It is awake and sends. Its next full picture may take half a minute, so we wait.',
  whole: () => 'Part of its picture was lost on the way. Its next full picture is waited for.',
};

/** `video/jpeg, audio/pcmu` as people know it. */
function formatsOf(detail: string): string {
  const names = detail
    .split(', ')
    .filter((each) => each.startsWith('video/'))
    .map((each) => each.slice('video/'.length));
  return names.length === 0
    ? 'no picture'
    : names.map((name) => (name === 'jpeg' ? 'MJPEG (pictures one by one)' : name.toUpperCase())).join(', ');
}

function unreachableWords(host: string, detail: string): string {
  if (detail === 'ENOTFOUND')
    return `No device in this network answers to the name ${host}. Check the name, or enter the address in numbers.`;
  if (/^fe80:[^%]*$/u.test(host))
    return `${host} is an address of one network alone, so it must say which: [${host}%eth0] with the name of this computer’s network.`;
  return `Nothing answers at ${host}. Check the address, and that the camera is on and in this network.`;
}

function detailOf({ code, message }: SealcamError): string {
  return message.slice(code.length).replace(/^: /u, '');
}

/** What a tired person needs to hear; the host is theirs, so it may be named. */
function failureWords(fault: SealcamError, host: string, signedIn: boolean): string {
  switch (fault.code) {
    case 'rtsp.unreachable':
      return unreachableWords(host, detailOf(fault));
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
      return `Reached ${host}, but it sends ${formatsOf(detailOf(fault))}, which Sealcam cannot carry. Choose H.264 in the camera.`;
    case 'rtsp.elsewhere':
      return `Reached ${host}, but it sends its viewers to ${detailOf(fault)}. If you know that address, enter it instead.`;
    case 'rtsp.no-keyframe':
      return `Reached ${host}, and it sends, but no full picture came. In the camera, set the keyframe interval to 2 seconds, and switch off smart codecs.`;
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
