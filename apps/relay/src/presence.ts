/** Who of a home is connected to this relay now: its agent, if any, and how many viewers a home and a device have. */
import type { DeviceId, ErrorCode, HomeId } from '@sealcam/protocol';

export interface AgentPresence {
  readonly connectionId: string;
  /** Unix ms. */
  readonly sinceMs: number;
  /** A newer connection of the same agent takes its place. */
  replaced(): void;
}

export class Presence {
  readonly #agents = new Map<HomeId, AgentPresence>();
  readonly #offlineSince = new Map<HomeId, number>();
  /** Of homes that are in the store: their agents came, proved who they are, and were not let in. */
  readonly #refused = new Map<HomeId, ErrorCode>();
  readonly #viewers = new Map<HomeId, Map<DeviceId, number>>();

  agent(home: HomeId): AgentPresence | undefined {
    return this.#agents.get(home);
  }

  /** The one before, if any, is told. */
  agentCame(home: HomeId, agent: AgentPresence): void {
    const before = this.#agents.get(home);
    this.#agents.set(home, agent);
    this.#offlineSince.delete(home);
    this.#refused.delete(home);
    before?.replaced();
  }

  /** @returns false when a newer connection took its place already */
  agentLeft(home: HomeId, connectionId: string, nowMs: number): boolean {
    if (this.#agents.get(home)?.connectionId !== connectionId) return false;
    this.#agents.delete(home);
    this.#offlineSince.set(home, nowMs);
    return true;
  }

  /** @returns whether that is news: none is connected, and it was not refused for that before */
  agentRefused(home: HomeId, code: ErrorCode): boolean {
    if (this.#agents.has(home) || this.#refused.get(home) === code) return false;
    this.#refused.set(home, code);
    return true;
  }

  /** Why the home's own agent was not let in, since when no other one was. */
  refusal(home: HomeId): ErrorCode | undefined {
    return this.#refused.get(home);
  }

  /** Unix ms since when the agent is connected, or was last seen; 0 when never since this relay started. */
  sinceMs(home: HomeId): number {
    return this.#agents.get(home)?.sinceMs ?? this.#offlineSince.get(home) ?? 0;
  }

  /** @returns false when the home or the device has as many connections as it may have */
  viewerCame(home: HomeId, device: DeviceId, most: { readonly device: number; readonly home: number }): boolean {
    const devices = this.#viewers.get(home) ?? new Map<DeviceId, number>();
    const all = this.viewers(home);
    const mine = devices.get(device) ?? 0;
    if (mine >= most.device || all >= most.home) return false;
    devices.set(device, mine + 1);
    this.#viewers.set(home, devices);
    return true;
  }

  /** Connections of viewers in a home. */
  viewers(home: HomeId): number {
    return [...(this.#viewers.get(home)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** On this relay in all. @param counts whether a home is one of those that count */
  totals(counts: (home: HomeId) => boolean = () => true): { readonly agentsOnline: number; readonly viewers: number } {
    const viewers = [...this.#viewers.keys()].filter(counts).reduce((sum, home) => sum + this.viewers(home), 0);
    return { agentsOnline: [...this.#agents.keys()].filter(counts).length, viewers };
  }

  viewerLeft(home: HomeId, device: DeviceId): void {
    const devices = this.#viewers.get(home);
    const left = (devices?.get(device) ?? 0) - 1;
    if (left > 0) devices?.set(device, left);
    else devices?.delete(device);
    if (devices?.size === 0) this.#viewers.delete(home);
  }
}
