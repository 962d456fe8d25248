/** Plays a record as a camera, on this machine alone: what it answered is answered again, what it sent is sent, for ever. */
import { once } from 'node:events';
import net from 'node:net';
import { REPLACED, type RecordLine } from './recording.ts';

type Answer = Extract<RecordLine, { is: 'answer' }>;

export interface Replay {
  readonly url: string;
  close(): void;
}

/** A packet more than this after the one before was held back by the end of the record. */
const LOOP_PAUSE_MS = 40;

/** @param port 0: any that is free */
export async function replayCamera(lines: readonly RecordLine[], port = 0): Promise<Replay> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    const player = new Player(lines, socket);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        sockets.delete(socket);
        player.stop();
      });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `rtsp://127.0.0.1:${(server.address() as net.AddressInfo).port}/stream`;
  return {
    url,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

class Player {
  readonly #answers = new Map<string, Answer[]>();
  readonly #sent: readonly RecordLine[];
  readonly #socket: net.Socket;
  readonly #channels: number[] = [];
  #held = '';
  #timer: NodeJS.Timeout | undefined;
  #at = 0;

  constructor(lines: readonly RecordLine[], socket: net.Socket) {
    this.#socket = socket;
    for (const line of lines) {
      if (line.is !== 'answer') continue;
      const before = this.#answers.get(line.method);
      if (before === undefined) this.#answers.set(line.method, [line]);
      else before.push(line);
    }
    const played = lines.findIndex((line) => line.is === 'answer' && line.method === 'PLAY');
    this.#sent = lines.slice(played + 1).filter(({ is }) => is === 'packet' || is === 'strays');
    socket.setEncoding('latin1').on('data', (text: string) => this.#read(text));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #read(text: string): void {
    this.#held += text;
    for (let end = this.#held.indexOf('\r\n\r\n'); end >= 0; end = this.#held.indexOf('\r\n\r\n')) {
      const head = this.#held.slice(0, end);
      this.#held = this.#held.slice(end + 4);
      // Receiver reports stand before it, and have no lines.
      const [, method, url] = /([A-Z_]+) (rtsp\S*) RTSP\/1\.0/u.exec(head) ?? [];
      if (method !== undefined && url !== undefined) this.#answer(method, url, head);
    }
    if (this.#held.length > 64 * 1024) this.#socket.destroy();
  }

  #answer(method: string, url: string, head: string): void {
    const cseq = Number(/\r\nCSeq: *(\d+)/iu.exec(head)?.[1] ?? 0);
    const answers = this.#answers.get(method) ?? [];
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    const here = url.replace(/(rtsp:\/\/[^/]+\/stream).*/u, '$1');
    const own = (text: string): string => text.replaceAll(REPLACED, here).replaceAll('camera.invalid', '127.0.0.1');
    const status = answer?.status ?? (method === 'TEARDOWN' || method === 'OPTIONS' ? 200 : 501);
    const headers = (answer?.headers ?? []).map(
      ([name, value]) => `${name}: ${this.#transport(name, own(value), head)}\r\n`,
    );
    const number = answer?.cseq === null ? '' : `CSeq: ${cseq + (answer?.cseq ?? 0)}\r\n`;
    this.#socket.write(`RTSP/1.0 ${status} Recorded\r\n${number}${headers.join('')}\r\n${own(answer?.body ?? '')}`);
    if (method === 'PLAY' && status === 200) this.#play();
  }

  /** The record may have come by UDP, or on other channels than are asked for now. */
  #transport(name: string, value: string, head: string): string {
    if (name !== 'transport') return value;
    const asked = Number(/interleaved=(\d+)/u.exec(head)?.[1] ?? 0);
    const channel = Number(/interleaved=(\d+)/u.exec(value)?.[1] ?? asked);
    this.#channels.push(channel);
    return value.includes('TCP') ? value : `RTP/AVP/TCP;unicast;interleaved=${channel}-${channel + 1}`;
  }

  #play(): void {
    if (this.#sent.length > 0 && this.#timer === undefined) this.#next(0);
  }

  #next(afterMs: number): void {
    this.#timer = setTimeout(() => {
      const line = this.#sent[this.#at];
      if (line === undefined || this.#socket.destroyed) return;
      this.#send(line);
      this.#at = (this.#at + 1) % this.#sent.length;
      const next = this.#sent[this.#at];
      this.#next(this.#at === 0 ? LOOP_PAUSE_MS : Math.max(0, (next?.ms ?? 0) - line.ms));
    }, afterMs);
  }

  #send(line: RecordLine): void {
    if (line.is === 'strays') this.#socket.write(new Uint8Array(Math.min(line.bytes, 64 * 1024)).fill(0xff));
    if (line.is !== 'packet') return;
    const packet = Buffer.concat([Buffer.from(line.head, 'base64'), Buffer.alloc(Math.min(line.zeros, 64 * 1024))]);
    if (packet.length > 0xffff) return;
    const channel = this.#channels[line.track] ?? 2 * line.track;
    this.#socket.write(Buffer.concat([Buffer.from([0x24, channel, packet.length >> 8, packet.length & 255]), packet]));
  }
}
