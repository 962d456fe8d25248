/**
 * A middle on real sockets: a reverse proxy in front of a relay, to which displays in a browser connect. Pages and pairing pass as they
 * are; on the sockets of displays stands the same component as in the drills on a virtual clock. `mistaken` is the update that
 * goes out, and is taken back: connections stay.
 */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SocketEvents } from '@sealcam/player/viewer';
import { FromViewer, parseMessage, STREAM } from '@sealcam/protocol';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../../apps/relay/src/clock.ts';
import { Random } from '../../../tests/harness/random.ts';
import type { DialLine, LineSocket } from '../frame/dial-line.ts';
import type { BehindMiddle, MakeMiddle, MiddleEnd, MiddleLine } from '../frame/middle.ts';
import { throughMiddle } from '../frame/through-middle.ts';
import type { Crossings } from './crossings.ts';

/** All cameras and displays of a drill are of one model: what such components went by. */
const MODELS = { camera: 'basic 1080p', display: 'home hub' } as const;
const GOOD_LINE = { delayMs: 0, loss: 0, stalled: false } as const;
const NO_CODE = 1005;

export interface WebMiddleParts {
  /** `http://127.0.0.1:port` of what stands behind it. */
  readonly source: string;
  readonly middle: MakeMiddle;
  readonly crossings: Crossings;
}

export class WebMiddle {
  /** Whether the component has its mistake. */
  mistaken = false;
  readonly url: string;
  readonly #source: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #middle: BehindMiddle;

  static async start(parts: WebMiddleParts): Promise<WebMiddle> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new WebMiddle(server, parts);
  }

  private constructor(server: Server, { source, middle, crossings }: WebMiddleParts) {
    this.#server = server;
    this.#source = new URL(source);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const made = (fixed: boolean): BehindMiddle => {
      const one = middle({ clock: systemClock, random: new Random('web middle'), fixed });
      if (one.at !== 'behind') throw new TypeError('a middle inside the relay is no proxy');
      return one;
    };
    this.#middle = either(made(false), made(true), { isMistaken: () => this.mistaken, crossings });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (asked, answer) => this.#pass(asked, answer));
    server.on('upgrade', (asked: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (asked.url === '/ws/viewer') this.#viewer(asked, socket, head);
      else this.#tunnel(asked, socket, head);
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { method, url, headers } = asked;
    const { hostname, port } = this.#source;
    const passed = request({ hostname, port, method, path: url, headers }, (came) => {
      answer.writeHead(came.statusCode ?? 502, came.headers);
      came.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  }

  /** Pairing and the like: bytes both ways. */
  #tunnel({ url, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
    const on = connect(Number(this.#source.port), this.#source.hostname);
    const headers = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? `${name}: ${rawHeaders[at + 1]}` : []));
    on.write(`GET ${url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    on.write(head);
    on.pipe(socket).pipe(on);
    on.on('error', () => socket.destroy()).once('close', () => socket.destroy());
    socket.on('error', () => on.destroy()).once('close', () => on.destroy());
  }

  #viewer(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { host = '', origin = '' } = asked.headers;
    const source = new WebSocket(`ws://${this.#source.host}/ws/viewer`, { headers: { host, origin } });
    source.once('error', () => socket.destroy());
    source.once('open', () => {
      this.#upgrades.handleUpgrade(asked, socket, head, (display) => join(display, source, this.#middle));
    });
  }
}

/** A display and what it asked, joined once it has said who it is: only then is there a way through the component. */
function join(display: WebSocket, source: WebSocket, middle: BehindMiddle): void {
  const toDisplay: SocketEvents = {
    text: (text) => display.send(text),
    binary: (message) => display.send(message),
    closed: (code) => (code >= 1000 && code !== NO_CODE && code !== 1006 ? display.close(code) : display.terminate()),
  };
  let events = toDisplay;
  const plain: LineSocket = {
    send: (text) => source.readyState === WebSocket.OPEN && source.send(text),
    sendBinary: (bytes) => source.readyState === WebSocket.OPEN && source.send(bytes),
    close: () => source.close(),
  };
  source.on('message', (data: Buffer, isBinary) => {
    if (isBinary) events.binary(data);
    else events.text(data.toString('utf8'));
  });
  source.once('close', (code) => events.closed(code));
  let way: LineSocket | undefined;
  const meet = (text: string): LineSocket => {
    const hello = parseMessage(FromViewer, text);
    if (hello.t !== 'auth') throw new TypeError(`${hello.t} from nobody`);
    const dial = (through: SocketEvents): LineSocket => {
      events = through;
      return plain;
    };
    return throughMiddle(Object.assign(dial, { host: '' }) satisfies DialLine, middle, {
      homeId: hello.homeId,
      deviceId: hello.deviceId,
      displayModel: MODELS.display,
      cameraModel: () => MODELS.camera,
      source: GOOD_LINE,
    })(toDisplay);
  };
  display.on('message', (data: Buffer) => {
    const text = data.toString('utf8');
    way ??= meet(text);
    way.send(text);
  });
  display.on('error', () => display.terminate());
  display.once('close', () => (way ?? plain).close());
}

/** Both at once, mistaken and put right, and each picture through one of them. Stills and sound pass beside it. */
function either(
  broken: BehindMiddle,
  right: BehindMiddle,
  { isMistaken, crossings }: { readonly isMistaken: () => boolean; readonly crossings: Crossings },
): BehindMiddle {
  const connect = (given: MiddleLine): MiddleEnd => {
    const line: MiddleLine = {
      ...given,
      deliver: (parcel) => {
        crossings.gave(given.homeId, parcel);
        given.deliver(parcel);
      },
    };
    const ends = [broken.connect(line), right.connect(line)] as const;
    return {
      asked: (track) => ends.forEach((end) => end.asked(track)),
      granted: (track) => ends.forEach((end) => end.granted?.(track)),
      ended: (track) => ends.forEach((end) => end.ended(track)),
      closed: () => ends.forEach((end) => end.closed()),
      arrived: (parcel) => {
        if (parcel.track.streamId !== STREAM.main) return given.deliver(parcel);
        crossings.came(given.homeId, parcel);
        ends[isMistaken() ? 0 : 1].arrived(parcel);
      },
    };
  };
  return { at: 'behind', connect };
}
