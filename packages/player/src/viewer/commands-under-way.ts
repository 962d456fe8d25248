/**
 * Commands to the agent: each sealed on a ticket of its own to the newest bulletin's key, and its replies opened in order. The relay
 * reads neither. A command outlives a broken line: its replies come to whatever connection this device has then.
 */
import { decodeSealedReply, openReply, sealCommand, type Command, type Reply, type SealedReply } from '@sealcam/home';
import { fromBase64Url, LIMITS, SealcamError, toBase64Url } from '@sealcam/protocol';
import type { Connection } from './connection.ts';
import type { HomeSync } from './home-sync.ts';
import type { Membership } from './membership.ts';
import type { Clock } from './ports.ts';
import { TicketDesk } from './tickets.ts';

interface UnderWay {
  /** The number of the next reply. */
  due: number;
  heardMs: number;
  /** Its replies are opened one after another. */
  opening: Promise<void>;
  readonly take: (reply: Reply) => void;
  readonly end: (final: Reply) => void;
  readonly fail: (error: SealcamError) => void;
}

export interface CommandPorts {
  readonly connection: Connection;
  readonly membership: Membership;
  readonly sync: HomeSync;
  readonly clock: Clock;
}

export class CommandsUnderWay {
  readonly #ports: CommandPorts;
  readonly #desk: TicketDesk;
  /** By ticket, base64url. */
  readonly #underWay = new Map<string, UnderWay>();
  /** Commands are sealed and sent in the order in which they were asked for. */
  #turn: Promise<unknown> = Promise.resolve();
  #agentSinceMs: number | undefined;

  constructor(ports: CommandPorts) {
    this.#ports = ports;
    this.#desk = new TicketDesk(ports.connection);
  }

  /**
   * The relay's word on the agent's connection. Where it ended or began anew, nobody knows whether what was asked before is still
   * worked on; the same word again, after a break of this device's own line, ends nothing.
   */
  agent({ online, sinceMs }: { readonly online: boolean; readonly sinceMs: number }): void {
    const before = this.#agentSinceMs;
    this.#agentSinceMs = online ? sinceMs : undefined;
    if (before === this.#agentSinceMs) return;
    this.#failAll(new SealcamError('home.offline', 'the agent left before it answered'));
  }

  /** The page goes. */
  close(): void {
    this.#failAll(new SealcamError('home.offline', 'closed'));
  }

  /** Called twice a second: what nobody says anything about any more is not waited for. */
  tick(): void {
    const silentSinceMs = this.#now() - LIMITS.commandSilenceMs;
    for (const { heardMs, fail } of [...this.#underWay.values()])
      if (heardMs <= silentSinceMs) fail(new SealcamError('command.unanswered'));
  }

  /**
   * @param onReply every reply, steps on the way included
   * @returns the last one
   * @throws {SealcamError} `home.offline` when it could not be handed over or the home went away, `command.unanswered` when nothing is
   *   heard of it, `protocol.too-many`
   */
  async send(command: Command, onReply: (reply: Reply) => void): Promise<Reply> {
    const ticket = this.#desk.next();
    // Its turn may come after it was refused.
    ticket.catch(() => undefined);
    const handing = this.#turn.then(async () => this.#hand(command, await ticket, onReply));
    this.#turn = handing.catch(() => undefined);
    const { answer } = await handing;
    return answer;
  }

  /** An event of the relay. */
  reply(sealed: string): void {
    const reply = readable(sealed);
    const underWay = reply === undefined ? undefined : this.#underWay.get(toBase64Url(reply.ticket));
    // Of a command that is over, or of another page of this device.
    if (reply === undefined || underWay === undefined) return;
    underWay.opening = underWay.opening.then(() => this.#open(underWay, reply));
  }

  /** The agent has no place for it. */
  over(ticket: string): void {
    this.#underWay.get(ticket)?.fail(new SealcamError('protocol.too-many', 'the agent has too many under way'));
  }

  async #hand(
    command: Command,
    ticket: string,
    onReply: (reply: Reply) => void,
  ): Promise<{ readonly answer: Promise<Reply> }> {
    const { connection, membership, sync } = this.#ports;
    // A bulletin that came before the ticket has the key that this run of the agent knows.
    if (sync.isBulletinPending) await sync.inOrder(() => Promise.resolve());
    const { head, manifest } = membership.facts.get();
    if (manifest === undefined) throw new SealcamError('home.offline', 'no bulletin yet');
    if (this.#underWay.has(ticket)) throw new SealcamError('protocol.unexpected', 'a ticket twice');
    const { keys } = membership.device;
    const sealed = await sealCommand({ head, keys, to: manifest, ticket: fromBase64Url(ticket), command });
    if (!connection.isOnline) throw new SealcamError('home.offline', 'the connection broke');
    const answer = this.#wait(ticket, onReply);
    connection.ask(
      { t: 'command', sealed: toBase64Url(sealed) },
      () => undefined,
      (error) => {
        // The relay said no. Where only the line broke, the agent may have it all the same: its replies are waited for.
        if (connection.isOnline) this.#underWay.get(ticket)?.fail(error);
      },
    );
    return { answer };
  }

  #wait(ticket: string, onReply: (reply: Reply) => void): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const over = (): void => void this.#underWay.delete(ticket);
      this.#underWay.set(ticket, {
        ...{ due: 0, heardMs: this.#now(), opening: Promise.resolve(), take: onReply },
        end: (final) => (over(), resolve(final)),
        fail: (error) => (over(), reject(error)),
      });
    });
  }

  /** What does not open, or came before, is as if it had not come: whoever sent it cannot end the command with it. */
  async #open(underWay: UnderWay, sealed: SealedReply): Promise<void> {
    const { device, head } = this.#ports.membership;
    const { hpke, keys } = device;
    try {
      const opened = await openReply({ head, deviceId: keys.deviceId, hpke, due: underWay.due, sealed });
      underWay.due = opened.n + 1;
      underWay.heardMs = this.#now();
      underWay.take(opened.reply);
      if (opened.final) underWay.end(opened.reply);
    } catch (error) {
      if (!(error instanceof SealcamError)) underWay.fail(new SealcamError('internal', undefined, { cause: error }));
    }
  }

  #failAll(error: SealcamError): void {
    for (const { fail } of [...this.#underWay.values()]) fail(error);
  }

  #now(): number {
    return this.#ports.clock.monotonicMs();
  }
}

function readable(sealed: string): SealedReply | undefined {
  try {
    return decodeSealedReply(fromBase64Url(sealed));
  } catch {
    return undefined;
  }
}
