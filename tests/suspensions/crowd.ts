/** Many homes on one real relay, with real sockets and signatures and sealed units that nobody can open: who still gets bytes, and when. */
import { generateDeviceKeys, signAuth, type DeviceKeys } from '@sealcam/home';
import {
  fromBase64Url,
  PROTOCOL_VERSION,
  STREAM,
  toBase64Url,
  type CameraId,
  type DeviceId,
  type HomeId,
} from '@sealcam/protocol';
import type { Relay } from '@sealcam/relay';
import { WebSocket } from 'ws';
import { House, nextId, randomCamera, sealedUnit, type Lab, type Peer } from '../../apps/relay/test/house.ts';

/** What a home says of a display. */
export interface Said {
  readonly model: string;
  readonly route: string;
}

export const CAMERA_MODEL = 'reolink rlc-520a';
export const HUB: Said = { model: 'lenovo tab m10', route: 'fixture' };
export const OWN: Said = { model: 'lenovo tab m10', route: 'sealed' };

/** Sealed bytes of a unit; the longer ones are published after a decision, so that a viewer tells them apart. */
export const UNIT_BYTES = { usual: 400, late: 2_000 } as const;

/** One viewing over one socket. It asks anew only when it is told to. */
export class Seat {
  readonly homeId: HomeId;
  readonly keys: DeviceKeys;
  readonly cameraId: CameraId;
  readonly own: boolean;
  /** Units so far, and when the last one came (`performance.now()`). */
  units = 0;
  lastMs = 0;
  /** Units that were published after the decision. */
  late = 0;
  /** When it was told. */
  toldMs = 0;
  /** What it was told last: `ok`, or the code of a refusal, with since when. */
  told: { readonly code: string; readonly sinceMs?: number } | undefined;
  readonly #url: string;
  #socket: WebSocket;

  constructor(url: string, parts: { homeId: HomeId; keys: DeviceKeys; cameraId: CameraId; own: boolean }) {
    this.#url = url;
    this.homeId = parts.homeId;
    this.keys = parts.keys;
    this.cameraId = parts.cameraId;
    this.own = parts.own;
    this.#socket = this.#dial();
  }

  get deviceId(): DeviceId {
    return this.keys.deviceId;
  }

  /** @param stream one of `STREAM` */
  subscribe(stream: number = STREAM.main): void {
    this.told = undefined;
    this.#socket.send(JSON.stringify({ t: 'subscribe', id: nextId(), cameraId: this.cameraId, streamId: stream }));
  }

  /** The same viewing from the beginning. */
  resubscribe(): void {
    const { cameraId } = this;
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ t: 'unsubscribe', id: nextId(), cameraId, streamId: STREAM.main }));
    this.subscribe();
  }

  /** Reads nothing any more. */
  pause(): void {
    this.#socket.pause();
  }

  /** A new connection, as after a break; it subscribes by itself. */
  reconnect(): void {
    this.close();
    this.told = undefined;
    this.#socket = this.#dial();
  }

  close(): void {
    this.#socket.removeAllListeners('message');
    this.#socket.terminate();
  }

  #dial(): WebSocket {
    const socket = new WebSocket(`${this.#url}/ws/viewer`, { perMessageDeflate: false });
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        this.units += 1;
        if (data.length > UNIT_BYTES.late) this.late += 1;
        this.lastMs = performance.now();
      } else void this.#text(socket, JSON.parse(data.toString('utf8')) as Record<string, unknown>);
    });
    return socket;
  }

  async #text(socket: WebSocket, message: Record<string, unknown>): Promise<void> {
    const { t, nonce, code, sinceMs } = message;
    if (t === 'challenge') {
      const sig = await signAuth(this.keys, this.homeId, fromBase64Url(String(nonce)), new URL(this.#url).host);
      const { homeId, deviceId } = this;
      socket.send(JSON.stringify({ t: 'auth', version: PROTOCOL_VERSION, homeId, deviceId, sig: toBase64Url(sig) }));
    } else if (t === 'welcome') this.subscribe();
    else if (t === 'ok') this.told = { code: 'ok' };
    else if (t === 'cut' || t === 'error') {
      this.toldMs = performance.now();
      this.told = { code: String(code), ...(typeof sinceMs === 'number' && { sinceMs }) };
    }
  }
}

/** A home whose agent sends and whose displays watch. */
export class CrowdHome {
  readonly house: House;
  readonly agent: Peer;
  readonly camera: CameraId;
  readonly seats: readonly Seat[];
  #ctr = 0;

  private constructor(house: House, agent: Peer, camera: CameraId, seats: readonly Seat[]) {
    this.house = house;
    this.agent = agent;
    this.camera = camera;
    this.seats = seats;
    // A join has nothing to replay here; live units begin at once.
    agent.socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) return;
      const message = JSON.parse(data.toString('utf8')) as { t: string; joinId?: number };
      if (message.t === 'join') agent.send({ t: 'joined', joinId: message.joinId });
    });
  }

  /** @param displays beside the admin's own device, which watches too */
  static async build(lab: Lab, relay: Relay, displays: number, said: Said = HUB): Promise<CrowdHome> {
    const house = await House.build(lab, relay);
    const camera = randomCamera();
    const agent = await house.agent();
    const admin = await house.viewer();
    const keys = await Promise.all(Array.from({ length: displays }, () => generateDeviceKeys()));
    const added = await house.change(
      admin,
      keys.map(({ sigPub }) => ({ do: 'addDevice', sigPub, role: 'viewer', grants: 'all' }) as const),
    );
    if (added.t !== 'ok') throw new Error(`not added: ${JSON.stringify(added)}`);
    house.cameras.add(camera);
    await house.bulletin(agent);
    await announce(agent, camera, [
      { deviceId: house.admin.deviceId, ...OWN },
      ...keys.map(({ deviceId }) => ({ deviceId, ...said })),
    ]);
    const url = relay.url.replace(/^http/, 'ws');
    const seat = (of: DeviceKeys, own: boolean): Seat =>
      new Seat(url, { homeId: house.id, keys: of, cameraId: camera, own });
    const seats = [seat(house.admin, true), ...keys.map((each) => seat(each, false))];
    lab.onEnd(() => seats.forEach((each) => each.close()));
    return new CrowdHome(house, agent, camera, seats);
  }

  /** One keyframe to all who watch. */
  publish(bytes: number = UNIT_BYTES.usual): void {
    const ctr = this.#ctr;
    this.#ctr += 1;
    this.agent.unit(
      this.house.envelope(this.camera, STREAM.main, sealedUnit(this.house.kid(this.camera), ctr, ctr, bytes)),
    );
  }
}

/** What an agent says of its camera and its displays. */
export async function announce(
  agent: Peer,
  camera: CameraId,
  displays: readonly ({ readonly deviceId: DeviceId } & Said)[],
  model = CAMERA_MODEL,
): Promise<void> {
  const cameras = [{ cameraId: camera, streams: [0, 1, 2, 3, 4], private: false, model }];
  agent.send({ t: 'announce', cameras, displays });
  await agent.ask({ t: 'hpke.get', id: nextId() });
}

/** Many homes that send all the time, until `stop`. */
export async function gather(lab: Lab, relay: Relay, size: { homes: number; displays: number; everyMs: number }) {
  const homes: CrowdHome[] = [];
  for (let i = 0; i < size.homes; i += 1) {
    const home = await CrowdHome.build(lab, relay, size.displays);
    homes.push(home);
    await eventually(() => home.seats.every((seat) => seat.told?.code === 'ok'));
  }
  // Each home at its own moment, so that bytes are on their way all the time.
  let turn = 0;
  let bytes: number = UNIT_BYTES.usual;
  const timer = setInterval(() => {
    homes[turn % homes.length]?.publish(bytes);
    turn += 1;
  }, size.everyMs / size.homes);
  lab.onEnd(() => clearInterval(timer));
  const seats = homes.flatMap((home) => home.seats);
  await eventually(() => seats.every((seat) => seat.units > 0));
  /** From here on all units are the late ones, or the usual ones again. */
  const mark = (late: boolean): void => void (bytes = late ? UNIT_BYTES.late : UNIT_BYTES.usual);
  return { homes, seats, mark };
}

const PATIENCE_MS = 60_000;

/** Looked at between turns of the loop: what is awaited comes over sockets. */
export async function eventually(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
