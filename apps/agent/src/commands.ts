/** What a device may ask of its agent: on a ticket, opened, checked, carried out once, answered sealed. One row a command. */
import {
  decodeSealedCommand,
  member,
  openCommand,
  sealReply,
  type Command,
  type Reply,
  type SealedCommand,
} from '@sealcam/home';
import {
  ERRORS,
  fromBase64Url,
  millis,
  NO_MODEL,
  SealcamError,
  toBase64Url,
  type DeviceId,
  type FromAgent,
} from '@sealcam/protocol';
import type { Logger } from 'pino';
import { CameraTrials, wantedByBrand, wantedByUrl } from './camera-trials.ts';
import type { CamerasOfHome } from './cameras-of-home.ts';
import type { CommandKeys } from './command-keys.ts';
import type { RotationReason } from './epochs.ts';
import type { Household } from './household.ts';
import type { HomeStore } from './home-store.ts';
import type { Identity } from './identity.ts';
import { Progress } from './progress.ts';
import { Tickets, type BadTicket } from './tickets.ts';

export interface CommandParts {
  readonly identity: Identity;
  readonly store: HomeStore;
  readonly household: Household;
  readonly cameras: CamerasOfHome;
  readonly trials: CameraTrials;
  /** Those of the bulletins: what commands are sealed to. */
  readonly keys: CommandKeys;
  readonly clock: () => number;
  readonly monotonicMs: () => number;
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
  'camera.look': ({ cameras }, { cameraId }) => ({ is: 'look', ...cameras.look(cameraId) }),
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
  readonly #tickets: Tickets;
  /** Commands on a good ticket that are not answered yet, of each device. */
  readonly #underWay = new Map<DeviceId, number>();
  /** Refusals on their way, of all devices. */
  #refusing = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: CommandParts) {
    this.#parts = parts;
    this.#tickets = new Tickets(parts.monotonicMs);
  }

  /** @param id the relay's, for the way back */
  giveTickets(device: DeviceId, id: number, count: number): void {
    const isMember = member(this.#parts.household.head, device) !== undefined;
    const tickets = isMember ? this.#tickets.give(device, count, this.#underWay.get(device) ?? 0) : [];
    this.#parts.send({ t: 'tickets', deviceId: device, id, tickets });
  }

  /** Opened one after the other in the order of arrival; what takes long runs beside. */
  take(device: DeviceId, bytes: string): void {
    const sealed = readable(bytes);
    // Without a ticket it cannot even be answered.
    if (sealed === undefined) return this.#noteRefusal(device, 'command.invalid');
    const ticket = toBase64Url(sealed.ticket);
    const bad = this.#tickets.use(device, ticket);
    if (bad !== undefined) this.#refuse(device, ticket, bad);
    else this.#answer(device, sealed).catch((error: unknown) => this.#unanswered(device, error));
  }

  /** A copy of a command is not answered: its device asked once, and hears of that one. */
  #refuse(device: DeviceId, ticket: string, code: BadTicket): void {
    this.#noteRefusal(device, code);
    if (code === 'command.replayed') return;
    const { send } = this.#parts;
    if (this.#refusing >= MOST_REFUSING) return send({ t: 'command.over', deviceId: device, ticket });
    this.#refusing += 1;
    this.#reply(device, fromBase64Url(ticket), 0, failed(new SealcamError(code)))
      .catch((error: unknown) => this.#unanswered(device, error))
      .finally(() => (this.#refusing -= 1));
  }

  async #answer(device: DeviceId, sealed: SealedCommand): Promise<void> {
    const opening = this.#turn.then(() => this.#open(device, sealed));
    this.#turn = opening.catch(() => undefined);
    let replies: Promise<void> = Promise.resolve();
    let n = 0;
    const tell = (reply: Reply): void => {
      const place = n;
      n += 1;
      replies = replies.then(() => this.#reply(device, sealed.ticket, place, reply));
    };
    this.#count(device, 1);
    try {
      tell(await this.#run(device, await opening, tell));
    } catch (error) {
      this.#noteRefusal(device, codeIn(error));
      tell(failed(error));
    }
    await replies.finally(() => this.#count(device, -1));
  }

  async #open(deviceId: DeviceId, sealed: SealedCommand): Promise<Command> {
    const { household, keys, clock } = this.#parts;
    const hpke = keys.of(sealed.epoch);
    if (hpke === undefined) throw new SealcamError('command.refused', 'sealed to a key that is gone');
    const { command } = await openCommand({ head: household.head, hpke, deviceId, nowMs: clock(), sealed });
    return command;
  }

  async #run(device: DeviceId, command: Command, tell: Tell): Promise<Reply> {
    this.#parts.logger.info({ device, command: command.do }, 'command');
    const progress = new Progress(command.do, tell, this.#parts.monotonicMs);
    // The row is found by the command's own kind, which the type of an indexed table cannot express.
    const run = COMMANDS[command.do] as Run<Kind>;
    try {
      return await run(this.#parts, command, (reply) => {
        progress.told(reply);
        tell(reply);
      });
    } catch (error) {
      if (!(error instanceof SealcamError))
        this.#parts.logger.error({ command: command.do, err: error }, 'command failed');
      return failed(error);
    } finally {
      progress.end();
    }
  }

  async #reply(device: DeviceId, ticket: Uint8Array, n: number, reply: Reply): Promise<void> {
    const { household, identity, send } = this.#parts;
    const to = household.hpkeKeys.get(device);
    // Nobody whom we could answer: a device that gave no key yet, or is no member any more.
    if (to === undefined) return;
    const sealed = await sealReply({ head: household.head, keys: identity.keys, to, ticket, n, reply });
    send({ t: 'reply', deviceId: device, sealed: toBase64Url(sealed) });
  }

  #count(device: DeviceId, change: 1 | -1): void {
    const now = (this.#underWay.get(device) ?? 0) + change;
    if (now === 0) this.#underWay.delete(device);
    else this.#underWay.set(device, now);
  }

  #noteRefusal(device: DeviceId, code: SealcamError['code']): void {
    this.#parts.logger.info({ device, code }, 'command refused');
  }

  #unanswered(device: DeviceId, error: unknown): void {
    this.#parts.logger.warn({ device, err: error }, 'a reply could not be sent');
  }
}

/** Sealed refusals at a time. Only a relay that makes things up needs more, and those cost no cipher. */
const MOST_REFUSING = 64;

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

function readable(sealed: string): SealedCommand | undefined {
  try {
    return decodeSealedCommand(fromBase64Url(sealed));
  } catch {
    return undefined;
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
