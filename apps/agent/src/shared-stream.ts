/** One stream of a camera, read once, for all who want its pictures: it costs the camera one place. */
import { isVideo, type AccessUnit } from '@sealcam/media';
import type { ReadSource, SourceListener, SourceState } from './source.ts';

interface Reader {
  readonly listener: SourceListener;
  /** It came while the stream was read: it begins with the next keyframe. */
  joins: boolean;
}

export class SharedStream {
  readonly #source: ReadSource;
  readonly #readers: Reader[] = [];
  readonly #taps = new Set<SourceListener>();
  #stop: (() => void) | undefined;
  #state: SourceState | undefined;

  constructor(source: ReadSource) {
    this.#source = source;
  }

  /** Undefined while nobody reads it. */
  get state(): SourceState | undefined {
    return this.#state;
  }

  /** Each reader gets units of its own. */
  readonly read: ReadSource = (listener) => {
    const reader: Reader = { listener, joins: this.#stop !== undefined };
    this.#readers.push(reader);
    if (this.#stop === undefined) this.#start();
    else setTimeout(() => this.#tell(reader), 0);
    return () => this.#leave(reader);
  };

  /**
   * Listens to what others read, and starts nothing.
   * @returns end. A unit is a reader's own: what is kept of it must be a copy
   */
  tap(tap: SourceListener): () => void {
    this.#taps.add(tap);
    return () => this.#taps.delete(tap);
  }

  #start(): void {
    this.#stop = this.#source({
      onUnit: (unit) => this.#onUnit(unit),
      onState: (state) => {
        this.#state = state;
        for (const tap of [...this.#taps]) tap.onState(state);
        for (const reader of [...this.#readers]) this.#tell(reader);
      },
    });
  }

  #leave(reader: Reader): void {
    const at = this.#readers.indexOf(reader);
    if (at >= 0) this.#readers.splice(at, 1);
    if (this.#readers.length > 0) return;
    this.#stop?.();
    this.#stop = undefined;
    this.#state = undefined;
  }

  #tell(reader: Reader): void {
    if (this.#state !== undefined && this.#readers.includes(reader)) reader.listener.onState(this.#state);
  }

  /** The first reader last: the unit itself is that one's, and it may give its memory back. */
  #onUnit(unit: AccessUnit): void {
    for (const tap of [...this.#taps]) tap.onUnit(unit);
    for (const reader of this.#readers.slice(1)) this.#give(reader, { ...unit, data: unit.data.slice() });
    const [first] = this.#readers;
    if (first !== undefined) this.#give(first, unit);
  }

  #give(reader: Reader, unit: AccessUnit): void {
    if (!this.#readers.includes(reader)) return;
    if (!reader.joins || !isVideo(unit.codec)) return reader.listener.onUnit(unit);
    if (!unit.keyframe) return;
    reader.joins = false;
    reader.listener.onUnit({ ...unit, discontinuity: true });
  }
}
