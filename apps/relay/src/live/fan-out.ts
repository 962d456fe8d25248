/**
 * Step 6 of the path: who watches what on this relay. Viewings come in with a lease and leave when the gate says so; a unit is
 * one buffer, given to each viewer of its track. Tracks are found by home, camera and stream together, or not at all.
 */
import { randomInt } from 'node:crypto';
import { trackKey, type ErrorCode, type HomeId, type TrackKey } from '@sealcam/protocol';
import { homeTopic, trackTopic } from '../bus.ts';
import type { Span } from '../ledger/span.ts';
import { LiveTrack, type TrackParts } from './track.ts';
import type { Viewing } from './viewing.ts';

interface Running {
  readonly live: LiveTrack;
  readonly stop: () => void;
}

export interface FanOutParts extends Omit<TrackParts, 'nextJoinId'> {
  /** Writes the end of a viewing; never throws. */
  readonly closeSpan: (span: Span) => void;
}

export class FanOut {
  readonly #parts: FanOutParts;
  readonly #tracks = new Map<TrackKey, Running>();
  readonly #viewings = new Set<Viewing>();
  #joinId = randomInt(1, 2 ** 31);

  constructor(parts: FanOutParts) {
    this.#parts = parts;
  }

  get viewings(): ReadonlySet<Viewing> {
    return this.#viewings;
  }

  viewingsOf(home: HomeId): Viewing[] {
    return [...this.#viewings].filter((viewing) => viewing.question.homeId === home);
  }

  add(viewing: Viewing): void {
    this.#viewings.add(viewing);
    this.#parts.metrics.subscriptions.set(this.#viewings.size);
    const key = trackKey(viewing.question);
    const running = this.#tracks.get(key) ?? this.#start(viewing);
    this.#tracks.set(key, running);
    running.live.add(viewing);
  }

  /** The viewer has gone or wants no more. */
  end(viewing: Viewing): void {
    if (!this.#viewings.delete(viewing)) return;
    this.#parts.metrics.subscriptions.set(this.#viewings.size);
    const key = trackKey(viewing.question);
    const running = this.#tracks.get(key);
    running?.live.remove(viewing);
    if (running?.live.viewers === 0) {
      running.stop();
      this.#tracks.delete(key);
    }
    this.#parts.closeSpan(viewing.span);
  }

  /** The gate refused: nothing more goes out from this very call on, and the viewer is told why. */
  cut(viewing: Viewing, code: ErrorCode, sinceMs?: number): void {
    if (!this.#viewings.has(viewing)) return;
    this.end(viewing);
    this.#parts.metrics.refusals.inc({ code });
    viewing.onCut(code, sinceMs);
  }

  tick(nowMs: number): void {
    for (const { live } of this.#tracks.values()) live.tick(nowMs);
  }

  #start(viewing: Viewing): Running {
    const { homeId, cameraId, streamId } = viewing.question;
    const live = new LiveTrack(
      { homeId, cameraId, streamId },
      { ...this.#parts, nextJoinId: () => this.#nextJoinId() },
    );
    const stopUnits = this.#parts.bus.subscribe(trackTopic(live.track), (event) => live.on(event));
    const stopHome = this.#parts.bus.subscribe(homeTopic(homeId), (event) => {
      if (event.t !== 'agent') return;
      if (event.online) live.agentCame();
      else live.agentLeft();
    });
    return {
      live,
      stop: () => {
        stopUnits();
        stopHome();
      },
    };
  }

  #nextJoinId(): number {
    this.#joinId = (this.#joinId + 1) % 2 ** 32;
    return this.#joinId;
  }
}
