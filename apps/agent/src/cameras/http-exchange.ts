/** One HTTP request on a socket of its own (RFC 1945), as far as a tunnel needs it: the head of the answer, then bytes as they come. */
import { SealcamError } from '@sealcam/protocol';
import type { CameraAddress } from './address.ts';
import { openSocket, type Line, type LineOptions } from './rtsp-line.ts';
import { malformed, notRtsp, parseHeaders, RTSP_LIMITS, type RtspHeaders } from './rtsp-message.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: RtspHeaders;
}

export interface ExchangeOptions extends LineOptions {
  /** Once, before any byte of what follows it. */
  readonly onAnswer: (answer: HttpAnswer) => void;
}

const latin1 = new TextDecoder('latin1');
/** As much as tells HTTP from anything else: `HTTP/1.1 200`. */
const STATUS_BYTES = 12;

/** @throws {SealcamError} as `openSocket` */
export async function openExchange(address: CameraAddress, request: string, options: ExchangeOptions): Promise<Line> {
  let reader: AnswerReader | undefined = new AnswerReader();
  const onBytes = (bytes: Uint8Array): void => {
    if (reader === undefined) return options.onBytes(bytes);
    const found = reader.push(bytes);
    if (found === undefined) return;
    reader = undefined;
    options.onAnswer(found.answer);
    if (found.rest.length > 0) options.onBytes(found.rest);
  };
  const line = await openSocket(address, {
    ...options,
    onBytes: (bytes) => {
      try {
        onBytes(bytes);
      } catch (cause) {
        options.onFault(cause instanceof SealcamError ? cause : new SealcamError('internal', undefined, { cause }));
      }
    },
  });
  line.write(request);
  return line;
}

/** Collects the head of an answer. */
export class AnswerReader {
  #held = '';

  /**
   * @returns the answer and what follows it, once its head is whole
   * @throws {SealcamError} `rtsp.transport` where RTSP answers, `rtsp.not-rtsp` where it is not HTTP either, `rtsp.malformed`
   */
  push(bytes: Uint8Array): { readonly answer: HttpAnswer; readonly rest: Uint8Array } | undefined {
    const before = this.#held.length;
    this.#held += latin1.decode(bytes.subarray(0, RTSP_LIMITS.headBytes + 1 - before));
    const status = statusOf(this.#held);
    // An end may have begun in what came before.
    const from = Math.max(0, before - 3);
    const end = /\r?\n\r?\n/u.exec(this.#held.slice(from));
    const headBytes = end === null ? this.#held.length : from + end.index + end[0].length;
    if (headBytes > RTSP_LIMITS.headBytes) throw malformed('headers without end');
    if (end === null) return undefined;
    const [, ...lines] = this.#held.slice(0, headBytes).split(/\r?\n/u);
    return { answer: { status, headers: parseHeaders(lines) }, rest: bytes.subarray(headBytes - before) };
  }
}

function statusOf(text: string): number {
  const start = text.slice(0, STATUS_BYTES);
  if (start.startsWith('RTSP/1.')) throw new SealcamError('rtsp.transport', 'speaks RTSP, but not inside HTTP');
  const status = /^HTTP\/1\.\d (\d{3})$/u.exec(start)?.[1];
  if (start.length === STATUS_BYTES && status === undefined) throw notRtsp('another protocol');
  return Number(status ?? 0);
}
