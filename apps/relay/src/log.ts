/**
 * The only way to the log. An event has a name and allow-listed fields of allow-listed shapes: ids, codes, counts, addresses.
 * There is no way to hand it a message, a frame, a header or an error's text, so it cannot print a key, a token, a credential
 * or a picture, not even by mistake.
 */
import { SealcamError } from '@sealcam/protocol';

/** The four methods of a pino logger that the relay uses. */
export interface LogSink {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const ID = /^[0-9a-f]{32}$/;
const CODE = /^[a-z][a-z.-]{0,40}$/;
const NUMBER = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

/** Field by field what may be printed; a value of any other shape prints as `"?"`. */
const FIELDS = {
  home: (value: unknown) => typeof value === 'string' && ID.test(value),
  device: (value: unknown) => typeof value === 'string' && ID.test(value),
  camera: (value: unknown) => typeof value === 'string' && ID.test(value),
  stream: NUMBER,
  suspension: (value: unknown) => typeof value === 'string' && ID.test(value),
  incident: (value: unknown) => typeof value === 'string' && ID.test(value),
  version: NUMBER,
  code: (value: unknown) => typeof value === 'string' && CODE.test(value),
  kind: (value: unknown) => typeof value === 'string' && CODE.test(value),
  address: (value: unknown) => typeof value === 'string' && /^[0-9a-f.:]{2,45}$/.test(value),
  port: NUMBER,
  count: NUMBER,
  bytes: NUMBER,
  ms: NUMBER,
  seq: NUMBER,
  status: NUMBER,
  whole: (value: unknown) => typeof value === 'boolean',
} as const;

export type LogFields = { readonly [Name in keyof typeof FIELDS]?: unknown };

export class EventLog {
  readonly #sink: LogSink | undefined;

  constructor(sink: LogSink | undefined) {
    this.#sink = sink;
  }

  debug(event: string, fields: LogFields = {}): void {
    this.#sink?.debug(allowed(fields), event);
  }

  info(event: string, fields: LogFields = {}): void {
    this.#sink?.info(allowed(fields), event);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.#sink?.warn(allowed(fields), event);
  }

  /** A fault: its code, and for one that is not ours where it was thrown, without its text. */
  fault(event: string, error: unknown, fields: LogFields = {}): void {
    const code = error instanceof SealcamError ? error.code : 'internal';
    this.#sink?.error(
      { ...allowed({ ...fields, code }), ...(code === 'internal' ? { at: stackLines(error) } : {}) },
      event,
    );
  }
}

function allowed(fields: LogFields): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || !Object.hasOwn(FIELDS, name)) continue;
    out[name] = FIELDS[name as keyof typeof FIELDS](value) ? value : '?';
  }
  return out;
}

/** File and line of our own program; the text of an error, which may hold anything, is left out. */
function stackLines(error: unknown): string[] {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 6)
    .map((line) => line.trim().replace(/[^\w./:<>@ -]/g, ''));
}
