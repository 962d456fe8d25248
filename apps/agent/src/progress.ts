/** What a command that takes long says while nothing else is to be told: silence would look like an agent that is gone. */
import type { Command, Reply, TryStepName } from '@sealcam/home';
import { LIMITS } from '@sealcam/protocol';

/** What is known of a camera after each step, and what it still owes. */
const AFTER: Readonly<Record<TryStepName, string>> = {
  reached: 'its address was reached, it says nothing yet',
  rtsp: 'it speaks RTSP, not signed in yet',
  signedIn: 'signed in, no stream found yet',
  streamFound: 'its stream was found, no picture yet',
  picture: 'a picture came, trying its smaller stream',
};

/** Says every 5 s after the last reply how a command stands, from its beginning until `end`. */
export class Progress {
  readonly #command: Command['do'];
  readonly #tell: (reply: Reply) => void;
  readonly #monotonicMs: () => number;
  readonly #beganMs: number;
  #last: Reply | undefined;
  #timer: NodeJS.Timeout;

  constructor(command: Command['do'], tell: (reply: Reply) => void, monotonicMs: () => number) {
    this.#command = command;
    this.#tell = tell;
    this.#monotonicMs = monotonicMs;
    this.#beganMs = monotonicMs();
    this.#timer = this.#wait();
  }

  /** A reply of the command itself. */
  told(reply: Reply): void {
    this.#last = reply;
    this.#timer.refresh();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #wait(): NodeJS.Timeout {
    return setInterval(() => this.#tell({ is: 'waiting', words: this.#words() }), LIMITS.commandProgressMs);
  }

  #words(): string {
    // What a person has to do stays said as it was.
    if (this.#last?.is === 'waiting') return this.#last.words;
    const seconds = `(${Math.round((this.#monotonicMs() - this.#beganMs) / 1000)} s)`;
    if (!this.#command.startsWith('camera.try')) return `Your home is still at it ${seconds}.`;
    const state = this.#last?.is === 'step' ? AFTER[this.#last.step] : 'nothing answers at its address yet';
    return `Still waiting for the camera: ${state} ${seconds}.`;
  }
}
