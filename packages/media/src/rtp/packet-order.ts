/** RTP packets back in their order, and how many are missing. On TCP a gap is a loss; on UDP packets wait a moment for it. */
import { MEDIA_LIMITS } from '../media-limits.ts';
import type { RtpPacket } from './packet.ts';

export interface OrderedPacket {
  readonly packet: RtpPacket;
  /** Unix microseconds at its arrival. */
  readonly arrivalUs: number;
  /** Packets missing right before this one; -1 when the sender began a new count and nobody can know. */
  readonly gap: number;
}

interface HeldPacket {
  readonly packet: RtpPacket;
  readonly arrivalUs: number;
}

/** RFC 3550, A.1: a step back further than this is a sender that restarted; a step ahead further than that, too. */
const MAX_MISORDER = 1000;
const MAX_DROPOUT = 3000;

export class PacketOrder {
  readonly #reorder: boolean;
  /** Sequence number that comes next; undefined before the first packet. */
  #next: number | undefined;
  /** By sequence number; arrival order. Always empty on TCP. */
  readonly #held = new Map<number, HeldPacket>();
  #heldBytes = 0;
  #last: { readonly timestamp: number; readonly bytes: number } | undefined;
  #standsStill = false;

  constructor(reorder: boolean) {
    this.#reorder = reorder;
  }

  /** Whether packets wait for one that is missing. */
  get isWaiting(): boolean {
    return this.#held.size > 0;
  }

  /** Packets that are due, in order. A packet that has to wait is copied. */
  push(packet: RtpPacket, nowUs: number): OrderedPacket[] {
    const next = this.#next ?? packet.sequence;
    const ahead = (packet.sequence - next) & 0xffff;
    if (ahead === 0xffff && this.#isUncounted(packet)) return [{ packet, arrivalUs: nowUs, gap: 0 }];
    this.#last = { timestamp: packet.timestamp, bytes: packet.payload.length };
    if (ahead > 0x8000) {
      // Late or doubled: its place is given up already. On TCP nothing is late: a step back is a new count.
      if (0x1_0000 - ahead <= (this.#reorder ? MAX_MISORDER : 1)) return [];
      return this.#restart(packet, nowUs);
    }
    if (ahead > MAX_DROPOUT) return this.#restart(packet, nowUs);
    if (ahead === 0 || !this.#reorder) {
      this.#next = (packet.sequence + 1) & 0xffff;
      const due = { packet, arrivalUs: nowUs, gap: ahead };
      return this.#held.size === 0 ? [due] : [due, ...this.#release()];
    }
    this.#hold(packet, nowUs);
    return this.poll(nowUs);
  }

  /** On TCP, other packets under one number: the camera does not count, or counts pictures. */
  #isUncounted({ timestamp, payload }: RtpPacket): boolean {
    if (this.#reorder) return false;
    this.#standsStill ||= timestamp !== this.#last?.timestamp || payload.length !== this.#last.bytes;
    return this.#standsStill;
  }

  /** Gives up on missing packets that are overdue, or when too much waits for them. */
  poll(nowUs: number): OrderedPacket[] {
    const due: OrderedPacket[] = [];
    while (this.#held.size > 0 && this.#overdue(nowUs)) due.push(...this.#skipGap());
    return due;
  }

  #overdue(nowUs: number): boolean {
    if (this.#held.size > MEDIA_LIMITS.reorderPackets || this.#heldBytes > MEDIA_LIMITS.reorderBytes) return true;
    const [oldest] = this.#held.values();
    // A clock that was set back must not make packets wait for ever.
    return oldest !== undefined && Math.abs(nowUs - oldest.arrivalUs) >= MEDIA_LIMITS.reorderUs;
  }

  #hold(packet: RtpPacket, arrivalUs: number): void {
    if (this.#held.has(packet.sequence)) return;
    this.#held.set(packet.sequence, { packet: { ...packet, payload: Uint8Array.from(packet.payload) }, arrivalUs });
    this.#heldBytes += packet.payload.length;
  }

  #take(sequence: number): HeldPacket | undefined {
    const held = this.#held.get(sequence);
    if (held === undefined) return undefined;
    this.#held.delete(sequence);
    this.#heldBytes -= held.packet.payload.length;
    return held;
  }

  /** What follows without a gap. */
  #release(): OrderedPacket[] {
    const due: OrderedPacket[] = [];
    let next = this.#next ?? 0;
    for (let held = this.#take(next); held !== undefined; held = this.#take(next)) {
      due.push({ ...held, gap: 0 });
      next = (next + 1) & 0xffff;
    }
    this.#next = next;
    return due;
  }

  #skipGap(): OrderedPacket[] {
    const next = this.#next ?? 0;
    const ahead = (sequence: number): number => (sequence - next) & 0xffff;
    const nearest = [...this.#held.keys()].reduce((a, b) => (ahead(b) < ahead(a) ? b : a));
    const held = this.#take(nearest);
    if (held === undefined) return [];
    this.#next = (nearest + 1) & 0xffff;
    return [{ ...held, gap: ahead(nearest) }, ...this.#release()];
  }

  #restart(packet: RtpPacket, nowUs: number): OrderedPacket[] {
    this.#held.clear();
    this.#heldBytes = 0;
    this.#next = (packet.sequence + 1) & 0xffff;
    return [{ packet, arrivalUs: nowUs, gap: -1 }];
  }
}
