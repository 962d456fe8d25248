/** Who is there: a challenge, one signature over it with the host that was dialed, five seconds (docs/protocol.md). */
import { randomBytes } from 'node:crypto';
import {
  authBytes,
  fromBase64Url,
  helloVersion,
  codeKnownTo,
  LIMITS,
  PROTOCOL_VERSION,
  SealcamError,
  toBase64Url,
  versionRefusal,
  type DeviceId,
  type ErrorCode,
  type HomeId,
} from '@sealcam/protocol';
import { verifyAuth, verifySignature, type Head, type RosterEntry } from '@sealcam/home/verify';
import { homeTopic, type Bus } from '../bus.ts';
import type { Clock } from '../clock.ts';
import { networkOf } from '../door/network.ts';
import type { Turnstile } from '../door/turnstile.ts';
import { genesisOf, type Homes } from '../homes.ts';
import type { Presence } from '../presence.ts';
import type { Store } from '../store/store.ts';
import { CLOSE, type CloseCode, type Connection } from './connection.ts';

export interface AuthMessage {
  readonly version: number;
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly sig: string;
  readonly genesis?: string | undefined;
  readonly invitation?: string | undefined;
}

export interface Known {
  readonly head: Head;
  readonly entry: RosterEntry;
}

export interface AuthParts {
  readonly homes: Homes;
  readonly store: Store;
  readonly clock: Clock;
  readonly turnstile: Turnstile;
  readonly presence: Presence;
  readonly bus: Bus;
}

interface Claim {
  readonly homeId: HomeId;
  readonly deviceId: DeviceId;
  readonly nonce: Uint8Array;
  readonly host: string;
  readonly signature: Uint8Array;
}

/** One challenge for one connection. */
export class Challenge {
  readonly #connection: Connection;
  readonly #parts: AuthParts;
  readonly #nonce: Uint8Array = randomBytes(32);
  readonly #stop: () => void;

  constructor(connection: Connection, parts: AuthParts) {
    this.#connection = connection;
    this.#parts = parts;
    this.#stop = parts.clock.after(LIMITS.authTimeoutMs, () => connection.end(CLOSE.refused, 'auth.timeout'));
    const timeMs = parts.clock.wallMs();
    connection.send({ t: 'challenge', nonce: toBase64Url(this.#nonce), versions: [PROTOCOL_VERSION], timeMs });
  }

  /** The socket went away before anyone answered. */
  cancel(): void {
    this.#stop();
  }

  /** @returns who it is; undefined once the connection has been refused and closed */
  async answer(message: AuthMessage): Promise<Known | undefined> {
    this.#stop();
    try {
      const from = networkOf(this.#connection.address);
      return await this.#connection.held(() => this.#parts.turnstile.pass(from, () => this.#verify(message)));
    } catch (error) {
      if (!(error instanceof SealcamError)) throw error;
      this.#connection.end(closeFor(error.code), codeKnownTo(message.version, error.code));
      return undefined;
    }
  }

  /**
   * What a newer version says may be none of ours: it is refused before it is read. What an older one says is, and is answered.
   * @returns whether it refused, and the connection is closed
   */
  refuses(text: string): boolean {
    const version = helloVersion(text) ?? PROTOCOL_VERSION;
    if (version <= PROTOCOL_VERSION) return false;
    this.#stop();
    this.#connection.end(CLOSE.refused, versionRefusal(this.#client, version));
    return true;
  }

  get #client(): 'page' | 'agent' {
    return this.#connection.kind === 'agent' ? 'agent' : 'page';
  }

  async #verify(message: AuthMessage): Promise<Known> {
    if (this.#connection.ended) throw new SealcamError('auth.timeout', 'it went away');
    const { homeId, deviceId } = message;
    const claim = {
      homeId,
      deviceId,
      nonce: this.#nonce,
      host: this.#connection.host,
      signature: fromBase64Url(message.sig),
    };
    if (claim.signature.length !== 64) throw new SealcamError('auth.refused');
    const isMember = await this.#proves(claim);
    const head = isMember ? await this.#parts.homes.head(homeId) : await this.#newHome(message);
    const entry = await verifyAuth(head, claim);
    await this.#checkVersion(message, entry);
    await this.#join(head, entry, message);
    this.#checkTime(entry);
    return { head, entry };
  }

  /**
   * One look-up and one signature, and nothing else of the home is read for anybody who has not passed them. Only who can still sign
   * for a device learns that it was a member.
   * @returns false where no such device is known
   * @throws {SealcamError} `auth.refused`, `device.removed`, `device.unknown`
   */
  async #proves(claim: Claim): Promise<boolean> {
    const device = await this.#parts.store.device(claim.homeId, claim.deviceId);
    if (device === undefined) return false;
    const bytes = authBytes(claim.homeId, claim.deviceId, claim.nonce, claim.host);
    const isSigned = await verifySignature(device.sigPub, bytes, claim.signature);
    if (device.removed) throw new SealcamError(isSigned ? 'device.removed' : 'device.unknown');
    if (!isSigned) throw new SealcamError('auth.refused');
    return true;
  }

  /** One that is not here yet is known by the genesis its agent brings; it is stored only once the signature is good. */
  async #newHome({ homeId, genesis }: AuthMessage): Promise<Head> {
    const home = await this.#parts.store.home(homeId);
    if (home !== undefined) throw new SealcamError(home.endedMs === undefined ? 'device.unknown' : 'home.erased');
    if (genesis === undefined) throw new SealcamError('home.unknown');
    return await genesisOf(homeId, fromBase64Url(genesis));
  }

  async #join(head: Head, entry: RosterEntry, message: AuthMessage): Promise<void> {
    const isAgent = this.#connection.kind === 'agent';
    if (isAgent !== (entry.role === 'agent')) throw new SealcamError('auth.refused', 'role');
    if (message.genesis === undefined || head.version !== 1) return;
    if ((await this.#parts.store.home(head.homeId)) === undefined)
      await this.#parts.homes.join(head, message.invitation);
  }

  /** After the signature: the home is told of an agent that is too old, and by nobody but that agent. */
  async #checkVersion({ homeId, version }: AuthMessage, entry: RosterEntry): Promise<void> {
    const code = versionRefusal(this.#client, version);
    if (code === undefined) return;
    const isOurs = this.#client === 'agent' && entry.role === 'agent';
    if (isOurs && (await this.#parts.store.home(homeId)) !== undefined) this.#tellHome(homeId, code);
    throw new SealcamError(code);
  }

  #tellHome(home: HomeId, code: ErrorCode): void {
    const { presence, bus } = this.#parts;
    if (presence.agentRefused(home, code))
      bus.publish(homeTopic(home), { t: 'agent', online: false, sinceMs: presence.sinceMs(home), code });
  }

  #checkTime(entry: RosterEntry): void {
    if (entry.notAfterMs !== 0 && this.#parts.clock.wallMs() >= entry.notAfterMs)
      throw new SealcamError('device.expired');
  }
}

function closeFor(code: ErrorCode): CloseCode {
  if (code === 'codec.malformed' || code === 'roster.invalid') return CLOSE.malformed;
  return code === 'device.removed' || code === 'device.expired' || code === 'home.erased'
    ? CLOSE.removed
    : CLOSE.refused;
}
