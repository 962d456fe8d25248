/** A process of ours as its operator sees it: what it printed, how it ended, and how to end it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../apps/sealcam/src/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  #out = '';
  #err = '';
  readonly #looking = new Set<() => void>();

  /** @param script path or URL of a TypeScript file */
  constructor(script: string | URL, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const path = typeof script === 'string' ? script : fileURLToPath(script);
    this.process = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.process.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#out += chunk;
      for (const look of [...this.#looking]) look();
    });
    this.process.stderr
      ?.setEncoding('utf8')
      .on('data', (chunk: string) => (this.#err = (this.#err + chunk).slice(-20_000)));
    this.ended = once(this.process, 'close').then(([code]) => ({
      code: code as number | null,
      out: this.#out,
      err: this.#err,
    }));
  }

  /** A byte on its standard input. */
  go(): this {
    this.process.stdin?.on('error', () => undefined).write('\n');
    return this;
  }

  get out(): string {
    return this.#out;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Resolves with the match once standard output has it; rejects when the process ends without. */
  seen(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.#out);
        if (match === null) return;
        this.#looking.delete(look);
        resolve(match);
      };
      this.#looking.add(look);
      look();
      void this.ended.then(({ code, err }) =>
        reject(new Error(`it ended (${code}) before ${pattern}: ${err.slice(-2000)}`)),
      );
    });
  }

  /** @param signal SIGKILL: no chance to say goodbye */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<Ended> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    return await this.ended;
  }
}

/** `sealcam …` as it is typed. */
export function sealcam(data: string, ...args: readonly string[]): Child {
  return new Child(MAIN, [...args, '--data', data]);
}
