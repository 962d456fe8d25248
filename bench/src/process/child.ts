/** A part of Sealcam in a process of its own, so that what it costs is read from the kernel and from nothing else. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';

export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** The one line it says when it is ready. */
  readonly ready: unknown;
  /** Ends it and waits until it is gone. */
  close(): Promise<void>;
}

/** @param script beside this file. It gets `setup` as its one argument, says one line of JSON when ready, and ends when its stdin does. */
export async function startChild(script: string, setup: unknown): Promise<Child> {
  const path = new URL(script, import.meta.url).pathname;
  const child = spawn(process.execPath, [path, JSON.stringify(setup)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  child.stdin.on('error', () => undefined);
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text)),
    ended.then(([code]) => {
      throw new Error(`${script} ended with ${String(code)}`);
    }),
  ]);
  return {
    pid: child.pid ?? 0,
    process: child,
    ready: JSON.parse(line),
    close: async () => {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** In the child: says that it is ready, and runs `close` when the parent is done with it or gone. */
export function serveParent(ready: unknown, close: () => Promise<void>): void {
  // As `serve.ts` does it: the next process starts as that of a household.
  flushCompileCache();
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  process.stdin.resume();
  process.stdin.once('end', () => {
    void close().finally(() => process.exit(0));
  });
}

/** Processor time of all threads of a process so far, in milliseconds (Linux: nanoseconds of /proc/…/schedstat). */
export async function cpuMs(pid: number): Promise<number> {
  const folder = `/proc/${String(pid)}/task`;
  const threads = await readdir(folder);
  const spent = await Promise.all(
    // A thread may end between the two reads; libuv and V8 keep theirs.
    threads.map((thread) => readFile(`${folder}/${thread}/schedstat`, 'utf8').catch(() => '0')),
  );
  return spent.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0) / 1e6;
}

/** Resident memory of a process, in MB (10^6 bytes). */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB/mu.exec(status)?.[1]) * 1024) / 1e6;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
