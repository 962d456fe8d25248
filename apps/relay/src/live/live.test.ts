import { describe, expect, it } from 'vitest';
import { cameraId, deviceId, epoch, homeId, keyId, LIMITS, parseSealedHeader, type StreamId } from '@sealcam/protocol';
import { sealedUnit } from '../../test/house.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { agentTopic, Bus, homeTopic, trackTopic, type AgentRequest, type Unit } from '../bus.ts';
import { CachedUnits } from '../cached-units.ts';
import { Gate } from '../gate.ts';
import type { Guard } from '../incidents/guard.ts';
import type { Span } from '../ledger/span.ts';
import { EventLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import type { GateFacts, Store } from '../store/store.ts';
import { FanOut } from './fan-out.ts';
import { Leases } from './leases.ts';
import { ViewerQueue } from './viewer-queue.ts';
import { Viewing } from './viewing.ts';

const HOME = homeId('a'.repeat(32));
const CAMERA = cameraId('b'.repeat(32));
const KID = keyId(`8${'c'.repeat(15)}`);
const MEMBER: GateFacts = {
  ended: false,
  member: { role: 'viewer', notAfter: 0, removed: false, granted: true, model: '', route: 'sealed', declared: true },
  camera: { streams: 31, private: false, model: '' },
  suspended: [],
};

/** A socket that takes everything and sends nothing until it is drained. */
class Pipe {
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  send(data: Uint8Array): boolean {
    this.sent.push(data);
    if (this.stuck) this.bufferedAmount += data.length;
    return this.bufferedAmount === 0;
  }
  stuck = false;
}

function unit(ctr: number, bytes = 1000, stream: StreamId = 0, home = HOME): Unit {
  const message = sealedUnit(KID, ctr, 0, bytes);
  return {
    homeId: home,
    cameraId: CAMERA,
    streamId: stream,
    epoch: epoch(1),
    message,
    header: parseSealedHeader(message),
  };
}

/** Live fan-out with a store that answers as told, and an agent that is a list. */
class Stage {
  readonly clock = new ManualClock();
  readonly bus = new Bus();
  readonly asked: AgentRequest[] = [];
  readonly cuts: string[] = [];
  readonly closed: Span[] = [];
  answer: () => Promise<GateFacts | undefined> = () => Promise.resolve(MEMBER);
  readonly fanOut = new FanOut({
    bus: this.bus,
    clock: this.clock,
    metrics: createMetrics(),
    guard: { of: () => ({ passes: () => true }) } as unknown as Guard,
    closeSpan: (span) => this.closed.push(span),
  });
  readonly leases = new Leases({
    gate: new Gate({ gate: () => this.answer() } as unknown as Store, this.clock, createMetrics()),
    fanOut: this.fanOut,
    clock: this.clock,
    log: new EventLog(undefined),
  });

  constructor() {
    this.bus.subscribe(agentTopic(HOME), (request) => this.asked.push(request));
    this.clock.every(1_000, () => {
      this.leases.tick();
      this.fanOut.tick(this.clock.monoMs());
    });
  }

  viewer(pipe: Pipe, name = 'd'): Viewing {
    const viewing = new Viewing({
      question: { homeId: HOME, deviceId: deviceId(name.repeat(32)), cameraId: CAMERA, streamId: 0 },
      connectionId: name,
      queue: new ViewerQueue(pipe, this.clock.monoMs()),
      span: { delivered: () => undefined } as unknown as Span,
      leaseEndMs: this.clock.monoMs() + LIMITS.leaseMs,
      declared: { cameraModel: '', displayModel: '', route: 'sealed', own: false },
      onCut: (code) => this.cuts.push(code),
    });
    this.fanOut.add(viewing);
    return viewing;
  }

  joins(): Extract<AgentRequest, { t: 'join' }>[] {
    return this.asked.filter((request) => request.t === 'join');
  }

  answerJoin(): void {
    this.clock.advance(60);
    const join = this.joins().at(-1);
    if (join !== undefined) this.bus.publish(trackTopic(unit(0)), { t: 'joined', joinId: join.joinId });
  }

  unit(ctr: number, bytes?: number): void {
    this.bus.publish(trackTopic(unit(0)), { t: 'unit', unit: unit(ctr, bytes) });
  }
}

/** Lets everything that waits for an answer of the gate go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('leases', () => {
  it('are renewed by asking, for as long as the gate says yes', async () => {
    const stage = new Stage();
    const pipe = new Pipe();
    stage.viewer(pipe);
    stage.answerJoin();
    for (let second = 0; second < 20; second += 1) {
      stage.clock.advance(1_000);
      await turn();
      stage.unit(second);
    }
    expect(pipe.sent.length).toBe(20);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('no store'))],
    ['hangs', () => new Promise<undefined>(() => undefined)],
  ])('run out when the store %s: nothing is sent, and the viewer is told', async (_name, answer) => {
    const stage = new Stage();
    const pipe = new Pipe();
    stage.viewer(pipe);
    stage.answerJoin();
    stage.answer = answer;
    stage.unit(0);
    stage.clock.advance(LIMITS.leaseMs);
    await turn();
    stage.unit(1);
    expect(pipe.sent.length).toBe(1);
    stage.clock.advance(2_000);
    await turn();
    expect(stage.cuts).toEqual(['lease.expired']);
    stage.unit(2);
    expect(pipe.sent.length).toBe(1);
  });

  it('that ran out wait one second for the reason, and no longer', async () => {
    const stage = new Stage();
    stage.viewer(new Pipe());
    stage.answer = () => new Promise<undefined>(() => undefined);
    stage.clock.advance(LIMITS.leaseMs + 999);
    await turn();
    expect(stage.cuts).toEqual([]);
    stage.clock.advance(1);
    expect(stage.cuts).toEqual(['lease.expired']);
  });

  it('send nothing between a change and the answer to it, and catch up with a join', async () => {
    const stage = new Stage();
    const pipe = new Pipe();
    stage.viewer(pipe);
    stage.answerJoin();
    const before = stage.joins().length;
    const asked = stage.leases.doubt(HOME);
    stage.unit(0);
    expect(pipe.sent.length).toBe(0);
    await asked;
    stage.unit(1);
    stage.answerJoin();
    expect(stage.joins().length).toBe(before + 1);
    stage.unit(2);
    expect(pipe.sent.length).toBe(1);
  });

  it('do not believe an answer that was asked for before the change', async () => {
    const stage = new Stage();
    const pipe = new Pipe();
    stage.viewer(pipe);
    stage.answerJoin();
    const late: ((facts: GateFacts) => void)[] = [];
    stage.answer = () => new Promise((resolve) => late.push(resolve));
    stage.clock.advance(3_000);
    expect(late.length).toBe(1);
    const doubt = stage.leases.doubt(HOME);
    late[0]?.(MEMBER);
    await turn();
    stage.unit(0);
    expect(pipe.sent.length).toBe(0);
    late[1]?.({ ...MEMBER, member: undefined });
    await doubt;
    expect(stage.cuts).toEqual(['device.unknown']);
  });

  it('ask once for all viewings of one device and stream', async () => {
    const stage = new Stage();
    let questions = 0;
    stage.answer = () => {
      questions += 1;
      return Promise.resolve(MEMBER);
    };
    for (let index = 0; index < 30; index += 1) stage.viewer(new Pipe());
    stage.viewer(new Pipe(), 'e');
    await stage.leases.doubt(HOME);
    expect(questions).toBe(2);
  });
});

describe('the agent', () => {
  it('is told how many watch, to the last one, however they go: it sends nothing for nobody', async () => {
    const stage = new Stage();
    const watched = (): number[] => stage.asked.flatMap((each) => (each.t === 'watch' ? [each.viewers] : []));
    const first = stage.viewer(new Pipe(), 'd');
    stage.viewer(new Pipe(), 'e');
    stage.fanOut.end(first);
    expect(watched()).toEqual([1, 2, 1]);
    stage.answer = () => Promise.resolve(undefined);
    await stage.leases.doubt(HOME);
    expect(stage.cuts).toEqual(['home.unknown']);
    expect(watched()).toEqual([1, 2, 1, 0]);
  });
});

describe('a slow viewer', () => {
  it('falls back to a join of its own, in bounded memory, and harms nobody', async () => {
    const stage = new Stage();
    const [slow, quick] = [new Pipe(), new Pipe()];
    stage.viewer(slow, 'd');
    stage.viewer(quick, 'e');
    stage.answerJoin();
    slow.stuck = true;
    const before = stage.joins().length;
    for (let ctr = 0; ctr < 40; ctr += 1) stage.unit(ctr, 500_000);
    expect(quick.sent.length).toBe(40);
    expect(slow.bufferedAmount).toBeLessThanOrEqual(LIMITS.viewerQueueBytes);
    expect(stage.joins().length).toBe(before);
    slow.stuck = false;
    slow.bufferedAmount = 0;
    const had = slow.sent.length;
    stage.unit(40);
    stage.clock.advance(60);
    const join = stage.joins().at(-1);
    expect(stage.joins().length).toBe(before + 1);
    stage.bus.publish(trackTopic(unit(0)), { t: 'replay', joinId: join?.joinId ?? 0, unit: unit(30) });
    stage.answerJoin();
    stage.unit(41);
    expect(slow.sent.length).toBe(had + 2);
    expect(quick.sent.length).toBe(42);
    await turn();
  });

  it('is behind when its queue is never empty for 3 s, however little is in it', () => {
    const pipe = new Pipe();
    const queue = new ViewerQueue(pipe, 0);
    pipe.bufferedAmount = 500_000;
    expect(queue.sendLive(new Uint8Array(10), 2_900)).toBe(true);
    expect(queue.sendLive(new Uint8Array(10), 3_100)).toBe(false);
    pipe.bufferedAmount = 0;
    expect(queue.sendLive(new Uint8Array(10), 3_200)).toBe(true);
  });

  it('is looked at again as soon as a unit did not go straight out', () => {
    const pipe = new Pipe();
    const queue = new ViewerQueue(pipe, 0);
    const unit = new Uint8Array(4 * 1024 * 1024);
    expect(queue.sendLive(unit, 0)).toBe(true);
    pipe.stuck = true;
    expect(queue.sendLive(unit, 60_000)).toBe(true);
    expect(queue.sendLive(unit, 60_001)).toBe(false);
    expect(pipe.bufferedAmount).toBe(unit.length);
    pipe.stuck = false;
    pipe.bufferedAmount = 0;
    expect([1, 2, 3].map((ms) => queue.sendLive(unit, 120_000 + ms))).toEqual([true, true, true]);
  });

  it('may get a kept GOP that is larger than its bound for live units, once', () => {
    const pipe = new Pipe();
    pipe.stuck = true;
    const queue = new ViewerQueue(pipe, 0);
    const big = new Uint8Array(3 * 1024 * 1024);
    let replayed = 0;
    while (queue.sendReplay(big)) replayed += 1;
    expect(replayed * big.length).toBeLessThanOrEqual(LIMITS.gopBytes + LIMITS.viewerQueueBytes);
    expect(replayed * big.length).toBeGreaterThan(LIMITS.viewerQueueBytes);
  });
});

describe('buffers', () => {
  it('are one for all viewers', () => {
    const stage = new Stage();
    const pipes = Array.from({ length: 5 }, () => new Pipe());
    for (const pipe of pipes) stage.viewer(pipe);
    stage.answerJoin();
    stage.unit(1);
    expect(new Set(pipes.map((pipe) => pipe.sent[0])).size).toBe(1);
  });

  it('of stills are a copy: what happens to the socket’s buffer later changes no cached picture', () => {
    const cached = new CachedUnits(1_000_000);
    const still = unit(1, 100, 3);
    const before = Uint8Array.from(still.message);
    cached.keep(still);
    still.message.fill(0);
    expect(cached.get(still, epoch(1))?.message).toEqual(before);
  });

  it('of stills are found only under home, camera, stream and epoch', () => {
    const cached = new CachedUnits(3_000);
    const still = unit(1, 100, 3);
    cached.keep(still);
    expect(cached.get({ ...still, homeId: homeId('f'.repeat(32)) }, epoch(1))).toBeUndefined();
    expect(cached.get({ ...still, cameraId: cameraId('f'.repeat(32)) }, epoch(1))).toBeUndefined();
    expect(cached.get({ ...still, streamId: 4 }, epoch(1))).toBeUndefined();
    expect(cached.get(still, epoch(2))).toBeUndefined();
    expect(cached.keep(unit(2, 5_000, 3))).toBe(false);
    cached.deleteOlder(HOME, epoch(2));
    expect(cached.get(still, epoch(1))).toBeUndefined();
  });
});

describe('an agent', () => {
  it('that does not answer a join is asked again, and joins are not asked for in a storm', () => {
    const stage = new Stage();
    stage.viewer(new Pipe());
    expect(stage.joins().length).toBe(1);
    stage.bus.publish(trackTopic(unit(0)), { t: 'replay', joinId: stage.joins()[0]?.joinId ?? 0, unit: unit(1) });
    for (let index = 0; index < 20; index += 1) stage.viewer(new Pipe());
    expect(stage.joins().length).toBe(1);
    stage.clock.advance(60);
    expect(stage.joins().length).toBe(2);
    stage.clock.advance(5_000);
    expect(stage.joins().length).toBeGreaterThan(2);
  });

  it('that comes back is asked for everything that is still watched', () => {
    const stage = new Stage();
    stage.viewer(new Pipe());
    stage.bus.publish(homeTopic(HOME), { t: 'agent', online: false, sinceMs: 0 });
    stage.asked.length = 0;
    stage.bus.publish(homeTopic(HOME), { t: 'agent', online: true, sinceMs: 1 });
    expect(stage.asked.map((request) => request.t)).toEqual(['watch', 'join']);
  });
});
