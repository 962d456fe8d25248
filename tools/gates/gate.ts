/** A gate: one thing that must hold before anything is merged, with the words to say where it does not. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Gate {
  readonly name: string;
  /** @returns what is wrong, a line each; empty when the gate holds */
  run(): Promise<readonly string[]>;
}

export const ROOT: string = join(import.meta.dirname, '..', '..');

/** A gate that is a program of node_modules: it holds when the program ends well. */
export function programGate(name: string, program: string, args: readonly string[]): Gate {
  return {
    name,
    run: async () => {
      const { code, text } = await output(join(ROOT, 'node_modules', '.bin', program), args);
      return code === 0 ? [] : text.trim().split('\n');
    },
  };
}

export async function output(program: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ code: code ?? 1, text }));
  });
}
