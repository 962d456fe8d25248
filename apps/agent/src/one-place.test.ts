import type { AccessUnit } from '@sealcam/media';
import type { ErrorCode } from '@sealcam/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { mainOrSub, subOrMain } from './one-place.ts';
import { Places } from './places.ts';
import { SharedStream } from './shared-stream.ts';
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
  state(state: SourceState['state'], code?: ErrorCode): void {
    this.listener?.onState({ state, sinceMs: 1, ...(code && { code }) });
  }
  units(...units: readonly AccessUnit[]): void {
    for (const each of units) this.listener?.onUnit(each);
  }
}

const TEN_MINUTES_MS = 10 * 60_000;
let [main, sub] = [new Stream(), new Stream()];
let places = new Places();
let seen: string[] = [];
let states: string[] = [];
let streams: Parameters<typeof subOrMain>[0];
const watcher: SourceListener = {
  onUnit: ({ data, discontinuity }) => seen.push(`${data[0]}${discontinuity ? '!' : ''}`),
  onState: ({ state, code }) => states.push(code ?? state),
};

beforeEach(() => {
  vi.useFakeTimers();
  [main, sub, places, seen, states] = [new Stream(), new Stream(), new Places(), [], []];
  streams = {
    ...{ main: new SharedStream(main.read), sub: new SharedStream(sub.read), places },
    monotonicMs: () => performance.now(),
  };
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a small stream', () => {
  let mainSeen: AccessUnit[] = [];
  let stop: () => void;
  beforeEach(() => {
    mainSeen = [];
    streams.main.read({ onUnit: (each) => mainSeen.push(each), onState: () => undefined });
    stop = subOrMain(streams)(watcher);
  });
  afterEach(() => {
    stop();
  });

  it('is read itself where there is room, which is learned, and main is left alone', () => {
    main.state('live');
    sub.state('live');
    sub.units(unit(1, true));
    main.units(unit(2, true));
    expect([seen, mainSeen.length, places.known]).toEqual([['1'], 1, 'unknown']);
    vi.advanceTimersByTime(3_001);
    sub.units(unit(3));
    expect(places.known).toBe('both');
  });

  it('without a place is taken from main, from its next keyframe on, and asked for again after ten minutes', () => {
    sub.state('gone', 'rtsp.busy');
    main.units(unit(1), unit(2, true), unit(3));
    expect([seen, sub.listener, places.known]).toEqual([['2!', '3'], undefined, 'one']);
    // A copy: the main listener gives the memory of its own back.
    expect(mainSeen.map(({ data }) => data[0])).toEqual([1, 2, 3]);
    vi.advanceTimersByTime(TEN_MINUTES_MS - 1);
    expect(sub.starts).toBe(1);
    vi.advanceTimersByTime(1);
    expect(sub.starts).toBe(2);
    sub.state('gone', 'rtsp.busy');
    vi.advanceTimersByTime(2 * TEN_MINUTES_MS - 1);
    expect(sub.starts).toBe(2);
    main.units(unit(4));
    expect(seen.at(-1)).toBe('4');
  });

  it('is not asked for by the next viewer either while there is no room', () => {
    sub.state('gone', 'rtsp.busy');
    stop();
    vi.advanceTimersByTime(TEN_MINUTES_MS / 2);
    stop = subOrMain(streams)(watcher);
    main.units(unit(1, true));
    expect([sub.starts, seen]).toEqual([1, ['1!']]);
    vi.advanceTimersByTime(TEN_MINUTES_MS / 2);
    expect(sub.starts).toBe(2);
  });

  it('that is gone for another reason goes on trying, and comes back at its keyframe', () => {
    sub.units(unit(1, true));
    sub.state('gone', 'rtsp.ended');
    main.units(unit(2, true));
    sub.units(unit(3), unit(4, true));
    main.units(unit(5, true));
    expect([seen, sub.starts]).toEqual([['1', '2!', '4!'], 1]);
  });

  it('that throws main out twice is given up: they do not fight', () => {
    for (let time = 0; time < 2; time += 1) {
      expect(sub.listener).toBeDefined();
      sub.state('live');
      vi.advanceTimersByTime(2_999);
      main.state('gone', 'rtsp.ended');
      sub.state('gone', 'rtsp.ended');
      vi.advanceTimersByTime(60_000);
      if (time === 0) expect(sub.listener).toBeDefined();
    }
    expect([sub.listener, places.known]).toEqual([undefined, 'one']);
    main.units(unit(7, true));
    expect(seen).toEqual(['7!']);
  });

  it('is not given up for a main stream that goes for reasons of its own', () => {
    sub.state('live');
    vi.advanceTimersByTime(3_001);
    for (let time = 0; time < 5; time += 1) main.state('gone', 'rtsp.ended');
    expect(sub.listener).toBeDefined();
  });
});

describe('a main stream', () => {
  let stop: () => void;
  beforeEach(() => {
    stop = mainOrSub(streams)(watcher);
  });
  afterEach(() => {
    stop();
  });

  it('that is there is read alone, with its sound', () => {
    main.state('live');
    main.units(unit(1, true), { ...unit(2, true), codec: 'aac' });
    vi.advanceTimersByTime(TEN_MINUTES_MS);
    expect([seen, states, sub.starts]).toEqual([['1', '2'], ['live'], 0]);
  });

  it.each<ErrorCode>(['rtsp.busy', 'rtsp.codec', 'rtsp.not-found', 'rtsp.no-keyframe', 'rtsp.transport'])(
    'that is refused (%s) for five seconds is taken from sub, and comes back at its own first picture',
    (code) => {
      main.state('gone', code);
      vi.advanceTimersByTime(4_999);
      expect(sub.starts).toBe(0);
      vi.advanceTimersByTime(1);
      sub.state('live');
      sub.units(unit(1), unit(2, true), unit(3));
      expect([seen, states]).toEqual([
        ['2!', '3'],
        [code, 'live'],
      ]);
      main.state('live');
      main.units(unit(4, true), unit(5));
      expect([seen.slice(2), sub.listener]).toEqual([['4!', '5'], undefined]);
    },
  );

  it.each<ErrorCode>(['rtsp.unreachable', 'rtsp.password', 'rtsp.refused', 'rtsp.tls'])(
    'of a camera that is not there or lets nobody in (%s) is only said to be gone',
    (code) => {
      main.state('gone', code);
      vi.advanceTimersByTime(60 * 60_000);
      expect([sub.starts, states]).toEqual([0, [code]]);
    },
  );

  it('that is back before that is not replaced', () => {
    main.state('gone', 'rtsp.ended');
    vi.advanceTimersByTime(3_000);
    main.state('live');
    vi.advanceTimersByTime(60_000);
    expect(sub.starts).toBe(0);
  });

  it('whose only place may be taken by sub is tried alone after ten minutes, and sub comes back within a second', () => {
    main.state('gone', 'rtsp.busy');
    vi.advanceTimersByTime(5_000);
    sub.units(unit(1, true));
    vi.advanceTimersByTime(TEN_MINUTES_MS);
    expect([sub.listener, main.listener]).toEqual([undefined, undefined]);
    vi.advanceTimersByTime(500);
    expect(main.starts).toBe(2);
    main.state('gone', 'rtsp.busy');
    vi.advanceTimersByTime(0);
    expect(sub.starts).toBe(2);
    sub.units(unit(2, true));
    expect(seen).toEqual(['1!', '2']);
  });

  it('that is stopped reads nothing any more, whichever stream stood in for it and whatever was waited for', () => {
    for (const afterMs of [0, 4_999, 5_000, 5_000 + TEN_MINUTES_MS, 5_000 + TEN_MINUTES_MS + 499]) {
      main.state('gone', 'rtsp.busy');
      vi.advanceTimersByTime(afterMs);
      stop();
      const starts = [main.starts, sub.starts];
      vi.advanceTimersByTime(60 * 60_000);
      expect([main.listener, sub.listener, main.starts, sub.starts]).toEqual([undefined, undefined, ...starts]);
      stop = mainOrSub(streams)(watcher);
    }
  });

  it('and a small one that both need is read once', () => {
    main.state('gone', 'rtsp.not-found');
    vi.advanceTimersByTime(5_000);
    const small: number[] = [];
    const stopSmall = subOrMain(streams)({
      onUnit: ({ data }) => small.push(data[0] ?? 0),
      onState: () => undefined,
    });
    sub.units(unit(1, true), unit(2));
    expect([sub.starts, seen, small]).toEqual([1, ['1!', '2'], [1, 2]]);
    stopSmall();
    sub.units(unit(3));
    expect([sub.listener !== undefined, seen, small]).toEqual([true, ['1!', '2', '3'], [1, 2]]);
  });
});
