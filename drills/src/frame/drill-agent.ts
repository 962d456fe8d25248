/**
 * The agent of a drill's home: the agent protocol over a line of the drill, with real rosters, bulletins and liveness answers. What
 * the real agent adds (RTSP, disks, commands) has no part in the path from sealer to screen.
 */
import { randomBytes } from 'node:crypto';
import { announcedKeys } from '@sealcam/agent/announced-keys';
import { SealedCounters } from '@sealcam/agent/sealed-counters';
import {
  buildBulletin,
  signAuth,
  signLiveAnswer,
  signSealedAnswer,
  sortTracks,
  verifyHpkeKey,
  type DeviceKeys,
  type Head,
  type HpkeKey,
  type HpkeKeys,
} from '@sealcam/home';
import {
  epoch,
  fromBase64Url,
  FromAgent,
  micros,
  millis,
  parseMessage,
  PROTOCOL_VERSION,
  ToAgent,
  toBase64Url,
  type DeviceId,
} from '@sealcam/protocol';
import type { ViewerSocket } from '@sealcam/player/viewer';
import type { DialLine } from './dial-line.ts';
import type { SealedCamera } from './sealed-camera.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface DrillAgentParts {
  readonly clock: VirtualClock;
  readonly dial: DialLine;
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  readonly head: Head;
  readonly genesis: Uint8Array;
  /** The rosters after the genesis, for the relay. */
  readonly rosters: readonly Uint8Array[];
  readonly cameras: readonly SealedCamera[];
  readonly displays: readonly { readonly deviceId: DeviceId; readonly model: string; readonly route: string }[];
  /** What the devices handed over at pairing. */
  readonly hpkeKeys: Map<DeviceId, HpkeKey>;
}

type Asked<Name extends ToAgent['t']> = Extract<ToAgent, { readonly t: Name }>;

const SECRET_BYTES = 32;
const RETRY_MS = 1_000;

export class DrillAgent {
  /** What it can answer for, as the real agent does. */
  readonly counters = new SealedCounters();
  readonly #parts: DrillAgentParts;
  #socket: (ViewerSocket & { sendBinary(bytes: Uint8Array): void }) | undefined;
  #online = false;
  #epoch = 0;
  #bulletin: Extract<FromAgent, { t: 'bulletin' }> | undefined;
  #requests = 0;
  #closed = false;

  constructor(parts: DrillAgentParts) {
    this.#parts = parts;
  }

  get online(): boolean {
    return this.#online;
  }

  connect(): void {
    if (this.#closed) return;
    this.#socket = this.#parts.dial({
      text: (text) => void this.#take(parseMessage(ToAgent, text)),
      binary: () => undefined,
      closed: () => this.#lost(),
    });
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }

  /** New keys for all cameras, as a change of the home brings them. */
  async rotate(): Promise<void> {
    await this.#rotate();
  }

  sendUnit(message: Uint8Array): void {
    if (this.#online) this.#socket?.sendBinary(message);
  }

  #lost(): void {
    this.#online = false;
    this.#parts.clock.after(RETRY_MS, () => this.connect());
  }

  async #take(message: ToAgent): Promise<void> {
    switch (message.t) {
      case 'challenge':
        return await this.#authenticate(fromBase64Url(message.nonce));
      case 'welcome':
        return await this.#welcome(message.rosterVersion);
      case 'hpke':
        return await this.#newKey(fromBase64Url(message.key));
      case 'live.ask':
        return await this.#live(message);
      case 'watch':
        return this.#camera(message)?.watch(message.streamId, message.viewers);
      case 'join':
        return this.#join(message);
      case 'sealed.ask':
        return await this.#answerSealed(message);
      default:
    }
  }

  async #authenticate(nonce: Uint8Array): Promise<void> {
    const { keys, head, genesis } = this.#parts;
    const { homeId } = head;
    const sig = toBase64Url(await signAuth(keys, homeId, nonce, this.#parts.dial.host));
    const first = { genesis: toBase64Url(genesis) };
    this.#send({ t: 'auth', version: PROTOCOL_VERSION, homeId, deviceId: keys.deviceId, sig, ...first });
  }

  async #welcome(known: number): Promise<void> {
    const { rosters, cameras, displays } = this.#parts;
    for (const roster of rosters.slice(known - 1)) {
      this.#requests += 1;
      this.#send({ t: 'roster.put', id: this.#requests, roster: toBase64Url(roster) });
    }
    this.#online = true;
    const announced = cameras.map(({ cameraId, streams, model }) => ({
      cameraId,
      streams: [...streams],
      private: false,
      model,
    }));
    this.#send({ t: 'announce', cameras: announced, displays: displays.map((display) => ({ ...display })) });
    if (this.#bulletin === undefined) await this.#rotate();
    else this.#send(this.#bulletin);
  }

  /** A device's new HPKE key: the next bulletin has a wrap for it. */
  async #newKey(bytes: Uint8Array): Promise<void> {
    const key = await verifyHpkeKey(this.#parts.head, bytes);
    const known = this.#parts.hpkeKeys.get(key.deviceId);
    if (known !== undefined && known.keySeq >= key.keySeq) return;
    this.#parts.hpkeKeys.set(key.deviceId, key);
    await this.#rotate();
  }

  async #rotate(): Promise<void> {
    const { head, keys, hpke, hpkeKeys, clock, cameras } = this.#parts;
    this.#epoch = Math.max(this.#epoch + 1, clock.wallMs());
    const at = epoch(this.#epoch);
    const secrets = cameras.map(({ cameraId, sessionId }) => ({
      cameraId,
      sessionId,
      secret: randomBytes(SECRET_BYTES),
    }));
    const announced = announcedKeys(head.homeId, at, secrets);
    this.counters.announced(announced.map(({ kid }) => kid));
    const {
      manifest,
      keys: list,
      wraps,
    } = await buildBulletin({
      ...{ head, keys, hpkeKeys, epoch: at, cameras: secrets },
      announced,
      agentHpkePub: hpke.hpkePub,
      issuedAtMs: millis(clock.wallMs()),
      names: { homeName: '', cameras: [], members: [], recoveryUsedAtMs: millis(0) },
    });
    this.#bulletin = {
      t: 'bulletin',
      manifest: toBase64Url(manifest),
      keys: toBase64Url(list),
      wraps: wraps.map(({ deviceId, wrap }) => ({ deviceId, wrap: toBase64Url(wrap) })),
    };
    this.#send(this.#bulletin);
    for (const [index, camera] of cameras.entries()) camera.rekey(at, secrets[index]?.secret ?? new Uint8Array());
  }

  async #live({ deviceId, nonce }: Asked<'live.ask'>): Promise<void> {
    const { head, keys, clock, cameras } = this.#parts;
    const answer = await signLiveAnswer(keys, {
      ...{ homeId: head.homeId, deviceId, nonce: fromBase64Url(nonce), rosterVersion: head.version },
      ...{ rosterHash: head.hash, epoch: epoch(this.#epoch), agentTimeUs: micros(clock.wallMs() * 1000) },
      tracks: sortTracks(cameras.flatMap((camera) => camera.newest())),
    });
    this.#send({ t: 'live.answer', deviceId, answer: toBase64Url(answer) });
  }

  async #answerSealed({ id, kid, ctr }: Asked<'sealed.ask'>): Promise<void> {
    const { head, keys, clock } = this.#parts;
    const asked = { homeId: head.homeId, kid, ctr, timeMs: millis(clock.wallMs()) };
    const answer = await signSealedAnswer(keys, { ...asked, answer: this.counters.was(kid, ctr) });
    this.#send({ t: 'sealed.answer', id, answer: toBase64Url(answer) });
  }

  #join(message: Asked<'join'>): void {
    for (const unit of this.#camera(message)?.replay(message.streamId, message.joinId) ?? []) this.sendUnit(unit);
    this.#send({ t: 'joined', joinId: message.joinId });
  }

  #camera({ cameraId }: Pick<Asked<'watch'>, 'cameraId'>): SealedCamera | undefined {
    return this.#parts.cameras.find((camera) => camera.cameraId === cameraId);
  }

  #send(message: FromAgent): void {
    this.#socket?.send(JSON.stringify(message));
  }
}
