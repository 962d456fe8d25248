/** What a command says: results to standard output, everything else to standard error. */

export interface Terminal {
  /** A line of the result. */
  say(line?: string): void;
  /** A line beside the result: a warning, a failure. */
  note(line: string): void;
  /** Shows that something goes on. Ends with `done`. */
  progress(title: string): Progress;
  /** Whether a person looks on, rather than a file or a pipe. */
  readonly watched: boolean;
  /** Its width in characters. */
  readonly columns: number;
}

export interface Progress {
  done(words?: string): void;
}

export const systemTerminal: Terminal = {
  say: (line = '') => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  progress: (title) => showProgress(title),
  watched: process.stdout.isTTY,
  // Undefined where nobody looks on.
  columns: process.stdout.columns || 80,
};

// Who reads along may leave (`sealcam help | head`): what is said then goes nowhere, and nothing else ends.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

function showProgress(title: string): Progress {
  const began = performance.now();
  const seconds = (): number => Math.round((performance.now() - began) / 1000);
  const drawn = process.stderr.isTTY;
  if (!drawn) process.stderr.write(`${title} …\n`);
  const draw = (): void => void process.stderr.write(drawn ? `\r${title} … ${seconds()} s ` : `  … ${seconds()} s\n`);
  if (drawn) draw();
  const timer = setInterval(draw, drawn ? 500 : 10_000);
  return {
    done: (words = 'done') => {
      clearInterval(timer);
      process.stderr.write(`${drawn ? '\r' : ''}${title}: ${words} after ${seconds()} s\n`);
    },
  };
}
