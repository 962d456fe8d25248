/**
 * A shared cache as it was in front of Steam, Wyze's web view and Klarna: it keeps every answer of 200, of every method, heeds neither
 * `Cache-Control` nor `Vary`, takes cookies out of answers, and believes a suffix. What lies under an address goes to whoever asks for it.
 */

export interface Asked {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Origin = (asked: Asked) => Promise<Answered>;

export interface HostileCacheOptions {
  /** What an answer is kept under. */
  readonly keyOf: (asked: Asked) => string;
  /** Which answers are kept; default: all of them. */
  readonly keeps?: (asked: Asked) => boolean;
}

export class HostileCache {
  readonly #origin: Origin;
  readonly #options: HostileCacheOptions;
  readonly #kept = new Map<string, Answered>();
  hits = 0;

  constructor(origin: Origin, options: HostileCacheOptions) {
    this.#origin = origin;
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  async ask(asked: Asked): Promise<Answered> {
    const { keyOf, keeps = () => true } = this.#options;
    const key = keyOf(asked);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.hits += 1;
      return kept;
    }
    const answered = await this.#origin(asked);
    const { 'set-cookie': _, ...headers } = answered.headers;
    if (answered.status === 200 && keeps(asked)) this.#kept.set(key, { ...answered, headers });
    return answered;
  }
}

/** The origin over real sockets. @param url `http://127.0.0.1:8420` */
export function overHttp(url: string): Origin {
  return async ({ method, path, headers, body }) => {
    const answer = await fetch(`${url}${path}`, {
      ...{ method, headers: { ...headers, origin: url }, redirect: 'manual' },
      ...(body !== undefined && { body }),
    });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() };
  };
}
