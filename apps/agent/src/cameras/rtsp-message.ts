/**
 * RTSP messages as such (RFC 2326, sections 4 to 7): start line, headers, length of a body, and a request as it goes on the wire. Which bytes
 * of a connection are a message is the business of `rtsp-reader.ts`.
 */
import { SealcamError } from '@sealcam/protocol';

export const RTSP_LIMITS = {
  /** Start line and headers together; real ones are below 2 KB. */
  headBytes: 16 * 1024,
  headers: 100,
  /** SDP; the same bound as MEDIA_LIMITS.sdpBytes. */
  bodyBytes: 64 * 1024,
  /** Skipped bytes, less those of what was understood since. */
  noiseBytes: 256 * 1024,
} as const;

/** Names in lower case; a repeated header keeps all its values. */
export type RtspHeaders = ReadonlyMap<string, readonly string[]>;

export interface RtspResponse {
  readonly status: number;
  readonly headers: RtspHeaders;
  readonly body: Uint8Array;
}

/** What a camera asks of us: OPTIONS as its own keep-alive, ANNOUNCE, REDIRECT. */
export interface RtspRequest {
  readonly method: string;
  readonly headers: RtspHeaders;
}

/** May call `close()` of the reader that calls it, at any time. */
export interface RtspSink {
  onResponse(response: RtspResponse): void;
  onRequest(request: RtspRequest): void;
  /** @param packet a view: valid only during the call */
  onFrame(channel: number, packet: Uint8Array): void;
  /** Whether frames of this channel may come. Absent: any. One of another channel must look like RTP to be taken for a frame. */
  isOurs?(channel: number): boolean;
}

/** The first value of a header. */
export function headerOf(message: { readonly headers: RtspHeaders }, name: string): string | undefined {
  return message.headers.get(name)?.[0];
}

/** A start line with its headers. */
export type RtspHead = Omit<RtspResponse, 'body'> | RtspRequest;

const latin1 = new TextDecoder('latin1');

/** @param line the first of a message, without its end */
export function isStartLine(line: string): boolean {
  return /^RTSP\/[12]\.\d \d{3}(?: |$)/u.test(line) || /^[A-Z_]+ \S+ RTSP\/[12]\.\d$/u.test(line);
}

/**
 * @param bytes of a head whose first line is a start line, with the empty line at its end
 * @throws {SealcamError} `rtsp.malformed` where there are too many headers
 */
export function parseHead(bytes: Uint8Array): RtspHead {
  const lines = latin1.decode(bytes).split(/\r?\n/u);
  const start = lines[0] ?? '';
  const headers = parseHeaders(lines.slice(1));
  const status = /^RTSP\/[12]\.\d (\d{3})/u.exec(start)?.[1];
  return status === undefined ? { method: start.split(' ', 1)[0] ?? '', headers } : { status: Number(status), headers };
}

/**
 * Lenient where cameras are sloppy: folded lines are joined, lines without a colon skipped.
 * @throws {SealcamError} `rtsp.malformed` where there are too many
 */
export function parseHeaders(lines: readonly string[]): RtspHeaders {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  let count = 0;
  for (const line of lines) {
    if (/^[ \t]/u.test(line) && last !== undefined) {
      last.push(`${last.pop() ?? ''} ${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    count += 1;
    if (count > RTSP_LIMITS.headers) throw malformed('too many headers');
    const name = line.slice(0, colon).trim().toLowerCase();
    last = headers.get(name) ?? [];
    last.push(line.slice(colon + 1).trim());
    headers.set(name, last);
  }
  return headers;
}

/** @throws {SealcamError} `rtsp.malformed` for one that is too large */
export function bodyLength(headers: RtspHeaders): number {
  const text = headers.get('content-length')?.[0];
  if (text === undefined || text === '') return 0;
  // A length that is none is wrong like any other: what follows is looked at instead.
  if (!/^\d{1,9}$/u.test(text)) return 0;
  const length = Number(text);
  if (length > RTSP_LIMITS.bodyBytes) throw malformed('a body too large');
  return length;
}

/**
 * One request as it goes on the wire.
 * @throws {SealcamError} `rtsp.malformed` where a URL or value that came from the camera would forge a line
 */
export function encodeRequest(method: string, url: string, headers: Readonly<Record<string, string>>): string {
  // eslint-disable-next-line no-control-regex -- exactly these must not be in a URL
  if (/[\u0000-\u0020\u007f]/u.test(url)) throw malformed('a URL with control characters');
  let out = `${method} ${url} RTSP/1.0\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (/[\r\n\0]/u.test(value)) throw malformed('a header with line breaks');
    out += `${name}: ${value}\r\n`;
  }
  return `${out}\r\n`;
}

export function malformed(detail: string): SealcamError {
  return new SealcamError('rtsp.malformed', detail);
}

export function notRtsp(detail: string): SealcamError {
  return new SealcamError('rtsp.not-rtsp', detail);
}
