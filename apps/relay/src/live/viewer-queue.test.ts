/** What may wait for one viewer, to the byte and the millisecond: memory that a slow one costs, and pictures that would come late. */
import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '@sealcam/protocol';
import { ViewerQueue } from './viewer-queue.ts';

const DRAINED = LIMITS.viewerQueueBytes / 16;
const STALLED_MS = 3_000;
const bytes = (length: number): Uint8Array => new Uint8Array(length);

/** A socket that keeps what it is given until a test takes it out. */
class Kept {
  bufferedAmount = 0;
  send({ length }: Uint8Array): boolean {
    this.bufferedAmount += length;
    return this.bufferedAmount <= DRAINED;
  }
}

describe('a queue', () => {
  let socket: Kept;
  let queue: ViewerQueue;
  beforeEach(() => {
    socket = new Kept();
    queue = new ViewerQueue(socket, 0);
  });

  it('is drained at a sixteenth of its bound, and not with a byte more', () => {
    socket.bufferedAmount = DRAINED;
    expect(queue.drained).toBe(true);
    socket.bufferedAmount += 1;
    expect(queue.drained).toBe(false);
  });

  it('takes live units up to its bound, and not a byte more', () => {
    socket.bufferedAmount = LIMITS.viewerQueueBytes - 10;
    expect(queue.sendLive(bytes(11), 0)).toBe(false);
    expect(queue.sendLive(bytes(10), 0)).toBe(true);
    expect(queue.sendLive(bytes(1), 0)).toBe(false);
    expect(socket.bufferedAmount).toBe(LIMITS.viewerQueueBytes);
  });

  it('that was not drained for three seconds takes nothing, counted from when it last was', () => {
    socket.bufferedAmount = DRAINED + 1;
    expect(queue.sendLive(bytes(1), STALLED_MS)).toBe(true);
    expect(queue.sendLive(bytes(1), STALLED_MS + 1)).toBe(false);
    socket.bufferedAmount = DRAINED;
    expect(queue.sendLive(bytes(1), 50_000)).toBe(true);
    expect(queue.sendLive(bytes(1), 50_000 + STALLED_MS)).toBe(true);
    expect(queue.sendLive(bytes(1), 50_001 + STALLED_MS)).toBe(false);
  });

  it('that flowed until just now counts from there', () => {
    expect(queue.sendLive(bytes(10), 0)).toBe(true);
    expect(queue.sendLive(bytes(DRAINED), 60_000)).toBe(true);
    expect(queue.sendLive(bytes(1), 60_000 + STALLED_MS)).toBe(true);
    expect(queue.sendLive(bytes(1), 60_001 + STALLED_MS)).toBe(false);
  });

  it('takes a kept GOP beside a full queue of live units, and not a byte more', () => {
    socket.bufferedAmount = LIMITS.viewerQueueBytes;
    expect(queue.sendReplay(bytes(LIMITS.gopBytes - 10))).toBe(true);
    expect(queue.sendReplay(bytes(11))).toBe(false);
    expect(queue.sendReplay(bytes(10))).toBe(true);
    expect(queue.sendReplay(bytes(1))).toBe(false);
  });

  it('with a GOP on its way takes live units beside it and however long it takes, until it is as small as any', () => {
    expect(queue.sendReplay(bytes(LIMITS.viewerQueueBytes + 1_000))).toBe(true);
    const full = 2 * LIMITS.viewerQueueBytes + 1_000;
    expect(queue.sendLive(bytes(full - socket.bufferedAmount + 1), STALLED_MS * 10)).toBe(false);
    expect(queue.sendLive(bytes(full - socket.bufferedAmount), STALLED_MS * 10)).toBe(true);
    expect(queue.sendLive(bytes(1), STALLED_MS * 10)).toBe(false);
    socket.bufferedAmount = LIMITS.viewerQueueBytes + 1;
    expect(queue.sendLive(bytes(1), STALLED_MS * 10)).toBe(true);
    socket.bufferedAmount = LIMITS.viewerQueueBytes;
    expect(queue.sendLive(bytes(0), STALLED_MS * 10)).toBe(false);
    socket.bufferedAmount = 0;
    expect(queue.sendLive(bytes(LIMITS.viewerQueueBytes + 1), STALLED_MS * 10)).toBe(false);
  });
});
