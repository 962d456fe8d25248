/**
 * When has everything happened that can happen without time passing? Streams, promises and the relay's ledger run on turns of the
 * event loop; WebCrypto runs on threads. Its calls are counted here, for the whole process, and answered in the order in which
 * they were asked, so that a seed gives the same run whichever thread is first.
 */

/** Turns without any sign of life after which nothing more will come: the ledger's group commit takes one. */
const QUIET_TURNS = 4;
/** A turn of real sockets is not a turn of ours: so long may bytes be on their way through the kernel, ms. */
const KERNEL_MS = 2_000;

let asked = 0;
let busy = 0;
let before: Promise<unknown> = Promise.resolve();
let watched = false;

/** Anything that moves tells so here. */
export function stir(): void {
  asked += 1;
}

/** Puts itself before WebCrypto; once a process. */
export function watchCrypto(): void {
  if (watched) return;
  watched = true;
  const owner = Object.getPrototypeOf(globalThis.crypto.subtle) as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(owner)) {
    const method = owner[name];
    if (name === 'constructor' || name === 'supports' || typeof method !== 'function') continue;
    owner[name] = function (this: unknown, ...given: unknown[]): Promise<unknown> {
      return inOrder(method.apply(this, given) as Promise<unknown>);
    };
  }
}

/** Turns without a sign of life after which an answer of the cipher is handed out, where that is asked for. */
const LATE_TURNS = 3;
let isLate = false;
let handsOut = false;
const late: { readonly done: Promise<unknown>; readonly release: () => void }[] = [];

/**
 * For runs that must be the same to the last byte: answers of the cipher come one at a time, and only when nothing else moves, so that
 * it does not matter how fast its threads are against what runs on turns of the event loop. For the whole process.
 */
export function answerWhenQuiet(): void {
  isLate = true;
}

async function whenQuiet(answer: Promise<unknown>): Promise<unknown> {
  const done = answer.catch(() => undefined);
  const turn = new Promise<void>((release) => late.push({ done, release }));
  if (!handsOut) void handOut();
  await turn;
  busy -= 1;
  return await answer;
}

async function handOut(): Promise<void> {
  handsOut = true;
  for (let [first] = late; first !== undefined; [first] = late) {
    await first.done;
    for (let quiet = 0; quiet < LATE_TURNS;) {
      const seen = asked;
      await new Promise<void>((turn) => setImmediate(turn));
      quiet = seen === asked ? quiet + 1 : 0;
    }
    late.shift();
    first.release();
  }
  handsOut = false;
}

function inOrder(answer: Promise<unknown>): Promise<unknown> {
  busy += 1;
  stir();
  if (isLate) return whenQuiet(answer);
  const turn = before;
  const mine = answer.then(
    async (value) => {
      await turn;
      busy -= 1;
      return value;
    },
    async (error: unknown) => {
      await turn;
      busy -= 1;
      throw error;
    },
  );
  before = mine.catch(() => undefined);
  return mine;
}

/**
 * @param onTheWay whether real sockets hold bytes that were written and not yet read
 * @param turns fewer, for what has to act before others that wait for the same silence
 */
export async function idle(onTheWay: () => boolean = () => false, turns: number = QUIET_TURNS): Promise<void> {
  const beganMs = performance.now();
  for (let quiet = 0; quiet < turns;) {
    const seen = asked;
    await new Promise<void>((turn) => setImmediate(turn));
    const waits = busy > 0 || (onTheWay() && performance.now() - beganMs < KERNEL_MS);
    quiet = waits || seen !== asked ? 0 : quiet + 1;
  }
}
