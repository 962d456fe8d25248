/** `/ws/pair`: two sides of a pairing or a claim meet in a mailbox; a recovery sheet finds its home. Nobody is known here, and nothing is believed. */
import {
  codeKnownTo,
  FromPairing,
  helloVersion,
  LIMITS,
  parseMessage,
  PROTOCOL_VERSION,
  SealcamError,
  versionRefusal,
  type DeviceId,
  type MailboxId,
  type ToPairing,
} from '@sealcam/protocol';
import { networkOf } from '../door/network.ts';
import type { Side } from '../mailboxes.ts';
import type { RelayParts } from '../relay-parts.ts';
import { CLOSE, type Connection } from './connection.ts';

/** Serves one side until its socket ends. A socket is in one mailbox, once. */
export function servePairing(
  connection: Connection,
  parts: Pick<RelayParts, 'mailboxes' | 'metrics' | 'clock' | 'store' | 'homes'>,
): void {
  const { mailboxes, metrics } = parts;
  const send = (message: ToPairing): void => connection.send(message);
  let mailbox: MailboxId | undefined;
  const side: Side = {
    network: networkOf(connection.address),
    mail: (body) => send({ t: 'mail', body }),
    joined: (mailboxId) => send({ t: 'joined', mailboxId }),
    ended: (code) => connection.end(CLOSE.goingAway, code),
  };
  const findHome = async (re: number, sheet: DeviceId): Promise<void> => {
    const homeId = await parts.store.homeOfSheet(sheet);
    if (homeId === undefined) connection.fail('home.unknown', re);
    else send({ t: 'home.found', re, homeId });
  };
  // Strangers' places are few: one that waits for nothing gives its own up.
  const stopWaiting = parts.clock.after(LIMITS.pairingFirstMs, () => connection.end(CLOSE.refused, 'auth.timeout'));
  const placed = (): void => {
    stopWaiting();
    connection.isPlaced();
  };
  metrics.connections.inc({ kind: 'pair' });
  connection.serve({
    async text(text) {
      const message = understood(connection, text);
      if (message === undefined) return;
      const re = message.t === 'post' ? undefined : message.id;
      if ((message.t === 'post') !== (mailbox !== undefined))
        return connection.end(CLOSE.malformed, 'protocol.unexpected');
      if (message.t === 'home.find') return findHome(message.id, message.deviceId);
      try {
        if (message.t === 'open') {
          if (message.newHome !== undefined) await parts.homes.mayJoin(message.newHome.invitation);
          if (connection.ended) return;
          const { number, expiresMs } = mailboxes.open(message.mailboxId, message.digits, side);
          mailbox = message.mailboxId;
          placed();
          send({ t: 'opened', re: message.id, expiresMs, ...(number === undefined ? {} : { number }) });
        } else if (message.t === 'join') {
          mailbox = mailboxes.join({ mailboxId: message.mailboxId, number: message.number }, side);
          placed();
          send({ t: 'joined', re: message.id, mailboxId: mailbox });
          mailboxes.meet(mailbox);
        } else if (mailbox !== undefined) mailboxes.post(mailbox, side, message.body);
      } catch (error) {
        if (!(error instanceof SealcamError) || error.code === 'codec.malformed') throw error;
        connection.fail(error.code, re);
      }
    },
    binary: () => connection.end(CLOSE.malformed, 'protocol.unexpected'),
    closed() {
      stopWaiting();
      metrics.connections.dec({ kind: 'pair' });
      if (mailbox !== undefined) mailboxes.leave(mailbox, side);
    },
  });
}

/** Refuses a client of another version; what a newer one says may be none of ours and is not read. @returns undefined when it is refused */
function understood(connection: Connection, text: string): FromPairing | undefined {
  const said = helloVersion(text) ?? PROTOCOL_VERSION;
  const message = said > PROTOCOL_VERSION ? undefined : parseMessage(FromPairing, text);
  if (message?.t === 'post') return message;
  // An agent that is nobody's yet opens for a new home; every other one is a page.
  const client = message?.t === 'open' && message.newHome !== undefined ? 'agent' : 'page';
  const code = versionRefusal(client, message === undefined ? said : (message.version ?? 1));
  if (code === undefined) return message;
  connection.end(CLOSE.refused, codeKnownTo(said, code));
  return undefined;
}
