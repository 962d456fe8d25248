/** Passwords of operators: argon2id (19 MiB, two passes, the parameters OWASP names), few at a time. */
import { hash, verify } from '@node-rs/argon2';
import { SealcamError } from '@sealcam/protocol';

const CHARS = { least: 12, most: 256 } as const;
/** Each takes 19 MiB and some 30 ms of one core: two at a time leave the relay its work. */
const AT_ONCE = 2;
const WAITING = 32;

export class Passwords {
  #running = 0;
  /** Of nobody's password: an account that does not exist takes as long to refuse as one that does. */
  #nobody: Promise<string> | undefined;
  readonly #waiting: (() => void)[] = [];

  /** @throws {SealcamError} `operator.password`, `protocol.too-many` */
  async hash(password: string): Promise<string> {
    const { length } = Array.from(password);
    if (length < CHARS.least || length > CHARS.most) throw new SealcamError('operator.password');
    return await this.#inTurn(() => hash(password.normalize('NFKC')));
  }

  /** @param stored undefined where there is no such account */
  async isRight(stored: string | undefined, password: string): Promise<boolean> {
    const against = stored ?? (await (this.#nobody ??= hash('no such operator')));
    const isSame = await this.#inTurn(() => verify(against, password.slice(0, CHARS.most).normalize('NFKC')));
    return isSame && stored !== undefined;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length >= WAITING) throw new SealcamError('protocol.too-many');
    // A place is handed on, never given back first: nobody who comes meanwhile gets in between.
    if (this.#running >= AT_ONCE) await new Promise<void>((turn) => this.#waiting.push(turn));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
