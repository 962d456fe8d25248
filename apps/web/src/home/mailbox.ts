/** One side of a pairing at the relay's mailbox (docs/protocol.md): opens or joins it, posts, and hands on what comes. */
import {
  fromBase64Url,
  firstAnswer,
  isErrorCode,
  parseMessage,
  PROTOCOL_VERSION,
  SealcamError,
  toBase64Url,
  ToPairing,
  type ErrorCode,
  type MailboxId,
} from '@sealcam/protocol';
import { dial, socketUrl } from './browser-ports.ts';

export type MailboxStart =
  | { readonly do: 'open'; readonly mailboxId: MailboxId; readonly digits: boolean }
  | { readonly do: 'join'; readonly mailboxId: MailboxId }
  | { readonly do: 'join-number'; readonly number: string };

export interface MailboxEvents {
  /** `number`: the four digits to show, where they were asked for. */
  ready(mailbox: Mailbox, facts: { readonly mailboxId: MailboxId; readonly number: string | undefined }): void;
  mail(body: Uint8Array): void;
  failed(code: ErrorCode): void;
}

export interface Mailbox {
  post(bodies: readonly Uint8Array[]): void;
  close(): void;
}

/** Never throws; whatever goes wrong is `failed`, once, and nothing follows it. */
export function openMailbox(start: MailboxStart, events: MailboxEvents): Mailbox {
  let over = false;
  const fail = (code: ErrorCode): void => {
    if (over) return;
    over = true;
    socket.close();
    events.failed(code);
  };
  const send = (message: object): void => {
    socket.send(JSON.stringify(message));
  };
  const mailbox: Mailbox = {
    post: (bodies) => {
      for (const body of bodies) send({ t: 'post', body: toBase64Url(body) });
    },
    close: () => {
      over = true;
      socket.close();
    },
  };
  const first = (): object => {
    const hello = { id: 1, version: PROTOCOL_VERSION };
    if (start.do === 'open') return { t: 'open', ...hello, mailboxId: start.mailboxId, digits: start.digits };
    return start.do === 'join'
      ? { t: 'join', ...hello, mailboxId: start.mailboxId }
      : { t: 'join', ...hello, number: start.number };
  };
  let isFirst = true;
  const take = (message: ToPairing): void => {
    const code = message.t === 'error' && isErrorCode(message.code) ? message.code : 'internal';
    if (message.t === 'error') fail(isFirst ? firstAnswer(code) : code);
    else if (message.t === 'mail') events.mail(fromBase64Url(message.body));
    else if (message.t === 'opened' && start.do === 'open')
      events.ready(mailbox, { mailboxId: start.mailboxId, number: message.number });
    else if (message.t === 'joined' && message.re !== undefined)
      events.ready(mailbox, { mailboxId: message.mailboxId, number: undefined });
  };
  const socket = dial(socketUrl('/ws/pair'), {
    opened: () => {
      send(first());
    },
    text: (text) => {
      if (over) return;
      try {
        take(parseMessage(ToPairing, text));
        isFirst = false;
      } catch (error) {
        fail(error instanceof SealcamError ? error.code : 'internal');
      }
    },
    binary: () => {
      fail('protocol.unexpected');
    },
    closed: (code) => {
      fail(code === 1006 ? 'home.offline' : 'pair.left');
    },
  });
  return mailbox;
}
