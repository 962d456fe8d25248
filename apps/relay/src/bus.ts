/**
 * The seam between connections: whatever one connection has for another goes through a topic. In-process here, synchronous and
 * in order; between relays it becomes NATS. A topic cannot be named without the whole identity of what it carries (rule 2).
 */
import {
  deviceId,
  homeId,
  trackKey,
  type CameraId,
  type DeviceId,
  type Epoch,
  type ErrorCode,
  type HomeId,
  type KeyId,
  type SealedHeader,
  type StreamId,
  type Track,
} from '@sealcam/protocol';
import type { Head } from '@sealcam/home/verify';
import type { StoredBulletin } from './store/store.ts';
import type { Suspension } from './suspensions/suspension.ts';

declare const carries: unique symbol;
/** The name of a topic and, in its type, what it carries. */
export type Topic<Message> = string & { readonly [carries]: Message };

/** To everyone connected to a home: its agent and its viewers. */
export type HomeEvent =
  | { readonly t: 'roster'; readonly head: Head }
  | { readonly t: 'bulletin'; readonly bulletin: StoredBulletin }
  | { readonly t: 'cameras' }
  /** `code`: it came and was not let in. */
  | { readonly t: 'agent'; readonly online: boolean; readonly sinceMs: number; readonly code?: ErrorCode }
  /** What the operator has to tell the home's admins changed. */
  | { readonly t: 'notices' }
  /** An operator changed how much the home may use. */
  | { readonly t: 'quota' }
  | { readonly t: 'ended' };

/** To the agent of a home. */
export type AgentRequest =
  | { readonly t: 'hpke'; readonly key: Uint8Array }
  | { readonly t: 'floor'; readonly floor: string }
  | { readonly t: 'live.ask'; readonly deviceId: DeviceId; readonly nonce: string }
  | { readonly t: 'ticket.ask'; readonly deviceId: DeviceId; readonly id: number; readonly count: number }
  | { readonly t: 'command'; readonly deviceId: DeviceId; readonly sealed: string }
  | { readonly t: 'sealed.ask'; readonly id: number; readonly kid: KeyId; readonly ctr: number }
  | { readonly t: 'watch'; readonly cameraId: CameraId; readonly streamId: StreamId; readonly viewers: number }
  | { readonly t: 'join'; readonly joinId: number; readonly cameraId: CameraId; readonly streamId: StreamId };

/** To all connections of one device of a home. */
export type DeviceEvent =
  | { readonly t: 'live.answer'; readonly nonce: string; readonly answer: string }
  | { readonly t: 'tickets'; readonly id: number; readonly tickets: string[] }
  | { readonly t: 'reply'; readonly sealed: string }
  | { readonly t: 'command.over'; readonly ticket: string };

/** A checked sealed unit; `message` is shared by all who get it and is never written to again. */
export interface Unit extends Track {
  readonly epoch: Epoch;
  readonly message: Uint8Array;
  readonly header: SealedHeader;
}

/** To the viewers of one track, by way of its fan-out. */
export type TrackEvent =
  | { readonly t: 'unit'; readonly unit: Unit }
  | { readonly t: 'replay'; readonly joinId: number; readonly unit: Unit }
  | { readonly t: 'joined'; readonly joinId: number };

/** To every relay on this store. */
export interface SuspensionEvent {
  readonly suspension: Suspension;
}

/** To every agent that keeps something for this relay. */
export interface KeepsakeEvent {
  readonly sealed: string;
}

export const keepsakeTopic = 'keepsakes' as Topic<KeepsakeEvent>;

export const suspensionTopic = 'suspensions' as Topic<SuspensionEvent>;

export function homeTopic(home: HomeId): Topic<HomeEvent> {
  return `home/${homeId(home)}` as Topic<HomeEvent>;
}

export function agentTopic(home: HomeId): Topic<AgentRequest> {
  return `agent/${homeId(home)}` as Topic<AgentRequest>;
}

export function deviceTopic(home: HomeId, device: DeviceId): Topic<DeviceEvent> {
  return `device/${homeId(home)}/${deviceId(device)}` as Topic<DeviceEvent>;
}

export function trackTopic(track: Track): Topic<TrackEvent> {
  return `track/${trackKey(track)}` as Topic<TrackEvent>;
}

type Listener = (message: never) => void;

export class Bus {
  readonly #topics = new Map<string, Set<Listener>>();

  /** @returns the function that ends it */
  subscribe<Message>(topic: Topic<Message>, listen: (message: Message) => void): () => void {
    const listeners = this.#topics.get(topic) ?? new Set<Listener>();
    this.#topics.set(topic, listeners);
    listeners.add(listen);
    return () => {
      listeners.delete(listen);
      if (listeners.size === 0 && this.#topics.get(topic) === listeners) this.#topics.delete(topic);
    };
  }

  /** @returns how many heard it; 0 says that nobody is there */
  publish<Message>(topic: Topic<Message>, message: Message): number {
    const listeners = this.#topics.get(topic);
    if (listeners === undefined) return 0;
    let heard = 0;
    for (const listen of [...listeners]) {
      (listen as (message: Message) => void)(message);
      heard += 1;
    }
    return heard;
  }
}
