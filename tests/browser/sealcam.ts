/** The real thing: `sealcam up` as a child process, on a port and a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../cameras/rig.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'apps', 'sealcam', 'src', 'main.ts');
const START_MS = 60_000;

export interface Sealcam {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly data: string;
  /** The newest claim link on the terminal. */
  claimLink(): Promise<string>;
  /** `kill -9`: resolves when it is gone. */
  kill(): Promise<void>;
  /** The same port and data once more. @param more flags beside those of before */
  start(...more: readonly string[]): Promise<void>;
  /** Everything it printed, for a test that failed. */
  printed(): string;
  close(): Promise<void>;
}

/** @param options of the command, as flags */
export async function startSealcam(...options: readonly string[]): Promise<Sealcam> {
  const data = await mkdtemp(path.join(tmpdir(), 'sealcam-browser-'));
  const port = await freePort();
  let printed = '';
  let child: ChildProcess | undefined;
  const listeners = new Set<() => void>();

  const printedMatch = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const guard = setTimeout(() => end(new Error(`it did not print ${String(pattern)}:\n${printed}`)), START_MS);
      const end = (error?: Error, found = ''): void => {
        clearTimeout(guard);
        listeners.delete(check);
        if (error === undefined) resolve(found);
        else reject(error);
      };
      const check = (): void => {
        const found = [...printed.matchAll(pattern)].at(-1)?.[0];
        if (found !== undefined) end(undefined, found);
        else if (child?.exitCode !== null) end(new Error(`it ended:\n${printed}`));
      };
      listeners.add(check);
      check();
    });

  const start = async (...more: readonly string[]): Promise<void> => {
    printed = '';
    child = spawn(process.execPath, [MAIN, 'up', '--port', String(port), '--data', data, ...options, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: data },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        for (const check of listeners) check();
      });
    }
    child.once('exit', () => {
      for (const check of listeners) check();
    });
    await printedMatch(/#claim=\S+|is up\./gu);
  };
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };

  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    data,
    claimLink: () => printedMatch(/http\S+#claim=\S+/gu),
    kill,
    start,
    // Without the QR code.
    printed: () =>
      printed
        .split('\n')
        .filter((line) => !line.includes('\u001B['))
        .join('\n'),
    close: async () => {
      await kill();
      await rm(data, { recursive: true, force: true });
    },
  };
}
