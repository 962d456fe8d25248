import type { AccessUnit } from '@sealcam/media';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedMain, subOrMain } from './one-place.ts';
import type { ReadSource, SourceListener, SourceState } from './source.ts';

const unit = (name: number, keyframe = false): AccessUnit => ({
  ...{ codec: 'h264', keyframe, captureUs: name, durationUs: 0, discontinuity: false },
  data: Uint8Array.of(name),
});

/** A stream in the hands of the test. */
class Stream {
  starts = 0;
  listener: SourceListener | undefined;
  readonly read: ReadSource = (listener) => {
    this.starts += 1;
    this.listener = listener;
    return () => (this.listener = undefined);
  };
  state(state: SourceState['state'], code?: SourceState['code']): void {
    this.listener?.onState({ state, sinceMs: 1, ...(code && { code }) });
  }
}

describe('a small stream', () => {
  const main = new Stream();
  const sub = new Stream();
  let nowMs = 0;
  let seen: string[] = [];
  let mainSeen: AccessUnit[] = [];
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    [nowMs, seen, mainSeen, sub.starts] = [0, [], [], 0];
    const shared = new SharedMain(main.read);
    shared.read({ onUnit: (each) => mainSeen.push(each), onState: () => undefined });
    const clock = { monotonicMs: () => nowMs };
    stop = subOrMain(
      sub.read,
      shared,
      clock,
    )({
      onUnit: ({ data, discontinuity }) => seen.push(`${data[0]}${discontinuity ? '!' : ''}`),
      onState: () => undefined,
    });
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
  });

  it('is read itself where there is room, and main is left alone', () => {
    sub.state('live');
    sub.listener?.onUnit(unit(1, true));
    main.listener?.onUnit(unit(2, true));
    expect([seen, mainSeen.length]).toEqual([['1'], 1]);
  });

  it('without a place is taken from main, from its next keyframe on, and asked for again after ten minutes', () => {
    sub.state('gone', 'rtsp.busy');
    for (const each of [unit(1), unit(2, true), unit(3)]) main.listener?.onUnit(each);
    expect([seen, sub.listener]).toEqual([['2!', '3'], undefined]);
    // A copy: the main listener gives the memory of its own back.
    expect(mainSeen.map(({ data }) => data[0])).toEqual([1, 2, 3]);
    vi.advanceTimersByTime(10 * 60_000 - 1);
    expect(sub.starts).toBe(1);
    vi.advanceTimersByTime(1);
    expect(sub.starts).toBe(2);
    sub.state('gone', 'rtsp.busy');
    vi.advanceTimersByTime(20 * 60_000 - 1);
    expect(sub.starts).toBe(2);
    main.listener?.onUnit(unit(4));
    expect(seen.at(-1)).toBe('4');
  });

  it('that is gone for another reason goes on trying, and comes back at its keyframe', () => {
    sub.listener?.onUnit(unit(1, true));
    sub.state('gone', 'rtsp.ended');
    main.listener?.onUnit(unit(2, true));
    sub.listener?.onUnit(unit(3));
    sub.listener?.onUnit(unit(4, true));
    main.listener?.onUnit(unit(5, true));
    expect([seen, sub.starts]).toEqual([['1', '2!', '4!'], 1]);
  });

  it('that throws main out twice is given up: they do not fight', () => {
    for (let time = 0; time < 2; time += 1) {
      expect(sub.listener).toBeDefined();
      sub.state('live');
      nowMs += 2_999;
      main.state('gone', 'rtsp.ended');
      nowMs += 60_000;
    }
    expect(sub.listener).toBeUndefined();
    main.listener?.onUnit(unit(7, true));
    expect(seen).toEqual(['7!']);
  });

  it('is not given up for a main stream that goes for reasons of its own', () => {
    sub.state('live');
    nowMs += 3_001;
    for (let time = 0; time < 5; time += 1) main.state('gone', 'rtsp.ended');
    expect(sub.listener).toBeDefined();
  });
});
