/** One camera's one stream on this relay: its viewings, the units for them, and the joins that bring them in. */
import { isCachedStream, type Track } from '@sealcam/protocol';
import { agentTopic, type Bus, type TrackEvent, type Unit } from '../bus.ts';
import type { Clock } from '../clock.ts';
import type { Guard, TrackGuard } from '../incidents/guard.ts';
import type { Metrics } from '../metrics.ts';
import { Joins } from './join.ts';
import type { Delivery, Viewing } from './viewing.ts';

export interface TrackParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly guard: Guard;
  readonly nextJoinId: () => number;
}

export class LiveTrack {
  readonly track: Track;
  readonly #parts: TrackParts;
  readonly #guard: TrackGuard;
  readonly #viewings = new Set<Viewing>();
  readonly #joins = new Joins();
  readonly #out: { readonly units: { inc(n: number): void }; readonly bytes: { inc(n: number): void } };
  #asking: (() => void) | undefined;

  constructor(track: Track, parts: TrackParts) {
    this.track = track;
    this.#parts = parts;
    this.#guard = parts.guard.of(track);
    const { units, bytes } = parts.metrics;
    this.#out = { units: units.labels('out'), bytes: bytes.labels('out') };
  }

  get viewers(): number {
    return this.#viewings.size;
  }

  add(viewing: Viewing): void {
    this.#viewings.add(viewing);
    this.#tellWatch();
    if (isCachedStream(this.track.streamId)) viewing.state = 'live';
    else this.#join(viewing);
  }

  remove(viewing: Viewing): void {
    if (!this.#viewings.delete(viewing)) return;
    viewing.state = 'over';
    this.#joins.remove(viewing);
    this.#tellWatch();
  }

  on(event: TrackEvent): void {
    if (event.t !== 'joined' && !this.#guard.passes(event.unit, this.#viewings)) return;
    if (event.t === 'unit') this.#unit(event.unit);
    else if (event.t === 'replay') this.#replay(event.joinId, event.unit);
    else this.#joined(event.joinId);
  }

  /** The agent connected, or connected anew: whatever was promised by the old connection is void. */
  agentCame(): void {
    this.agentLeft();
    this.#tellWatch();
    for (const viewing of this.#viewings) if (viewing.state === 'waiting') this.#join(viewing);
  }

  agentLeft(): void {
    this.#joins.clear();
    if (isCachedStream(this.track.streamId)) return;
    for (const viewing of this.#viewings) viewing.state = 'waiting';
  }

  /** Called each second: joins that got no answer, and viewers that have drained while no unit came. */
  tick(nowMs: number): void {
    for (const viewing of this.#joins.lost(nowMs)) this.#join(viewing);
    for (const viewing of this.#viewings) {
      if (viewing.state === 'behind') this.#catchUp(viewing, nowMs);
    }
  }

  #unit(unit: Unit): void {
    const nowMs = this.#parts.clock.monoMs();
    let sent = 0;
    for (const viewing of this.#viewings) {
      if (viewing.state === 'live') {
        const delivery = viewing.sendLive(unit, nowMs);
        if (delivery === 'sent') sent += 1;
        else this.#fellBehind(viewing, delivery);
      } else if (viewing.state === 'behind') {
        this.#parts.metrics.drops.inc({ reason: 'behind' });
        this.#catchUp(viewing, nowMs);
      }
    }
    this.#count(sent, unit);
  }

  #replay(joinId: number, unit: Unit): void {
    const joiners = this.#joins.replayed(joinId);
    if (joiners === undefined) {
      this.#parts.metrics.drops.inc({ reason: 'join' });
      return;
    }
    const nowMs = this.#parts.clock.monoMs();
    let sent = 0;
    for (const viewing of joiners) {
      if (viewing.state !== 'joining') continue;
      const delivery = viewing.sendReplay(unit, nowMs);
      if (delivery === 'sent') sent += 1;
      else this.#fellBehind(viewing, delivery);
    }
    this.#count(sent, unit);
  }

  #joined(joinId: number): void {
    for (const viewing of this.#joins.joined(joinId) ?? []) {
      if (viewing.state === 'joining') viewing.state = 'live';
    }
  }

  /** Stills and states are whole in each unit: there is nothing to catch up with but the next one. */
  #fellBehind(viewing: Viewing, why: Exclude<Delivery, 'sent'>): void {
    this.#parts.metrics.drops.inc({ reason: why });
    if (!isCachedStream(this.track.streamId)) viewing.state = 'behind';
  }

  /** Drained, and its lease is good: asks for a join for it alone. */
  #catchUp(viewing: Viewing, nowMs: number): void {
    if (viewing.drained && nowMs < viewing.leaseEndMs) this.#join(viewing);
  }

  #join(viewing: Viewing): void {
    viewing.state = 'joining';
    if (this.#joins.share(viewing)) return;
    viewing.state = 'waiting';
    const waitMs = this.#joins.waitMs(this.#parts.clock.monoMs());
    if (waitMs === 0) this.#askJoin();
    else this.#asking ??= this.#parts.clock.after(waitMs, () => this.#askJoin());
  }

  /** One join for all that wait for one now. */
  #askJoin(): void {
    this.#asking?.();
    this.#asking = undefined;
    const waiting = [...this.#viewings].filter((viewing) => viewing.state === 'waiting');
    if (waiting.length === 0) return;
    const joinId = this.#parts.nextJoinId();
    const { homeId, cameraId, streamId } = this.track;
    // Begun before it is asked for: an agent in the same process may answer within the call.
    this.#joins.begin(joinId, waiting, this.#parts.clock.monoMs());
    for (const viewing of waiting) viewing.state = 'joining';
    const heard = this.#parts.bus.publish(agentTopic(homeId), { t: 'join', joinId, cameraId, streamId });
    if (heard > 0) return;
    this.#joins.clear();
    for (const viewing of waiting) viewing.state = 'waiting';
  }

  #tellWatch(): void {
    const { homeId, cameraId, streamId } = this.track;
    this.#parts.bus.publish(agentTopic(homeId), { t: 'watch', cameraId, streamId, viewers: this.#viewings.size });
  }

  #count(sent: number, unit: Unit): void {
    this.#out.units.inc(sent);
    this.#out.bytes.inc(sent * unit.message.length);
  }
}
