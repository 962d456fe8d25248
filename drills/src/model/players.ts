/** Two processes that play worlds: worlds are small and know nothing of each other, and the machine has two cores. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answer, Task } from './player.ts';

const PROGRAM = join(import.meta.dirname, 'player.ts');
/** What a process has kept of worlds that are over goes with it. */
const WORLDS_OF_PROCESS = 60;

export class Player {
  readonly #mutant: string | undefined;
  #child: ChildProcess | undefined;
  #played = 0;

  constructor(mutant?: string) {
    this.#mutant = mutant;
  }

  /** One at a time. @throws {Error} when the process ends: a fault that nobody caught */
  async play(task: Task): Promise<Answer> {
    if (this.#played >= WORLDS_OF_PROCESS) this.close();
    this.#played += 1;
    const child = (this.#child ??= this.#start());
    child.send(task);
    const ended = new AbortController();
    const answered = once(child, 'message', { signal: ended.signal }).then(([answer]) => answer as Answer);
    const gone = once(child, 'exit', { signal: ended.signal }).then((): never => {
      throw new Error(`the process of world ${task.world} (seed ${task.seed}) ended`);
    });
    try {
      return await Promise.race([answered, gone]);
    } finally {
      ended.abort();
      for (const each of [answered, gone]) each.catch(() => undefined);
    }
  }

  close(): void {
    this.#child?.kill();
    this.#child = undefined;
    this.#played = 0;
  }

  #start(): ChildProcess {
    // WebCrypto on one thread: there are as many processes as cores.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
    return fork(PROGRAM, this.#mutant === undefined ? [] : [this.#mutant], { env });
  }
}

/** @param next the next task, or undefined when there is none. @param done told of each; returns false to end it all */
export async function playAll(
  players: readonly Player[],
  next: () => Task | undefined,
  done: (answer: Answer) => boolean,
): Promise<void> {
  let goesOn = true;
  await Promise.all(
    players.map(async (player) => {
      for (let task = next(); goesOn && task !== undefined; task = goesOn ? next() : undefined) {
        if (!done(await player.play(task))) goesOn = false;
      }
    }),
  );
}
