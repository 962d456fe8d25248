/**
 * RTSP inside HTTP, for cameras that offer nothing else (Apple, QuickTime dispatch 28, "Tunnelling RTSP and RTP through HTTP"): the answer to a GET
 * never ends and carries what the camera says; a POST with the same cookie (`tunnel-posts.ts`) carries what we say. For whoever reads and writes it is
 * a line like a socket.
 */
import { randomBytes } from 'node:crypto';
import { SealcamError } from '@sealcam/protocol';
import { hostInUrl, type CameraAddress, type Credentials } from './address.ts';
import { openExchange, type HttpAnswer } from './http-exchange.ts';
import type { Line, LineOptions } from './rtsp-line.ts';
import { headerOf, notRtsp } from './rtsp-message.ts';
import { SignIn } from './sign-in.ts';
import { Posts, type PostEvents } from './tunnel-posts.ts';

export interface TunnelOptions extends LineOptions {
  readonly credentials?: Credentials;
}

const TYPE = 'application/x-rtsp-tunnelled';
const GET_HEADERS = [`Accept: ${TYPE}`];
/** A length and a date in the past that nobody holds to: Apple's own, and what FFmpeg, GStreamer and LIVE555 send. */
const POST_HEADERS = [`Content-Type: ${TYPE}`, 'Content-Length: 32767', 'Expires: Sun, 9 Jan 1972 00:00:00 GMT'];
/** Cameras name the tunnel oddly, or not at all; a web page says what it is. */
const WEB_PAGE = /^(?:text|image|audio|font)\/|html|json|xml|javascript|mpegurl/iu;

/**
 * Opens the socket of the GET. What HTTP answers to it comes later: as a fault where it is none of a tunnel.
 * @throws {SealcamError} as `openSocket`
 */
export async function openTunnel(address: CameraAddress, options: TunnelOptions): Promise<Line> {
  const tunnel = new Tunnel(address, options);
  await tunnel.open();
  return tunnel;
}

class Tunnel implements Line {
  readonly #address: CameraAddress;
  readonly #options: TunnelOptions;
  readonly #signIn: SignIn;
  readonly #posts: Posts;
  readonly #cookie = randomBytes(16).toString('hex');
  #get: Line | undefined;
  #signIns = 0;
  /** The GET was answered. */
  #isOpen = false;
  #isOver = false;
  localAddress = '';
  remoteAddress = '';
  pin: string | undefined;

  constructor(address: CameraAddress, options: TunnelOptions) {
    this.#address = address;
    this.#options = options;
    this.#signIn = new SignIn(options.credentials);
    this.#posts = new Posts({
      open: (events) => this.#ask('POST', POST_HEADERS, { ...events, onBytes: ignore }),
      signIn: this.#signIn,
      onFault: (fault) => this.#fail(fault),
    });
  }

  async open(): Promise<void> {
    const line = await this.#ask('GET', GET_HEADERS, {
      onAnswer: (answer) => this.#onAnswer(answer),
      onBytes: (bytes) => this.#hear(line, bytes),
      onFault: (fault) => {
        if (line === this.#get) this.#fail(fault);
      },
    });
    this.#get = line;
    this.localAddress = line.localAddress;
    this.remoteAddress = line.remoteAddress;
    this.pin = line.pin;
    if (this.#isOver) line.destroy();
  }

  get isBusy(): boolean {
    return this.#posts.isBusy;
  }

  write(bytes: string | Uint8Array): void {
    this.#posts.write(Buffer.from(bytes));
  }

  close(): void {
    this.#isOver = true;
    this.#posts.close();
    this.#get?.close();
  }

  destroy(): void {
    this.#isOver = true;
    this.#posts.destroy();
    this.#get?.destroy();
  }

  #fail(cause: unknown): void {
    if (this.#isOver) return;
    this.destroy();
    this.#options.onFault(cause instanceof SealcamError ? cause : new SealcamError('internal', undefined, { cause }));
  }

  /** One of the two requests. All sockets of a tunnel show the certificate of the first. */
  async #ask(
    method: 'GET' | 'POST',
    headers: readonly string[],
    events: PostEvents & Pick<LineOptions, 'onBytes'>,
  ): Promise<Line> {
    const pin = this.pin ?? this.#options.pin;
    const { signal } = this.#options;
    return await openExchange(this.#address, this.#headOf(method, headers), {
      ...(pin === undefined ? {} : { pin }),
      signal,
      ...events,
    });
  }

  #headOf(method: 'GET' | 'POST', headers: readonly string[]): string {
    const { host, port, path } = this.#address;
    const target = path === '' ? '/' : path;
    const signed = this.#signIn.authorization(method, target);
    const lines = [
      ...[`${method} ${target} HTTP/1.0`, `Host: ${hostInUrl(host)}:${port}`, 'User-Agent: Sealcam'],
      ...[`x-sessioncookie: ${this.#cookie}`, 'Pragma: no-cache', 'Cache-Control: no-cache', ...headers],
      ...(signed === undefined ? [] : [`Authorization: ${signed}`]),
    ];
    return `${lines.join('\r\n')}\r\n\r\n`;
  }

  #onAnswer({ status, headers }: HttpAnswer): void {
    if (status === 401) {
      this.#signIn.challenged(headers, this.#signIns);
      this.#signIns += 1;
      this.#askAgain();
      return;
    }
    expectTunnel({ status, headers });
    this.#isOpen = true;
    this.#posts.start();
  }

  /** On another socket: whether HTTP keeps this one is not worth a guess. */
  #askAgain(): void {
    this.#get?.destroy();
    this.#get = undefined;
    this.open().catch((cause: unknown) => this.#fail(cause));
  }

  #hear(line: Line, bytes: Uint8Array): void {
    if (line !== this.#get || !this.#isOpen) return;
    this.#posts.heard();
    this.#options.onBytes(bytes);
  }
}

/** @throws {SealcamError} in the words of what answers instead */
function expectTunnel({ status, headers }: HttpAnswer): void {
  if (status === 503) throw new SealcamError('rtsp.busy', 'status 503');
  if (status < 200 || status >= 300) throw notRtsp(`answers HTTP, status ${status}`);
  const type = headerOf({ headers }, 'content-type') ?? '';
  // Pictures one by one, as the web interface of many cameras has them (`/video.mjpg`).
  if (/^multipart\//iu.test(type)) throw new SealcamError('rtsp.codec', 'video/jpeg');
  if (WEB_PAGE.test(type)) throw notRtsp('a web page');
}

function ignore(): void {
  // What follows the answer to a POST is no part of the dialog.
}
