/** Somebody with a home of its own on the same relay: a member there, its agent, and nobody at all in anyone else's home. */
import { buildGenesis, generateDeviceKeys, signAuth, signRoster, verifyGenesis, type DeviceKeys } from '@sealcam/home';
import { fromBase64Url, PROTOCOL_VERSION, toBase64Url, type HomeId } from '@sealcam/protocol';
import { WebSocket } from 'ws';

export interface Outsider {
  readonly homeId: HomeId;
  readonly admin: DeviceKeys;
  readonly agent: DeviceKeys;
  readonly genesis: Uint8Array;
}

export async function newOutsider(): Promise<Outsider> {
  const [admin, agent] = await Promise.all([generateDeviceKeys(), generateDeviceKeys()]);
  const genesis = await signRoster(admin, await buildGenesis(admin.sigPub, agent.sigPub));
  return { homeId: (await verifyGenesis(genesis)).homeId, admin, agent, genesis };
}

/** An authenticated socket. `said` is all that came, `ended` its close code. */
export class Member {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  units = 0;
  readonly ended: Promise<number>;

  /** @param localAddress of whom it comes */
  static async dial(
    port: number,
    path: string,
    who: { readonly homeId: HomeId; readonly keys: DeviceKeys; readonly genesis?: Uint8Array },
    localAddress: string,
  ): Promise<Member> {
    const member = new Member(
      new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false, localAddress }),
    );
    const { nonce } = (await member.next('challenge')) as { nonce: string };
    const sig = toBase64Url(await signAuth(who.keys, who.homeId, fromBase64Url(nonce), `127.0.0.1:${port}`));
    const genesis = who.genesis === undefined ? {} : { genesis: toBase64Url(who.genesis) };
    member.send({
      t: 'auth',
      version: PROTOCOL_VERSION,
      homeId: who.homeId,
      deviceId: who.keys.deviceId,
      sig,
      ...genesis,
    });
    await member.next('welcome');
    return member;
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.units += 1;
      else this.texts.push(data.toString('utf8'));
      socket.emit('heard');
    });
    this.ended = new Promise((resolve) => socket.once('close', resolve));
  }

  send(message: object | string | Uint8Array): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message));
  }

  /** The first text of that kind. @throws when the socket ends without it */
  async next(kind: string): Promise<object> {
    for (;;) {
      for (const text of this.texts) {
        const message = JSON.parse(text) as { t: string };
        if (message.t === kind) return message;
      }
      await new Promise<void>((resolve, reject) => {
        this.socket.once('heard', resolve);
        void this.ended.then((code) =>
          reject(new Error(`closed with ${code} before ${kind}: ${this.texts.join(' ')}`)),
        );
      });
    }
  }
}
