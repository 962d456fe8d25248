/** Who is signed in: a random token in a cookie, its hash in the store, looked up at each request and never remembered here. */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { OperatorStore, StoredSession } from '../store/operator-store.ts';

/** A day's work, and a coffee break. */
export const SESSION_MS = 12 * 3_600_000;
export const IDLE_MS = 45 * 60_000;
/** Use is written down this often at most. */
const TOUCH_MS = 60_000;
const NAME = 'sealcam-operator';

/** What of a request the cookie depends on. */
export interface CookieSite {
  /** `https:` or `http:`, as the browser's own `Origin` says. */
  readonly isSecure: boolean;
}

export class Sessions {
  readonly #store: OperatorStore;
  readonly #clock: Clock;

  constructor(store: OperatorStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @returns the header that sets the cookie */
  async start(operatorId: string, site: CookieSite): Promise<string> {
    const nowMs = this.#clock.wallMs();
    await this.#store.sweep(nowMs, nowMs - IDLE_MS);
    const token = randomBytes(32).toString('base64url');
    await this.#store.addSession(hashOf(token), operatorId, { lastMs: nowMs, endsMs: nowMs + SESSION_MS });
    return setCookie(site, token, SESSION_MS / 1000);
  }

  /** @param cookies the request's header */
  async read(site: CookieSite, cookies: string | undefined): Promise<StoredSession | undefined> {
    const token = tokenOf(site, cookies);
    if (token === undefined) return undefined;
    const session = await this.#store.session(hashOf(token));
    const nowMs = this.#clock.wallMs();
    if (session === undefined || nowMs >= session.endsMs || nowMs - session.lastMs >= IDLE_MS) return undefined;
    if (nowMs - session.lastMs >= TOUCH_MS) await this.#store.touchSession(hashOf(token), nowMs);
    return session;
  }

  /** @returns the header that takes the cookie away */
  async end(site: CookieSite, cookies: string | undefined): Promise<string> {
    const token = tokenOf(site, cookies);
    if (token !== undefined) await this.#store.endSession(hashOf(token));
    return setCookie(site, '', 0);
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update('sealcam/1 operator session\0').update(token).digest('hex');
}

/** `__Host-` wants TLS; over plain HTTP (this machine, or a tunnel) the name must be another. */
function cookieName({ isSecure }: CookieSite): string {
  return isSecure ? `__Host-${NAME}` : NAME;
}

function setCookie(site: CookieSite, value: string, seconds: number): string {
  const about = ['Path=/', `Max-Age=${seconds}`, 'HttpOnly', 'SameSite=Strict', ...(site.isSecure ? ['Secure'] : [])];
  return [`${cookieName(site)}=${value}`, ...about].join('; ');
}

function tokenOf(site: CookieSite, cookies: string | undefined): string | undefined {
  const name = cookieName(site);
  const values = (cookies ?? '').split(';').flatMap((each) => {
    const [key, value] = each.trim().split('=');
    return key === name && value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? [value] : [];
  });
  // Two of one name: somebody planted one beside ours.
  return values.length === 1 ? values[0] : undefined;
}
