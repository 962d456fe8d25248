/** The parent's side of `worker.ts`: one trial at a time, and a new worker after one that hung. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Trial, Verdict } from './worker.ts';

const WORKER = new URL('worker.ts', import.meta.url).pathname;
const START_MS = 120_000;

export class WarmTests {
  readonly #root: string;
  #child: ChildProcess | undefined;
  #lines: AsyncIterator<string> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** @returns `hung` where no answer came within `ms`, or the worker died of it */
  async run(trial: Trial, ms: number): Promise<Verdict | 'hung'> {
    if (this.#child === undefined) await this.#start();
    this.#child?.stdin?.write(`${JSON.stringify(trial)}\n`);
    const answer = await this.#next(ms);
    if (answer === 'passed' || answer === 'failed') return answer;
    await this.close();
    return 'hung';
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    // The group: its test processes too.
    process.kill(-child.pid, 'SIGKILL');
    await ended;
  }

  async #start(): Promise<void> {
    const child = spawn(process.execPath, [WORKER, this.#root], {
      cwd: this.#root,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.on('error', () => undefined);
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    if ((await this.#next(START_MS)) !== 'ready') throw new Error('vitest did not start');
  }

  /** The next line that is an answer; what tests print passes by. */
  async #next(ms: number): Promise<string | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), ms);
    try {
      for (;;) {
        const next = await Promise.race([this.#lines?.next(), late]);
        if (next === undefined || next.done === true) return undefined;
        if (['ready', 'passed', 'failed'].includes(next.value)) return next.value;
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
