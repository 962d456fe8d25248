/** One side of a relay's pairing mailbox, for tests and load: what a page does with a WebSocket, in Node. */
import {
  fromBase64Url,
  parseMessage,
  PROTOCOL_VERSION,
  SealcamError,
  toBase64Url,
  ToPairing,
  type MailboxId,
} from '@sealcam/protocol';
import { isErrorCode } from '@sealcam/protocol';
import { WebSocket } from 'ws';

export class PairSocket {
  readonly #socket: WebSocket;
  readonly #waiting: ((message: ToPairing) => void)[] = [];
  readonly #arrived: ToPairing[] = [];
  #failed: Error | undefined;

  /** @param url `ws://host:port` */
  static async open(url: string): Promise<PairSocket> {
    const socket = new WebSocket(`${url}/ws/pair`, { perMessageDeflate: false });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new PairSocket(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#take(parseMessage(ToPairing, data.toString('utf8')));
    });
    socket.on('close', () => {
      this.#fail(new SealcamError('pair.left'));
    });
  }

  #take(message: ToPairing): void {
    const next = this.#waiting.shift();
    if (next) next(message);
    else this.#arrived.push(message);
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const next of this.#waiting.splice(0)) next({ t: 'error', code: 'pair.left', words: '' });
  }

  async next(): Promise<ToPairing> {
    const message =
      this.#arrived.shift() ??
      (this.#failed
        ? { t: 'error' as const, code: 'pair.left', words: '' }
        : await new Promise<ToPairing>((resolve) => this.#waiting.push(resolve)));
    if (message.t === 'error')
      throw new SealcamError(isErrorCode(message.code) ? message.code : 'internal', message.code);
    return message;
  }

  async mail(): Promise<Uint8Array> {
    for (;;) {
      const message = await this.next();
      if (message.t === 'mail') return fromBase64Url(message.body);
    }
  }

  post(bodies: readonly Uint8Array[]): void {
    for (const body of bodies) this.#socket.send(JSON.stringify({ t: 'post', body: toBase64Url(body) }));
  }

  /** @returns the four-digit meeting number when `digits` */
  async openMailbox(mailboxId: MailboxId, digits: boolean): Promise<string | undefined> {
    this.#socket.send(JSON.stringify({ t: 'open', id: 1, version: PROTOCOL_VERSION, mailboxId, digits }));
    for (;;) {
      const message = await this.next();
      if (message.t === 'opened') return message.number;
    }
  }

  async join(which: { readonly mailboxId: MailboxId } | { readonly number: string }): Promise<MailboxId> {
    this.#socket.send(JSON.stringify({ t: 'join', id: 1, version: PROTOCOL_VERSION, ...which }));
    for (;;) {
      const message = await this.next();
      if (message.t === 'joined') return message.mailboxId;
    }
  }

  close(): void {
    this.#socket.close();
  }
}
