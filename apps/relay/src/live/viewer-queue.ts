/**
 * What waits to go out to one viewer. Over its bounds a track gets nothing more until the queue has drained, so that a slow
 * viewer falls back to a keyframe, costs bounded memory and harms nobody else. Buffers are shared, never copied.
 */
import { LIMITS } from '@sealcam/protocol';

/** Where units go, as far as the queue needs it. */
export interface QueuedSocket {
  readonly bufferedAmount: number;
  /** @returns whether no more than `DRAINED_BYTES` wait now; false says nothing */
  send(message: Uint8Array): boolean;
}

/** Below this the queue counts as drained; other tracks of the viewer may go on all the while, so it need not be 0. */
const DRAINED_BYTES = LIMITS.viewerQueueBytes / 16;
/** A queue that was never empty for so long means pictures that are old when they arrive, whatever its bytes. */
const STALLED_MS = 3_000;

export class ViewerQueue {
  readonly #socket: QueuedSocket;
  /** Bytes of replays on their way: a kept GOP may be larger than the bound for live units, and comes only once. */
  #replayBytes = 0;
  #emptyAtMs: number;
  /** The last unit went straight out: mostly so, and then nothing is looked up for the next one. */
  #flows = false;

  constructor(socket: QueuedSocket, nowMs: number) {
    this.#socket = socket;
    this.#emptyAtMs = nowMs;
  }

  get drained(): boolean {
    return this.#socket.bufferedAmount <= DRAINED_BYTES;
  }

  /** @param nowMs monotonic. @returns false when the viewer is behind; the unit was not taken */
  sendLive(message: Uint8Array, nowMs: number): boolean {
    if (this.#flows) {
      this.#emptyAtMs = nowMs;
      this.#replayBytes = 0;
      this.#flows = this.#socket.send(message);
      return true;
    }
    const queued = this.#socket.bufferedAmount;
    if (queued <= DRAINED_BYTES) this.#emptyAtMs = nowMs;
    if (queued <= LIMITS.viewerQueueBytes) this.#replayBytes = 0;
    if (this.#replayBytes === 0 && nowMs - this.#emptyAtMs > STALLED_MS) return false;
    if (queued + message.length > LIMITS.viewerQueueBytes + this.#replayBytes) return false;
    this.#flows = this.#socket.send(message);
    return true;
  }

  /** A unit of the kept GOP. @returns false when it was not taken */
  sendReplay(message: Uint8Array): boolean {
    if (this.#socket.bufferedAmount + message.length > LIMITS.viewerQueueBytes + LIMITS.gopBytes) return false;
    this.#replayBytes = Math.min(this.#replayBytes + message.length, LIMITS.gopBytes);
    this.#flows = this.#socket.send(message);
    return true;
  }
}
