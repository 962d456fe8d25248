/** Commands to the agent: sealed to its key, numbered, and their replies opened in order. The relay reads neither. */
import { openReply, sealCommand, type Command, type Head, type Reply } from '@sealcam/home';
import { fromBase64Url, SealcamError, toBase64Url } from '@sealcam/protocol';
import type { Answer, Connection } from './connection.ts';
import type { Membership } from './membership.ts';

export class CommandsUnderWay {
  readonly #connection: Connection;
  readonly #membership: Membership;
  readonly #waiting = new Set<(error: SealcamError) => void>();
  /** Replies are opened one after another: their numbers rise. */
  #opening: Promise<unknown> = Promise.resolve();

  constructor(connection: Connection, membership: Membership) {
    this.#connection = connection;
    this.#membership = membership;
  }

  /** The agent's connection ended or began anew: nobody knows whether what was asked before is still worked on. */
  agentLeft(): void {
    for (const fail of [...this.#waiting]) fail(new SealcamError('home.offline', 'the agent left before it answered'));
  }

  /**
   * @param onReply every reply, steps on the way included
   * @returns the last one
   * @throws {SealcamError} `home.offline` before a bulletin told the agent's key, when the connection breaks or the home is away
   */
  async send(command: Command, onReply: (reply: Reply) => void): Promise<Reply> {
    const { head, manifest } = this.#membership.facts.get();
    if (manifest === undefined) throw new SealcamError('home.offline', 'no bulletin yet');
    const seq = await this.#membership.nextCommandSeq();
    const { agentHpkePub } = manifest;
    const sealed = await sealCommand({ head, keys: this.#membership.device.keys, agentHpkePub, seq, command });
    return new Promise((resolve, reject) => {
      // Asking may fail in the call itself, before there is anything to forget.
      let forget: () => void = () => undefined;
      const fail = (error: Error): void => {
        this.#waiting.delete(fail);
        forget();
        reject(error);
      };
      const take = (answer: Answer): boolean => {
        if (answer.t !== 'reply') return false;
        const opened = this.#opening.then(() => this.#open(answer.sealed, seq));
        this.#opening = opened.catch(() => undefined);
        opened.then((reply) => {
          if (reply === undefined) return;
          onReply(reply.reply);
          if (!reply.final) return;
          this.#waiting.delete(fail);
          forget();
          resolve(reply.reply);
        }, fail);
        return false;
      };
      this.#waiting.add(fail);
      forget = this.#connection.ask({ t: 'command', sealed: toBase64Url(sealed) }, take, fail);
    });
  }

  /** @returns undefined for a reply to another command */
  async #open(sealed: string, seq: number): Promise<Awaited<ReturnType<typeof openReply>> | undefined> {
    const { device } = this.#membership;
    const head: Head = this.#membership.head;
    const bytes = fromBase64Url(sealed);
    const opened = await openReply({
      head,
      deviceId: device.keys.deviceId,
      hpke: device.hpke,
      lastSeq: device.replySeq,
      sealed: bytes,
    });
    await this.#membership.noteReplySeq(opened.seq);
    return opened.re === seq ? opened : undefined;
  }
}
