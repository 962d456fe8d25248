/**
 * How the operator page asks its relay. Every request has an address of its own that is used once, so that no cache on the way
 * has an answer for it; and an answer that is not for this request and this operator is refused before anything of it is seen.
 */
import { signal, type Signal } from '@preact/signals';
import { toBase64Url, TO_STRANGER, type OperatorAnswer, type OperatorMe } from '@sealcam/protocol';

/** Who is signed in; undefined before that is known, null when nobody is. */
export const me: Signal<OperatorMe | null | undefined> = signal(undefined);

/** What the relay, or the way to it, said no to. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, words: string) {
    super(words);
    this.code = code;
  }
}

const UNREACHABLE = 'The relay does not answer. Check the connection and try again.';
const FOREIGN =
  'An answer that was not for you was refused. Nothing of it was shown. Tell whoever runs the network in between.';

/** @throws {Refused} with words for a person */
export async function ask<T>(name: string, body: object = {}): Promise<T> {
  const { once, response } = await send(name, body);
  const answer = await asAnswer(response);
  if (answer.re !== once || !isForUs(answer.to)) throw new Refused('operator.foreign', FOREIGN);
  if ('data' in answer) return answer.data as T;
  if (answer.code === 'operator.signed-out') me.value = null;
  throw new Refused(answer.code, answer.words);
}

/** A file, as text. @throws {Refused} */
export async function askFile(name: string, body: object): Promise<Blob> {
  const { once, response } = await send(name, body);
  if (!response.ok) {
    const answer = await asAnswer(response);
    throw new Refused('code' in answer ? answer.code : 'internal', 'words' in answer ? answer.words : UNREACHABLE);
  }
  const isOurs = response.headers.get('x-sealcam-re') === once && isForUs(response.headers.get('x-sealcam-to') ?? '');
  if (!isOurs) throw new Refused('operator.foreign', FOREIGN);
  return await response.blob();
}

async function send(name: string, body: object): Promise<{ readonly once: string; readonly response: Response }> {
  const once = toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
  try {
    const response = await fetch(`/operator/api/${once}/${name}`, {
      method: 'POST',
      cache: 'no-store',
      redirect: 'error',
      headers: { 'content-type': 'application/json', 'x-sealcam': 'operator' },
      body: JSON.stringify(body),
    });
    return { once, response };
  } catch {
    throw new Refused('unreachable', UNREACHABLE);
  }
}

async function asAnswer(response: Response): Promise<OperatorAnswer> {
  try {
    const answer = (await response.json()) as Partial<OperatorAnswer>;
    if (typeof answer.re === 'string' && typeof answer.to === 'string') return answer as OperatorAnswer;
  } catch {
    // Not one of ours: said below.
  }
  throw new Refused(
    'unreachable',
    response.status === 429 ? 'Too many requests. Wait a moment and try again.' : UNREACHABLE,
  );
}

/** Before somebody is known, whatever the relay says of the request's own cookie; then that operator, or that nobody is signed in. */
function isForUs(to: string): boolean {
  const now = me.peek();
  return now === null || now === undefined || to === now.operatorId || to === TO_STRANGER;
}

/** Hands a text to the person as a file. */
export function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}
