/**
 * The way out of a tunnel: a POST whose body never ends, in base64. Real cameras never answer it, answer it at once, or close it after each request; so it is
 * opened when there is something to say, and anew where it was closed.
 */
import { SealcamError } from '@sealcam/protocol';
import type { HttpAnswer } from './http-exchange.ts';
import type { Line } from './rtsp-line.ts';
import { notRtsp } from './rtsp-message.ts';
import type { SignIn } from './sign-in.ts';

/** A POST that is closed after a request is closed right behind the answer: so long the second request waits to see that. */
const SETTLE_MS = 100;
/** POSTs in a row that were reset before the camera said anything. */
const MAX_RESETS = 3;

export interface PostEvents {
  readonly onAnswer: (answer: HttpAnswer) => void;
  readonly onFault: (fault: SealcamError) => void;
}

export interface PostsOptions {
  /** Opens one, and sends its head. */
  readonly open: (events: PostEvents) => Promise<Line>;
  readonly signIn: SignIn;
  readonly onFault: (fault: unknown) => void;
}

export class Posts {
  readonly #options: PostsOptions;
  #line: Line | undefined;
  #isOpening = false;
  /** Something was written to this one. */
  #isUsed = false;
  /** The camera closes each, so each message has its own. */
  #onePerMessage = false;
  #isReady = false;
  #isLast = false;
  #isOver = false;
  #settling: NodeJS.Timeout | undefined;
  #messages = 0;
  #unsent: Uint8Array[] = [];
  /** Written to this one since the camera last said anything. */
  #unheard: Uint8Array[] = [];
  #resets = 0;
  #signIns = 0;

  constructor(options: PostsOptions) {
    this.#options = options;
  }

  /** No POST is opened for what can be left out. */
  get isBusy(): boolean {
    return this.#onePerMessage || (this.#line?.isBusy ?? true);
  }

  /** From here on they may be opened. */
  start(): void {
    this.#isReady = true;
    this.#flush();
  }

  /** The camera has said something, so what was written arrived. */
  heard(): void {
    this.#unheard = [];
    this.#resets = 0;
    this.#signIns = 0;
  }

  /** @param message whole: it is encoded by itself, in whole quads, as players do */
  write(message: Uint8Array): void {
    this.#unsent.push(message);
    this.#messages += 1;
    if (this.#messages === 2) this.#settling = setTimeout(() => this.#settled(), SETTLE_MS);
    this.#flush();
  }

  #settled(): void {
    this.#settling = undefined;
    this.#flush();
  }

  /** What was written is still sent. */
  close(): void {
    this.#isLast = true;
    if (this.#unsent.length === 0 || !this.#isReady) this.#end()?.close();
  }

  destroy(): void {
    this.#end()?.destroy();
  }

  #end(): Line | undefined {
    this.#isOver = true;
    clearTimeout(this.#settling);
    return this.#line;
  }

  #flush(): void {
    if (!this.#isReady || this.#isOver || this.#settling !== undefined) return;
    while (this.#unsent.length > 0) {
      if (this.#onePerMessage && this.#isUsed) this.#leave((line) => line.close());
      if (this.#line === undefined) return void this.#open();
      for (const message of this.#unsent.splice(0, this.#onePerMessage ? 1 : this.#unsent.length)) {
        this.#line.write(Buffer.from(message).toString('base64'));
        this.#unheard.push(message);
      }
      this.#isUsed = true;
    }
    if (this.#isLast) this.#end()?.close();
  }

  async #open(): Promise<void> {
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      const line = await this.#options.open({
        onAnswer: (answer) => this.#onAnswer(line, answer),
        onFault: (fault) => this.#onEnd(line, fault),
      });
      this.#line = line;
      this.#isUsed = false;
      this.#unheard = [];
      if (this.#isOver) line.destroy();
    } catch (cause) {
      this.#isOver = true;
      this.#options.onFault(cause);
    } finally {
      this.#isOpening = false;
    }
    this.#flush();
  }

  #leave(how: (line: Line) => void): void {
    const line = this.#line;
    this.#line = undefined;
    if (line !== undefined) how(line);
  }

  /** Most say nothing. One that says that all is well may be closed or not: that will show. */
  #onAnswer(line: Line, { status, headers }: HttpAnswer): void {
    if (line !== this.#line || this.#isOver || status < 300) return;
    if (status !== 401) throw status === 503 ? new SealcamError('rtsp.busy') : notRtsp(`answers ${status} to the POST`);
    this.#options.signIn.challenged(headers, this.#signIns);
    this.#signIns += 1;
    this.#leave((each) => each.destroy());
    this.#again();
  }

  /** Closed in order, it was read to its end. Reset, what came last met a closed door. */
  #onEnd(line: Line, fault: SealcamError): void {
    if (line !== this.#line || this.#isOver) return;
    if (fault.code !== 'rtsp.ended') return this.#options.onFault(fault);
    this.#line = undefined;
    this.#onePerMessage = true;
    const wasReset = fault.cause !== undefined;
    if (!wasReset || this.#unheard.length === 0) return this.#flush();
    this.#resets += 1;
    if (this.#resets > MAX_RESETS) return this.#options.onFault(fault);
    this.#again();
  }

  #again(): void {
    this.#unsent = [...this.#unheard, ...this.#unsent];
    this.#unheard = [];
    this.#flush();
  }
}
