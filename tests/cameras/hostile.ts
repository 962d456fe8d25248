/** Cameras as nobody sells them: RTSP servers that misbehave in one way each, for faults that no third party offers. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';

/** Answers one request; `undefined` answers nothing. */
export type Behavior = (request: HostileRequest, socket: net.Socket) => string | Buffer | undefined;

export interface HostileRequest {
  readonly method: string;
  readonly cseq: string;
  readonly text: string;
  /** Connections and requests so far, from 1. */
  readonly connection: number;
  readonly request: number;
}

export interface HostileCamera {
  readonly url: string;
  /** Connections so far. */
  readonly connections: number;
  /** Methods asked for, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** A parameter set pair of a real 320 x 180 stream would do as well: the SDP alone decides here. */
export const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=hostile',
  't=0 0',
  'a=control:*',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=control:track1',
  '',
].join('\r\n');

export function answer(
  cseq: string,
  status = '200 OK',
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string {
  const all: Record<string, string> = {
    CSeq: cseq,
    ...headers,
    ...(body === '' ? {} : { 'Content-Length': String(body.length) }),
  };
  return `RTSP/1.0 ${status}\r\n${Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n${body}`;
}

/** What a well-behaved camera says, for behaviors that go wrong only later. */
export function goodAnswer({ method, cseq }: HostileRequest): string {
  if (method === 'DESCRIBE') return answer(cseq, '200 OK', { 'Content-Type': 'application/sdp' }, SDP);
  if (method === 'SETUP')
    return answer(cseq, '200 OK', { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1', Session: 'abc;timeout=4' });
  if (method === 'OPTIONS')
    return answer(cseq, '200 OK', { Public: 'OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN' });
  return answer(cseq, '200 OK', { Session: 'abc' });
}

export async function startHostile(behave: Behavior): Promise<HostileCamera> {
  const sockets = new Set<net.Socket>();
  const asked: string[] = [];
  let connections = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    const connection = connections;
    let request = 0;
    let held = '';
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.setEncoding('latin1').on('data', (text: string) => {
      held += text;
      for (let end = held.indexOf('\r\n\r\n'); end >= 0; end = held.indexOf('\r\n\r\n')) {
        const head = held.slice(0, end + 4);
        held = held.slice(end + 4);
        // Our own receiver reports begin with `$`: they are not what is tested here.
        const line = /[A-Z_]+ rtsps?:\S* RTSP\/1\.0[\s\S]*$/u.exec(head)?.[0];
        if (line === undefined) continue;
        request += 1;
        const method = line.split(' ', 1)[0] ?? '';
        asked.push(method);
        const cseq = /\r\nCSeq: (\d+)/u.exec(line)?.[1] ?? '0';
        const reply = behave({ method, cseq, text: line, connection, request }, socket);
        if (reply !== undefined) socket.write(reply);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `rtsp://127.0.0.1:${port}/cam`,
    asked,
    get connections() {
      return connections;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An interleaved `$` frame. */
export function frame(channel: number, packet: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]), packet]);
}

/** Bytes without any order, the same in every run. */
export function noise(bytes: number, seed: string): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i * 32 < bytes; i += 1) blocks.push(createHash('sha256').update(`${seed} ${i}`).digest());
  return Buffer.concat(blocks).subarray(0, bytes);
}

/** A picture that no one can decode, in packets that look right: H.264, payload type 96. */
export function rtpPacket(sequence: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt8(0x80, 0);
  head.writeUInt8(0x80 | 96, 1);
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE((sequence * 6000) >>> 0, 4);
  head.writeUInt32BE(0x5ea1ca11, 8);
  return Buffer.concat([head, payload]);
}
