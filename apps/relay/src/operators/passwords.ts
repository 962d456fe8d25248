/** Passwords of operators: argon2id (19 MiB, two passes, the parameters OWASP names), few at a time. */
import { hash, verify } from '@node-rs/argon2';
import { SealcamError } from '@sealcam/protocol';
import type { Network } from '../door/network.ts';
import { Turnstile } from '../door/turnstile.ts';

const CHARS = { least: 12, most: 256 } as const;
/** Each takes 19 MiB and some 30 ms of one core: two at a time leave the relay its work. */
const AT_ONCE = 2;

export class Passwords {
  readonly #turnstile = new Turnstile(AT_ONCE);
  /** Of nobody's password: an account that does not exist takes as long to refuse as one that does. */
  #nobody: Promise<string> | undefined;

  /** @param from whose turn it takes. @throws {SealcamError} `operator.password` */
  async hash(password: string, from: Network): Promise<string> {
    const { length } = Array.from(password);
    if (length < CHARS.least || length > CHARS.most) throw new SealcamError('operator.password');
    return await this.#turnstile.pass(from, () => hash(password.normalize('NFKC')));
  }

  /** @param stored undefined where there is no such account */
  async isRight(stored: string | undefined, password: string, from: Network): Promise<boolean> {
    const against = stored ?? (await (this.#nobody ??= hash('no such operator')));
    const typed = password.slice(0, CHARS.most).normalize('NFKC');
    const isSame = await this.#turnstile.pass(from, () => verify(against, typed));
    return isSame && stored !== undefined;
  }
}
