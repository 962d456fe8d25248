/** What a device may ask of its agent: opened, checked, noted, carried out, answered sealed. One row a command. */
import { openCommand, sealReply, type Command, type OpenedCommand, type Reply } from '@sealcam/home';
import {
  ERRORS,
  fromBase64Url,
  millis,
  NO_MODEL,
  Reader,
  SealcamError,
  toBase64Url,
  type DeviceId,
  type FromAgent,
} from '@sealcam/protocol';
import type { Logger } from 'pino';
import { CameraTrials, wantedByBrand, wantedByUrl } from './camera-trials.ts';
import type { CamerasOfHome } from './cameras-of-home.ts';
import type { RotationReason } from './epochs.ts';
import type { Household } from './household.ts';
import type { HomeStore } from './home-store.ts';
import type { Identity } from './identity.ts';

export interface CommandParts {
  readonly identity: Identity;
  readonly store: HomeStore;
  readonly household: Household;
  readonly cameras: CamerasOfHome;
  readonly trials: CameraTrials;
  readonly clock: () => number;
  readonly startedMs: number;
  readonly version: string;
  readonly logger: Logger;
  readonly rotate: (reason: RotationReason) => void;
  /** Tells the relay of cameras and displays. */
  readonly announce: () => void;
  readonly send: (message: FromAgent) => void;
}

type Kind = Command['do'];
type Of<K extends Kind> = Extract<Command, { readonly do: K }>;
type Tell = (reply: Reply) => void;
/** Roles are the codec's table (`rolesFor`), checked by `openCommand` before anything here runs. */
type Run<K extends Kind> = (parts: CommandParts, command: Of<K>, tell: Tell) => Promise<Reply> | Reply;

const OK: Reply = { is: 'ok' };
/** A name is shown on one line, and something must be there to read. */
const CONTROL = /\p{Cc}/u;

const COMMANDS: { readonly [K in Kind]: Run<K> } = {
  'camera.try': (parts, command, tell) => parts.trials.run(wantedByUrl(command), tell),
  'camera.tryBrand': (parts, command, tell) => parts.trials.run(wantedByBrand(command), tell),
  'camera.add': ({ trials, cameras }, { tryId, name, room, model = NO_MODEL }) => {
    const named = { name: cleanName(name), room: cleanRoom(room), model };
    return { is: 'added', cameraId: cameras.add({ ...trials.take(tryId), ...named }) };
  },
  'camera.update': ({ cameras }, { cameraId, name, room, model }) => {
    const named = { name: cleanName(name), room: cleanRoom(room), ...(model !== undefined && { model }) };
    return done(cameras.rename(cameraId, named));
  },
  'camera.order': ({ cameras }, { cameraIds }) => done(cameras.order(cameraIds)),
  'camera.privacy': ({ cameras }, { cameraId, on }) => done(cameras.setPrivate(cameraId, on)),
  'camera.remove': ({ cameras }, { cameraId }) => done(cameras.remove(cameraId)),
  'camera.reconnect': ({ cameras }, { cameraId }) => done(cameras.reconnect(cameraId)),
  'home.rename': ({ store, rotate }, { name }) => {
    store.updateHome((home) => ({ ...home, homeName: cleanName(name) }));
    return done(rotate('names'));
  },
  'member.rename': ({ household, announce, rotate }, { deviceId, name, kind, declared }) => {
    household.name(deviceId, { name: cleanName(name), kind }, declared);
    // Before the bulletin that may let it open anything.
    if (declared !== undefined) announce();
    return done(rotate('names'));
  },
  'agent.status': ({ cameras, household, startedMs, version }) => ({
    ...{ is: 'status', version, startedMs: millis(startedMs), recoveryWaiting: household.recoveryCode !== undefined },
    cameras: cameras.known.map((known) => {
      const { state = 'gone', sinceMs = millis(startedMs), code = '' } = cameras.get(known.cameraId)?.state ?? {};
      return { cameraId: known.cameraId, state, sinceMs, code, host: cameras.hostOf(known) };
    }),
  }),
  'roster.offer': async ({ household }, { rosters }) => done(await household.offer(rosters, 'elsewhere')),
  'recovery.propose': async ({ household }, { roster }, tell) => {
    const waiting = 'Now confirm it at the machine of the agent: sealcam home confirm.';
    const outcome = await household.proposeRecovery(roster, () => tell({ is: 'waiting', words: waiting }));
    return outcome === 'confirmed' ? OK : failed(new SealcamError('roster.stale'));
  },
};

/** The commands of one running home. */
export class Commands {
  readonly #parts: CommandParts;
  #replySeq: number;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(parts: CommandParts) {
    this.#parts = parts;
    // Above every reply of an earlier process: the epoch is at least the Unix time of then, and on disk.
    this.#replySeq = parts.store.record.epoch;
  }

  /**
   * Opened and noted one after the other; what takes long runs beside.
   * @param id the relay's, for the way back
   */
  take(device: DeviceId, id: number, sealed: string): void {
    if (this.#waiting >= MOST_WAITING) return;
    this.#waiting += 1;
    const opened = this.#turn.then(() => this.#open(device, fromBase64Url(sealed)));
    this.#turn = opened.catch(() => undefined);
    void this.#answer(device, id, sealed, opened)
      .catch((error: unknown) => this.#parts.logger.warn({ device, err: error }, 'a reply could not be sent'))
      .finally(() => (this.#waiting -= 1));
  }

  async #open(deviceId: DeviceId, sealed: Uint8Array): Promise<OpenedCommand> {
    const { household, identity, store, clock } = this.#parts;
    const lastSeq = store.home.commandSeqs[deviceId] ?? 0;
    const { head } = household;
    const opened = await openCommand({ head, hpke: identity.hpke, deviceId, lastSeq, nowMs: clock(), sealed });
    // On disk before it is carried out: no command runs twice, not even across a crash.
    store.updateHome((home) => ({ ...home, commandSeqs: { ...home.commandSeqs, [deviceId]: opened.seq } }));
    return opened;
  }

  async #answer(device: DeviceId, id: number, sealed: string, opening: Promise<OpenedCommand>): Promise<void> {
    let replies: Promise<unknown> = Promise.resolve();
    const tell = (re: number, reply: Reply): void => {
      replies = replies.then(() => this.#reply(device, id, re, reply));
    };
    try {
      const { command, seq } = await opening;
      this.#parts.logger.info({ device, command: command.do }, 'command');
      tell(seq, await this.#run(command, (reply) => tell(seq, reply)));
    } catch (error) {
      // It did not open: its number is all that can be said of it.
      this.#parts.logger.info({ device, code: codeIn(error) }, 'command refused');
      tell(seqOf(sealed), failed(error));
    }
    await replies;
  }

  async #run(command: Command, tell: Tell): Promise<Reply> {
    // The row is found by the command's own kind, which the type of an indexed table cannot express.
    const run = COMMANDS[command.do] as Run<Kind>;
    try {
      return await run(this.#parts, command, tell);
    } catch (error) {
      if (!(error instanceof SealcamError))
        this.#parts.logger.error({ command: command.do, err: error }, 'command failed');
      return failed(error);
    }
  }

  async #reply(device: DeviceId, id: number, re: number, reply: Reply): Promise<void> {
    const { household, identity, clock, send } = this.#parts;
    const to = household.hpkeKeys.get(device);
    // Nobody whom we could answer: a device that gave no key yet, or is no member any more.
    if (to === undefined) return;
    this.#replySeq = Math.max(this.#replySeq + 1, Math.floor(clock()));
    const sealed = await sealReply({ head: household.head, keys: identity.keys, to, seq: this.#replySeq, re, reply });
    send({ t: 'reply', deviceId: device, id, sealed: toBase64Url(sealed) });
  }
}

/** Commands under way, of all devices; a relay that sends more is not heard. */
const MOST_WAITING = 64;

/** What a command that answers `ok` did is no news. */
function done(_nothing: unknown): Reply {
  return OK;
}

function failed(error: unknown): Reply {
  const code = codeIn(error);
  return { is: 'failed', code, words: ERRORS[code].words };
}

function codeIn(error: unknown): SealcamError['code'] {
  return error instanceof SealcamError ? error.code : 'internal';
}

function seqOf(sealed: string): number {
  try {
    return new Reader(fromBase64Url(sealed)).u64();
  } catch {
    return 0;
  }
}

function cleanName(name: string): string {
  const clean = name.trim();
  if (clean === '' || CONTROL.test(clean)) throw new SealcamError('command.invalid', 'a name');
  return clean;
}

function cleanRoom(room: string): string {
  const clean = room.trim();
  if (CONTROL.test(clean)) throw new SealcamError('command.invalid', 'a room');
  return clean;
}
