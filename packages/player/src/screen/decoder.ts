/**
 * WebCodecs, one decoder for each camera and session: opened units in, frames out. Units wait in a queue of our own, so that
 * a slow decoder falls back to the newest keyframe and a restarted one gets the GOP it had, replayed from opened bytes.
 */
import { Gop, type CodecConfig, type VideoConfig } from '@sealcam/media';
import { findDecoderConfig, judgeKeyframe, fits, readVideoConfig, type Acceleration } from './playable.ts';
import type { ScreenUnit } from './screen-unit.ts';

/**
 * `unsupported`, `too-large`: this config will never play here. `malformed`: bytes were refused, the next keyframe may do.
 * `failed`: the decoder gave up again and again, in software too.
 */
export type DecoderTrouble = 'unsupported' | 'too-large' | 'malformed' | 'failed';

export interface DecoderEvents {
  /** The receiver owns the frame and must close it. `unit` is the one it was decoded from. */
  frame(frame: VideoFrame, unit: ScreenUnit): void;
  trouble(reason: DecoderTrouble, config?: CodecConfig): void;
}

/** Chunks inside the decoder at once; the rest waits outside, where it can still be skipped. */
const MAX_IN_DECODER = 16;
/** Bytes that wait for a slow decoder before it is left to wait for a keyframe. */
const MAX_QUEUE_BYTES = 24 * 1024 * 1024;
/** Failures in a row, without one frame between them, after which a config is given up. */
const MAX_FAILURES = 4;

export class PictureDecoder {
  readonly #events: DecoderEvents;
  readonly #gop = new Gop<ScreenUnit>((unit) => unit.data.length);
  #queue: ScreenUnit[] = [];
  #queueBytes = 0;
  /** Given to the decoder and not out yet, by chunk timestamp. */
  readonly #inside = new Map<number, ScreenUnit>();
  #decoder: VideoDecoder | undefined;
  #preparing: Promise<void> | undefined;
  /** Counts configs and restarts: whatever an older one still says is not heard. */
  #generation = 0;
  #config: VideoConfig | undefined;
  #configBytes: Uint8Array | undefined;
  #acceleration: Acceleration = 'no-preference';
  #waiting = true;
  #refused = false;
  #failures = 0;
  #lastCtr = -1;
  #closed = false;
  /** Wakes `flush` when the queue moved. */
  #wake: () => void = () => undefined;

  constructor(events: DecoderEvents) {
    this.#events = events;
  }

  /** Units that no decoder works on yet: more than a few mean that frames coming out now lie in the past. */
  get backlog(): number {
    return this.#queue.length + (this.#decoder?.decodeQueueSize ?? 0);
  }

  /** Units in the order of their counters, from a keyframe on; others are ignored until one comes. */
  push(unit: ScreenUnit): void {
    if (this.#closed) return;
    if (unit.keyframe) this.#beginGop(unit);
    if (this.#waiting) return;
    this.#gop.append(unit, unit.keyframe);
    this.#queue.push(unit);
    this.#queueBytes += unit.data.length;
    if (this.#queueBytes > MAX_QUEUE_BYTES) this.#waitForKeyframe();
    else this.#pump();
  }

  /** Resolves when all that was pushed is decoded or refused. Afterwards a keyframe is needed (WebCodecs). */
  async flush(): Promise<void> {
    let done = false;
    while (!done) {
      await this.#preparing;
      const decoder = this.#decoder;
      if (decoder?.state !== 'configured') break;
      if (this.#queue.length > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      // A decoder that fails meanwhile has told so; then its replay is waited for.
      else
        done = await decoder.flush().then(
          () => true,
          () => false,
        );
    }
    this.#waitForKeyframe();
  }

  /** Forget everything, frames inside too, and wait for a keyframe. */
  reset(): void {
    this.#dropDecoder();
    this.#waitForKeyframe();
    this.#config = undefined;
    this.#configBytes = undefined;
    this.#refused = false;
    this.#failures = 0;
    this.#lastCtr = -1;
  }

  close(): void {
    this.#closed = true;
    this.reset();
  }

  #beginGop(keyframe: ScreenUnit): void {
    const config = this.#readConfig(keyframe);
    if (config === undefined) return;
    this.#waiting = false;
    // What an earlier GOP still had waiting is older than this picture.
    this.#queue = [];
    this.#queueBytes = 0;
    if (this.#decoder === undefined && this.#preparing === undefined) this.#prepare(config);
  }

  /** The config of this keyframe if it may be decoded; a new one ends the decoder of the old. */
  #readConfig(keyframe: ScreenUnit): VideoConfig | undefined {
    const bytes = keyframe.config;
    const same = bytes !== undefined && this.#configBytes !== undefined && equal(bytes, this.#configBytes);
    if (same && this.#refused) return undefined;
    const config = same ? this.#config : bytes && readVideoConfig(bytes);
    if (config === undefined) return this.#refuse('malformed');
    const verdict = judgeKeyframe(config, keyframe.data);
    if (!same) {
      if (this.#config === undefined || !sameDecoder(this.#config, config)) this.#dropDecoder();
      this.#config = config;
      this.#configBytes = bytes;
      this.#refused = verdict === 'too-large';
      this.#failures = 0;
    }
    return verdict === 'fits' ? config : this.#refuse(verdict, config);
  }

  #refuse(reason: DecoderTrouble, config?: VideoConfig): undefined {
    this.#waitForKeyframe();
    this.#events.trouble(reason, config);
  }

  #waitForKeyframe(): void {
    this.#waiting = true;
    this.#queue = [];
    this.#queueBytes = 0;
    this.#gop.clear();
  }

  #prepare(config: VideoConfig): void {
    const generation = (this.#generation += 1);
    this.#preparing = this.#find(config).then((wanted) => {
      if (generation !== this.#generation) return;
      this.#preparing = undefined;
      if (wanted === undefined) this.#giveUp('unsupported');
      else this.#configure(wanted, generation);
    });
  }

  /** Some codecs play in hardware only: then that is tried once more. */
  async #find(config: VideoConfig): Promise<VideoDecoderConfig | undefined> {
    const wanted = await findDecoderConfig(config, this.#acceleration);
    return wanted ?? (await findDecoderConfig(config, 'no-preference'));
  }

  #configure(wanted: VideoDecoderConfig, generation: number): void {
    const decoder = new VideoDecoder({
      output: (frame) => {
        if (generation === this.#generation) this.#output(frame);
        else frame.close();
      },
      error: () => {
        if (generation === this.#generation) this.#fail();
      },
    });
    this.#decoder = decoder;
    decoder.addEventListener('dequeue', () => {
      this.#pump();
      this.#wake();
    });
    try {
      decoder.configure(wanted);
    } catch {
      this.#fail();
      return;
    }
    this.#pump();
  }

  #pump(): void {
    const decoder = this.#decoder;
    if (decoder?.state !== 'configured') return;
    while (decoder.decodeQueueSize < MAX_IN_DECODER) {
      const unit = this.#queue.shift();
      if (unit === undefined) return;
      this.#queueBytes -= unit.data.length;
      this.#inside.set(unit.captureUs, unit);
      const type = unit.keyframe ? 'key' : 'delta';
      try {
        decoder.decode(new EncodedVideoChunk({ type, timestamp: unit.captureUs, data: unit.data }));
      } catch {
        this.#fail();
        return;
      }
    }
  }

  #output(frame: VideoFrame): void {
    const unit = this.#inside.get(frame.timestamp);
    this.#inside.delete(frame.timestamp);
    this.#failures = 0;
    // A replayed GOP comes out again up to where it had been; that much was shown.
    if (unit === undefined || unit.ctr <= this.#lastCtr) return frame.close();
    if (!fits({ width: frame.codedWidth, height: frame.codedHeight })) {
      frame.close();
      this.#giveUp('too-large');
      return;
    }
    this.#lastCtr = unit.ctr;
    this.#forgetOlder(unit);
    this.#events.frame(frame, unit);
  }

  /** Units that gave no frame (skipped by the decoder) must not count as pending for ever. */
  #forgetOlder(unit: ScreenUnit): void {
    for (const [timestamp, older] of this.#inside) {
      if (older.ctr >= unit.ctr - MAX_IN_DECODER) return;
      this.#inside.delete(timestamp);
    }
  }

  /** First in software with the same GOP, then with the next keyframe, then not at all. */
  #fail(): void {
    const config = this.#config;
    if (config === undefined) return;
    this.#dropDecoder();
    this.#failures += 1;
    if (this.#failures >= MAX_FAILURES) return this.#giveUp('failed');
    const replay = [...this.#gop.units];
    if (this.#failures === 1 && replay.length > 0) {
      this.#acceleration = 'prefer-software';
      this.#queue = replay;
      this.#queueBytes = this.#gop.bytes;
      this.#prepare(config);
    } else this.#refuse('malformed', config);
  }

  /** Nothing of this config is tried again; another config, or `reset`, begins anew. */
  #giveUp(reason: DecoderTrouble): void {
    this.#dropDecoder();
    this.#refused = true;
    this.#refuse(reason, this.#config);
  }

  #dropDecoder(): void {
    this.#generation += 1;
    this.#preparing = undefined;
    this.#inside.clear();
    this.#wake();
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder !== undefined && decoder.state !== 'closed') decoder.close();
  }
}

/** A decoder goes on where only picture parameters changed: the new ones are in the stream. */
function sameDecoder(a: VideoConfig, b: VideoConfig): boolean {
  return a.codecString === b.codecString && a.width === b.width && a.height === b.height;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
