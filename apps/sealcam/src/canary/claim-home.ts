/** Claims the agent of a canary home, as the page that opens its claim link does: by the pairing machine, through the relay's mailbox. */
import {
  claimReceive,
  decodePairingLink,
  generateDeviceKeys,
  generateHpkeKeys,
  startClaim,
  type Claim,
} from '@sealcam/home';
import { newStoredDevice, type StoredDevice } from '@sealcam/player/viewer';
import {
  fromBase64Url,
  isErrorCode,
  parseMessage,
  PROTOCOL_VERSION,
  SealcamError,
  toBase64Url,
  ToPairing,
} from '@sealcam/protocol';
import type { WebSocket } from 'ws';
import { openSocket, type RelayAt } from './viewer-ports.ts';

/**
 * @param link what the agent showed
 * @param signal gives up
 * @returns the home's first admin, ready to dial
 * @throws {SealcamError} `pair.…`, or what the relay refuses with
 */
export async function claimHome(
  at: RelayAt,
  link: string,
  homeName: string,
  signal: AbortSignal,
): Promise<StoredDevice> {
  const [keys, hpke] = await Promise.all([generateDeviceKeys(), generateHpkeKeys(1)]);
  const parsed = decodePairingLink(link);
  const socket = openSocket(at, '/ws/pair');
  const start = startClaim({ keys, link: parsed, homeName, nowMs: Date.now() });
  const ended = await talk(
    socket,
    { t: 'join', id: 1, version: PROTOCOL_VERSION, mailboxId: parsed.mailboxId },
    start,
    signal,
  ).finally(() => socket.close());
  if (ended.at !== 'claimed') throw new SealcamError(ended.at === 'failed' ? ended.code : 'pair.refused');
  const { head, rosters } = ended.claimed;
  return newStoredDevice({ homeId: head.homeId, keys, hpke, rosters, epochFloor: 0, nowMs: Date.now() });
}

function talk(socket: WebSocket, hello: object, start: Claim, signal: AbortSignal): Promise<Claim> {
  return new Promise((resolve, reject) => {
    let state = start;
    let turn: Promise<void> = Promise.resolve();
    const step = async (body: Uint8Array): Promise<void> => {
      const next = await claimReceive(state, body, Date.now());
      state = next.state;
      for (const each of next.send) socket.send(JSON.stringify({ t: 'post', body: toBase64Url(each) }));
      if (state.at === 'claimed' || state.at === 'failed') resolve(state);
    };
    const fail = (error: unknown): void => reject(error instanceof Error ? error : new SealcamError('internal'));
    const heard = (data: Buffer): void => {
      const message = parseMessage(ToPairing, data.toString('utf8'));
      if (message.t === 'mail') turn = turn.then(() => step(fromBase64Url(message.body))).catch(fail);
      // The agent leaves once it has pressed: what it sent before is worked off first.
      if (message.t === 'error') {
        const { code } = message;
        turn = turn.then(() => fail(new SealcamError(isErrorCode(code) ? code : 'internal')));
      }
    };
    socket.on('open', () => socket.send(JSON.stringify(hello)));
    socket.on('message', (data: Buffer) => {
      try {
        heard(data);
      } catch (error) {
        fail(error);
      }
    });
    socket.on('error', fail);
    socket.on('close', () => void turn.then(() => fail(new SealcamError('pair.left'))));
    signal.addEventListener('abort', () => fail(new SealcamError('auth.timeout')), { once: true });
  });
}
