/** A display of the model and its way to the relay: taps for what the relay writes and what the display is told, and hands to put something there. */
import type { DeviceKeys, HpkeKeys } from '@sealcam/home';
import {
  parseMessage,
  parseSealedHeader,
  decodeEnvelope,
  ToViewer,
  type CameraId,
  type HomeId,
} from '@sealcam/protocol';
import type { SocketEvents } from '@sealcam/player/viewer';
import { Random } from '../../../tests/harness/random.ts';
import { Frames } from '../../../tests/harness/wire-tap.ts';
import { lineDialer, type DialLine } from '../frame/dial-line.ts';
import { Line } from '../frame/line.ts';
import { SealedDisplay } from '../frame/sealed-display.ts';
import type { DisplayPlan } from '../frame/stage.ts';
import { StandingLine } from '../frame/standing-line.ts';
import type { VirtualClock } from '../frame/virtual-clock.ts';
import type { Learned, ModelTruth } from './judge.ts';
import type { RelayHost } from './relay-host.ts';

export interface Surroundings {
  readonly clock: VirtualClock;
  readonly truth: ModelTruth;
  readonly host: RelayHost;
  readonly random: Random;
  /** Units that went over some line, newest last: what a component could have kept. */
  readonly overheard: Uint8Array[];
}

const OVERHEARD = 160;
/** Units that are kept back at most; later ones are lost. */
const WITHHELD = 400;

/** A line of a model: made anew at each dial, with the faults that stand. @param tap sees what the relay writes on it */
export function modelLine(
  { clock, host, random }: Surroundings,
  kind: 'agent' | 'viewer',
  tap?: (isText: boolean, payload: Buffer) => void,
): { readonly line: StandingLine; readonly dial: DialLine } {
  const line = new StandingLine();
  const luck = new Random(random.next(), 'line');
  const open = () => {
    const next = new Line(clock, luck);
    if (tap !== undefined) watchWrites(next, tap);
    line.carry(next);
    host.take(next);
    return next.near;
  };
  return { line, dial: lineDialer(open, kind, clock) };
}

function watchWrites({ far }: Line, tap: (isText: boolean, payload: Buffer) => void): void {
  const frames = new Frames(tap);
  const write = far.write.bind(far) as (...given: unknown[]) => boolean;
  far.write = (...given: unknown[]): boolean => {
    const [chunk, encoding] = given;
    frames.push(
      typeof chunk === 'string' ? Buffer.from(chunk, encoding as BufferEncoding) : Buffer.from(chunk as Uint8Array),
    );
    return write(...given);
  };
}

export class Person {
  readonly homeId: HomeId;
  readonly display: SealedDisplay;
  readonly line: StandingLine;
  readonly watching = new Set<CameraId>();
  readonly #around: Surroundings;
  readonly #learned: Learned;
  #events: SocketEvents | undefined;
  #ends: (() => void) | undefined;
  #withheld: Uint8Array[] | undefined;

  constructor(
    around: Surroundings,
    of: {
      readonly homeId: HomeId;
      readonly plan: DisplayPlan;
      readonly keys: DeviceKeys;
      readonly hpke: HpkeKeys;
      readonly rosters: readonly Uint8Array[];
    },
  ) {
    const { clock, truth, random } = around;
    this.#around = around;
    this.homeId = of.homeId;
    const { line, dial } = modelLine(around, 'viewer', (isText, payload) => this.#written(isText, payload));
    const jitter = new Random(random.next(), 'jitter');
    this.line = line;
    this.display = new SealedDisplay({
      ...{
        ...of,
        line,
        clock,
        truth,
        dial: Object.assign((events: SocketEvents) => dial(this.#tapped(events)), { host: dial.host }),
      },
      random: (length) => jitter.bytes(length),
    });
    this.#learned = truth.learnedBy(this.deviceId);
  }

  get deviceId(): SealedDisplay['deviceId'] {
    return this.display.deviceId;
  }

  get isOpen(): boolean {
    return this.display.client !== undefined;
  }

  async open(): Promise<void> {
    if (this.isOpen) return;
    await this.display.connect();
    const { clock } = this.#around;
    this.#ends = this.display.client?.home.subscribe(({ manifest, me }) => {
      const epoch = manifest?.epoch;
      if (epoch !== undefined && epoch !== this.#learned.epoch)
        Object.assign(this.#learned, { epoch, sinceMs: clock.wallMs() });
      if (me === undefined) this.#learned.removedMs ??= clock.wallMs();
    });
    for (const camera of this.watching) this.display.watch(camera);
  }

  close(): void {
    this.#ends?.();
    this.display.disconnect();
    this.#events = undefined;
  }

  watch(camera: CameraId): void {
    this.watching.add(camera);
    this.display.watch(camera);
  }

  unwatch(camera: CameraId): void {
    this.watching.delete(camera);
    this.display.unwatch(camera);
  }

  /** Puts a message on the last stretch to the display, as a component behind the relay could. @returns false without a line */
  inject(message: Uint8Array): boolean {
    this.#events?.binary(message);
    return this.#events !== undefined;
  }

  get isWithheld(): boolean {
    return this.#withheld !== undefined;
  }

  /** From now on words arrive, and pictures wait: for as long as somebody in between likes. */
  withhold(): void {
    this.#withheld ??= [];
  }

  /** All that waits arrives at once, on whatever line there is now. */
  release(): void {
    const waiting = this.#withheld ?? [];
    this.#withheld = undefined;
    for (const message of waiting) this.inject(message);
  }

  /** Whether the relay has sent it this very unit. */
  has(unit: Uint8Array): boolean {
    const owner = this.#around.truth.ownerOf(frameOf(unit));
    return owner !== undefined && this.#learned.sentMs.has(owner.counter);
  }

  /** Whether a unit is of an epoch before the one whose bulletin this display accepted. */
  isPast(unit: Uint8Array): boolean {
    return decodeEnvelope(unit).epoch < (this.#learned.epoch ?? 0);
  }

  #tapped(events: SocketEvents): SocketEvents {
    const tapped: SocketEvents = {
      text: (text) => {
        const message = parseMessage(ToViewer, text);
        if (message.t === 'cut') this.#learned.cutMs.set(message.cameraId, this.#around.clock.wallMs());
        events.text(text);
      },
      binary: (bytes) => {
        const { overheard } = this.#around;
        overheard.push(Uint8Array.from(bytes));
        if (overheard.length > OVERHEARD) overheard.shift();
        if (this.#withheld === undefined) events.binary(bytes);
        else if (this.#withheld.length < WITHHELD) this.#withheld.push(Uint8Array.from(bytes));
      },
      closed: (code) => {
        if (this.#events === tapped) this.#events = undefined;
        events.closed(code);
      },
    };
    this.#events = tapped;
    return tapped;
  }

  #written(isText: boolean, payload: Buffer): void {
    if (isText) return;
    this.#around.truth.sent(this.homeId, this.deviceId, frameOf(payload));
  }
}

/** `KID/CTR` of a message of the wire. */
function frameOf(message: Uint8Array): string {
  const { kid, ctr } = parseSealedHeader(decodeEnvelope(message).sealed);
  return `${kid}/${ctr}`;
}
