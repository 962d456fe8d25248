/** A relay with canaries on it, and what a test does to the lines of their viewers. */
import { join } from 'node:path';
import { decodeEnvelope, encodeEnvelope, STREAM, type Track } from '@sealcam/protocol';
import type { Dial, SocketEvents } from '@sealcam/player/viewer';
import type { Incident, Relay, RelayOptions } from '@sealcam/relay';
import { pino } from 'pino';
import { CanaryKeeper, type CanaryHost } from '../../apps/sealcam/src/canary/canaries.ts';
import { kept } from '../harness/cleanup.ts';
import { startWorld, type World } from '../harness/world.ts';

/** One viewer's line: what came down it, and a way to bring something in. */
export class CanaryLine {
  readonly homeId: string;
  readonly deviceId: string;
  readonly route: string;
  readonly kept: Uint8Array[] = [];
  /** Another line's frames are brought in as they are, or under our label. */
  heard: (message: Uint8Array) => void = () => undefined;
  #events: SocketEvents | undefined;

  constructor(who: { homeId: string; deviceId: string; route: string }) {
    this.homeId = who.homeId;
    this.deviceId = who.deviceId;
    this.route = who.route;
  }

  over(dial: Dial): Dial {
    return (url, events) => {
      this.#events = events;
      return dial(url, {
        text: (message) => events.text(message),
        closed: (code) => events.closed(code),
        binary: (message) => {
          const copy = Uint8Array.from(message);
          events.binary(message);
          if (decodeEnvelope(copy).streamId !== STREAM.main) return;
          this.kept.push(copy);
          this.heard(copy);
        },
      });
    };
  }

  bring(message: Uint8Array): void {
    this.#events?.binary(Uint8Array.from(message));
  }

  /** The track that this line's viewer asked for. */
  get track(): Track {
    const [first] = this.kept;
    if (first === undefined) throw new Error('nothing came yet');
    const { homeId, cameraId, streamId } = decodeEnvelope(first);
    return { homeId, cameraId, streamId };
  }

  /** A frame of another line under our label. */
  relabeled(message: Uint8Array): Uint8Array {
    return encodeEnvelope({ ...decodeEnvelope(message), ...this.track });
  }
}

export interface Flock {
  readonly world: World;
  readonly keeper: CanaryKeeper;
  /** Of the viewers by route, not the admins'; those that are gone too. */
  readonly lines: CanaryLine[];
}

export async function startFlock(
  options: Partial<RelayOptions> = {},
  host: Partial<CanaryHost> = {},
  before: (world: World) => Promise<void> = () => Promise.resolve(),
): Promise<Flock> {
  const world = kept(await startWorld({ open: false, ...options }));
  await before(world);
  const lines: CanaryLine[] = [];
  await world.relay.canaries.set(true);
  const keeper = keeperOn(world, {
    line: (dial, route, { homeId, keys: { deviceId } }) => {
      if (route === '') return dial;
      const line = new CanaryLine({ homeId, deviceId, route });
      lines.push(line);
      return line.over(dial);
    },
    ...host,
  });
  await keeper.settled();
  return { world, keeper, lines };
}

export function keeperOn({ relay, relayUrl, folder }: World, host: Partial<CanaryHost> = {}): CanaryKeeper {
  const at = { url: relayUrl };
  const logger = pino({ level: 'silent' });
  return kept(new CanaryKeeper({ relay, at, folder: join(folder, 'canary'), logger, mayRun: true, ...host }));
}

/** Resolves when so many pictures in all were found right. */
export async function checked(relay: Relay, pictures: number): Promise<void> {
  while (relay.canaries.status().framesRight < pictures) await new Promise((wake) => setTimeout(wake, 50));
}

export function nextIncident(relay: Relay, wanted: (incident: Incident) => boolean): Promise<Incident> {
  return new Promise((resolve) => {
    const stop = relay.incidents.onIncident((incident) => {
      if (!wanted(incident)) return;
      stop();
      resolve(incident);
    });
  });
}

/** A person closes the stories and lifts what followed. */
export async function reopen(relay: Relay): Promise<void> {
  for (const incident of await relay.incidents.list({ limit: 100 }))
    if (incident.closed === undefined) await relay.incidents.close(incident.id, 'a test');
  for (const { id } of await relay.suspensions.active())
    await relay.suspensions.lift(id, { by: 'a test', reason: 'the next trial' });
}

/** Waits for so many more frames on a line; what was suspended by the trial before, or by a word that came after it, is lifted. */
export async function flows(relay: Relay, line: CanaryLine, count = 2): Promise<void> {
  const from = line.kept.length;
  for (let n = 1; line.kept.length < from + count; n += 1) {
    await new Promise((wake) => setTimeout(wake, 20));
    if (n % 50 === 0) await reopen(relay);
  }
}

/** p50 and p99 of milliseconds. */
export function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${sorted.length} trials`;
}
