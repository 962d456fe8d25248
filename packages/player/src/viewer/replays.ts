/** Old frames of our own track that nothing ordinary brings: told apart from junk by the seal itself, wherever its key is still here. */
import { openFrame, type Place } from '@sealcam/seal';
import type { Arrival } from './held-frames.ts';
import type { KeyRing } from './key-ring.ts';
import { PassedPlaces } from './passed-places.ts';

/** Refused frames that are opened in a second, only to know whether they are what they say: junk must not cost the cipher. */
const OPENED_A_SECOND = 32;

export class Replays {
  readonly #keys: KeyRing;
  readonly #ports: { readonly subtle: SubtleCrypto; now(): number };
  readonly #found: (arrival: Arrival) => void;
  readonly #passed = new PassedPlaces();
  #second = { fromMs: -Infinity, opened: 0 };

  /** @param found called with each frame that is a replay */
  constructor(
    keys: KeyRing,
    ports: { readonly subtle: SubtleCrypto; now(): number },
    found: (arrival: Arrival) => void,
  ) {
    this.#keys = keys;
    this.#ports = ports;
    this.#found = found;
  }

  /** A frame was taken, in its place in the chain. */
  took(place: Place, captureUs: number): void {
    this.#passed.took(place, captureUs, this.#ports.now());
  }

  /** A frame of a key of ours, or of one that was, was refused. */
  look(arrival: Arrival): void {
    const { kid, gopCtr } = arrival.header;
    const epoch = this.#keys.epochOf(kid);
    if (epoch === undefined || !this.#passed.isBefore(epoch, gopCtr)) return;
    // The key of a retired epoch is deleted: its key id, which nobody could guess, must do.
    if (this.#keys.find(kid) === undefined) this.#found(arrival);
    else if (this.#mayOpen()) void this.#open(arrival);
  }

  #mayOpen(): boolean {
    const nowMs = this.#ports.now();
    if (nowMs - this.#second.fromMs >= 1_000) this.#second = { fromMs: nowMs, opened: 0 };
    this.#second.opened += 1;
    return this.#second.opened <= OPENED_A_SECOND;
  }

  async #open(arrival: Arrival): Promise<void> {
    const keys = this.#keys.find(arrival.header.kid);
    if (keys === undefined) return;
    const { outcome } = await openFrame(arrival.frame, arrival.header, keys, this.#ports.subtle);
    if (outcome === 'opened') this.#found(arrival);
  }
}
