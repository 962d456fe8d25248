/** One track and its viewings: what the guard stops, who is brought in by a join, and who needs none. */
import { describe, expect, it } from 'vitest';
import {
  cameraId,
  deviceId,
  encodeEnvelope,
  epoch,
  homeId,
  LIMITS,
  parseSealedHeader,
  STREAM,
  type StreamId,
  type Track,
} from '@sealcam/protocol';
import { kidOf, sealedUnit } from '../../test/house.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { agentTopic, Bus, type AgentRequest, type Unit } from '../bus.ts';
import { AnnouncedKeys } from '../incidents/announced-keys.ts';
import { Guard } from '../incidents/guard.ts';
import type { Span } from '../ledger/span.ts';
import { EventLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { KeyStore } from '../store/key-store.ts';
import { LiveTrack } from './track.ts';
import { ViewerQueue } from './viewer-queue.ts';
import { Viewing } from './viewing.ts';

const HOME = homeId('a'.repeat(32));
const CAMERA = cameraId('b'.repeat(32));
const [OURS, STRANGE] = [kidOf('ours'), kidOf('strange')];

/** A socket that is full where a test says so. */
class Pipe {
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  send(message: Uint8Array): boolean {
    this.sent.push(message);
    return false;
  }
}

class Stage {
  readonly clock = new ManualClock();
  readonly bus = new Bus();
  readonly asked: AgentRequest[] = [];
  readonly live: LiveTrack;
  readonly #track: Track;
  readonly #stop: () => void;
  #joinId = 0;

  constructor(streamId: StreamId = STREAM.main) {
    this.#track = { homeId: HOME, cameraId: CAMERA, streamId };
    const keys = new AnnouncedKeys({
      ...{ store: {} as KeyStore, clock: this.clock, log: new EventLog(undefined) },
      ledger: { append: () => Promise.reject(new Error('nothing enters')) },
    });
    keys.take(HOME, epoch(1), [{ ...this.#track, kid: OURS }], []);
    const metrics = createMetrics();
    const guard = new Guard({ keys, metrics, crossed: () => undefined });
    const nextJoinId = (): number => (this.#joinId += 1);
    this.live = new LiveTrack(this.#track, { bus: this.bus, clock: this.clock, metrics, guard, nextJoinId });
    this.#stop = this.bus.subscribe(agentTopic(HOME), (request) => this.asked.push(request));
  }

  viewer(pipe = new Pipe(), leaseMs: number = LIMITS.leaseMs): { viewing: Viewing; pipe: Pipe } {
    const viewing = new Viewing({
      question: { ...this.#track, deviceId: deviceId('d'.repeat(32)) },
      connectionId: 'e'.repeat(32),
      queue: new ViewerQueue(pipe, this.clock.monoMs()),
      span: { delivered: () => undefined } as unknown as Span,
      leaseEndMs: this.clock.monoMs() + leaseMs,
      declared: { cameraModel: '', displayModel: '', route: 'sealed', own: false },
      onCut: () => undefined,
    });
    this.live.add(viewing);
    return { viewing, pipe };
  }

  /** One that is live already. */
  liveViewer(pipe = new Pipe()): { viewing: Viewing; pipe: Pipe } {
    const viewer = this.viewer(pipe, 3_600_000);
    this.clock.advance(60);
    this.live.on({ t: 'joined', joinId: this.joins().at(-1) ?? 0 });
    return viewer;
  }

  /** One whose queue was over its bound when a unit came. */
  behindViewer(): { viewing: Viewing; pipe: Pipe } {
    const viewer = this.liveViewer();
    viewer.pipe.bufferedAmount = LIMITS.viewerQueueBytes;
    this.unit();
    expect(viewer.viewing.state).toBe('behind');
    return viewer;
  }

  joins(): number[] {
    return this.asked.flatMap((request) => (request.t === 'join' ? [request.joinId] : []));
  }

  unit(kid = OURS): void {
    this.live.on({ t: 'unit', unit: this.#unit(kid) });
  }

  replay(joinId: number, kid = OURS): void {
    this.live.on({ t: 'replay', joinId, unit: this.#unit(kid) });
  }

  agentIsAway(): void {
    this.#stop();
  }

  #unit(kid: typeof OURS): Unit {
    const sealed = sealedUnit(kid, 1, 1);
    const message = encodeEnvelope({ ...this.#track, epoch: epoch(1), joinId: undefined, sealed });
    return { ...this.#track, epoch: epoch(1), message, header: parseSealedHeader(sealed) };
  }
}

describe('the guard', () => {
  it('is asked of each live and each replayed unit, and what it stops reaches nobody', () => {
    const stage = new Stage();
    const { pipe } = stage.liveViewer();
    const joiner = stage.viewer();
    const joinId = stage.joins().at(-1) ?? 0;
    for (const kid of [STRANGE, OURS, STRANGE]) {
      stage.unit(kid);
      stage.replay(joinId, kid);
    }
    expect([pipe.sent.length, joiner.pipe.sent.length]).toEqual([1, 1]);
  });
});

describe('stills and states', () => {
  it.each([STREAM.still, STREAM.state])('of stream %i need no join, whether the agent comes or goes', (stream) => {
    const stage = new Stage(stream);
    const { pipe } = stage.viewer();
    stage.unit();
    for (const change of [() => stage.live.agentLeft(), () => stage.live.agentCame(), () => stage.live.tick(9e9)]) {
      change();
      stage.unit();
    }
    expect(pipe.sent.length).toBe(4);
    expect(stage.joins()).toEqual([]);
  });

  it('that a full queue did not take are made up for by the next one', () => {
    const stage = new Stage(STREAM.still);
    const { pipe } = stage.viewer();
    pipe.bufferedAmount = LIMITS.viewerQueueBytes;
    stage.unit();
    expect(pipe.sent.length).toBe(0);
    pipe.bufferedAmount = 0;
    stage.unit();
    expect(pipe.sent.length).toBe(1);
  });
});

describe('a viewing', () => {
  it('that is over gets nothing, of no kind, and is counted once', () => {
    const stage = new Stage();
    const { viewing, pipe } = stage.liveViewer();
    const joiner = stage.viewer();
    const joinId = stage.joins().at(-1) ?? 0;
    for (const each of [viewing, joiner.viewing, viewing]) stage.live.remove(each);
    stage.unit();
    stage.replay(joinId);
    stage.live.on({ t: 'joined', joinId });
    expect([pipe.sent.length, joiner.pipe.sent.length, stage.live.viewers]).toEqual([0, 0, 0]);
    expect([viewing.state, joiner.viewing.state]).toEqual(['over', 'over']);
    expect(stage.asked.flatMap((each) => (each.t === 'watch' ? [each.viewers] : []))).toEqual([1, 2, 1, 0]);
  });

  it('that fell behind in a join gets no more of it, and is not live when it ends', () => {
    const stage = new Stage();
    const { viewing, pipe } = stage.viewer();
    const joinId = stage.joins().at(-1) ?? 0;
    pipe.bufferedAmount = LIMITS.viewerQueueBytes + LIMITS.gopBytes;
    stage.replay(joinId);
    pipe.bufferedAmount = 0;
    stage.replay(joinId);
    stage.live.on({ t: 'joined', joinId });
    expect([viewing.state, pipe.sent.length]).toEqual(['behind', 0]);
  });

  it('that is behind and has drained is brought in by the second’s tick, though no unit comes', () => {
    const stage = new Stage();
    const { viewing, pipe } = stage.behindViewer();
    const before = stage.joins().length;
    stage.clock.advance(1_000);
    stage.live.tick(stage.clock.monoMs());
    expect(stage.joins().length).toBe(before);
    pipe.bufferedAmount = 0;
    stage.live.tick(stage.clock.monoMs());
    expect([viewing.state, stage.joins().length]).toEqual(['joining', before + 1]);
  });

  it('that is behind without a lease is not, from its last millisecond on', () => {
    const stage = new Stage();
    const { viewing, pipe } = stage.behindViewer();
    pipe.bufferedAmount = 0;
    const before = stage.joins().length;
    viewing.leaseEndMs = stage.clock.monoMs();
    stage.live.tick(stage.clock.monoMs());
    stage.unit();
    expect([viewing.state, stage.joins().length]).toEqual(['behind', before]);
    viewing.leaseEndMs += 1;
    stage.unit();
    stage.clock.advance(60);
    expect([viewing.state, stage.joins().length]).toEqual(['joining', before + 1]);
  });
});

describe('a join', () => {
  it('that nobody asked for, or that was answered, brings nobody in', () => {
    const stage = new Stage();
    const { viewing, pipe } = stage.viewer();
    const joinId = stage.joins().at(-1) ?? 0;
    stage.replay(joinId + 1);
    stage.live.on({ t: 'joined', joinId: joinId + 1 });
    expect([viewing.state, pipe.sent.length]).toEqual(['joining', 0]);
    stage.live.on({ t: 'joined', joinId });
    stage.replay(joinId);
    expect([viewing.state, pipe.sent.length]).toEqual(['live', 0]);
  });

  it('waits where no agent hears it, and is asked for once by the one that comes', () => {
    const stage = new Stage();
    stage.agentIsAway();
    const [first, second] = [stage.viewer(), stage.viewer()];
    expect([first.viewing.state, second.viewing.state]).toEqual(['waiting', 'waiting']);
    stage.bus.subscribe(agentTopic(HOME), (request) => stage.asked.push(request));
    stage.live.agentCame();
    expect([first.viewing.state, second.viewing.state, stage.joins().length]).toEqual(['joining', 'joining', 1]);
  });

  it('of an agent that left is void: who was live or joining waits for the next agent', () => {
    const stage = new Stage();
    const [first, second] = [stage.liveViewer(), stage.viewer()];
    const joinId = stage.joins().at(-1) ?? 0;
    stage.live.agentLeft();
    stage.live.on({ t: 'joined', joinId });
    stage.unit();
    expect([first.viewing.state, second.viewing.state]).toEqual(['waiting', 'waiting']);
    expect([first.pipe.sent.length, second.pipe.sent.length]).toEqual([0, 0]);
    stage.live.agentCame();
    expect([first.viewing.state, second.viewing.state]).toEqual(['joining', 'joining']);
  });

  it('is not asked for within 50 ms of the one before, and once for all who came meanwhile', () => {
    const stage = new Stage();
    stage.viewer();
    stage.replay(stage.joins().at(-1) ?? 0);
    for (let n = 0; n < 5; n += 1) stage.viewer();
    stage.clock.advance(49);
    expect(stage.joins().length).toBe(1);
    stage.clock.advance(1);
    expect(stage.joins().length).toBe(2);
    stage.clock.advance(1_000);
    expect(stage.joins().length).toBe(2);
  });
});
