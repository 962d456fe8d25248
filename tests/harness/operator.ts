/** An operator in Node: asks a relay what the operator page asks, as a browser would send it, with a cookie of its own. */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { OperatorRole } from '@sealcam/protocol';
import type { Relay } from '@sealcam/relay';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  /** Of a JSON answer. */
  readonly re?: string;
  readonly to?: string;
  readonly data?: unknown;
  readonly code?: string;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  /** The loopback address to come from. */
  readonly from?: string | undefined;
}

/** One request as written, without a client's own ideas about its path. @param via where it is sent, if not to the relay */
export function send(
  url: string,
  path: string,
  { method = 'GET', headers = {}, body, from }: Sent = {},
): Promise<Answered> {
  const { hostname, port } = new URL(url);
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const near = from === undefined ? {} : { localAddress: from };
    const asking = request({ hostname, port, path, method, headers: given, agent: false, ...near }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => {
        const answer = { status: response.statusCode ?? 0, headers: response.headers, text };
        resolve({ ...answer, ...parsed(text) });
      });
    });
    asking.on('error', reject).end(body);
  });
}

function parsed(text: string): object {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && 're' in value ? value : {};
  } catch {
    return {};
  }
}

export class OperatorClient {
  /** Where it asks: the relay, or what stands before it. */
  readonly url: string;
  /** The name by which it reaches the relay. */
  host: string;
  cookie: string | undefined;
  readonly #from: string | undefined;

  /** @param from the loopback address to come from */
  constructor(url: string, from?: string) {
    this.url = url;
    this.#from = from;
    this.host = new URL(url).host;
  }

  /** As the page asks: an address of its own, used once. */
  async ask(name: string, body: unknown = {}, headers: Sent['headers'] = {}): Promise<Answered> {
    const once = randomBytes(16).toString('base64url');
    return await this.post(`/operator/api/${once}/${name}`, body, headers);
  }

  async post(path: string, body: unknown = {}, headers: Sent['headers'] = {}): Promise<Answered> {
    const answer = await send(this.url, path, {
      method: 'POST',
      headers: { ...this.headers(), ...headers },
      body: JSON.stringify(body),
      from: this.#from,
    });
    const [set] = [answer.headers['set-cookie'] ?? []].flat();
    if (set !== undefined) this.cookie = set.split(';')[0];
    return answer;
  }

  /** What a browser on the page sends along. */
  headers(): Record<string, string | undefined> {
    return {
      origin: `http://${this.host}`,
      host: this.host,
      'content-type': 'application/json',
      'x-sealcam': 'operator',
      cookie: this.cookie,
    };
  }
}

export const PASSWORD = 'a sentence that nobody guesses';

/** Invited, joined by password, signed in. */
export async function operatorOf(
  relay: Pick<Relay, 'operators' | 'url'>,
  name: string,
  role: OperatorRole,
  url: string = relay.url,
): Promise<OperatorClient> {
  const code = await relay.operators.invite({ name, role, by: 'test' });
  const client = new OperatorClient(url);
  const joined = await client.ask('join-password', { code, password: PASSWORD });
  if (joined.status !== 200) throw new Error(`${name} could not join: ${joined.text}`);
  return client;
}
