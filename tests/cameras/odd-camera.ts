/**
 * A camera of our own that plays a clip for ever, over TCP or UDP, and has one habit: what it says, how it packs, marks, times and sends can each
 * be replaced. What cameras do that nobody sells stands in hostile.ts.
 */
import dgram from 'node:dgram';
import type net from 'node:net';
import { accessUnitsOf, splitAnnexB, type VideoCodec } from '@sealcam/media';
import { h264Clip, h265Clip } from '../../packages/media/src/fixtures/captures.ts';
import { answer, frame, goodAnswer, startHostile, type HostileCamera, type HostileRequest } from './hostile.ts';

export interface Payload {
  readonly bytes: Buffer;
  readonly marker: boolean;
  /** It has its number and is never sent. */
  readonly isLost?: boolean;
}

export interface Habit {
  readonly codec?: VideoCodec;
  /** Default 10. */
  readonly fps?: number;
  /** NAL units of one picture to payloads. Default: a NAL unit a packet, the marker on the last. */
  readonly pack?: (nals: readonly Buffer[], index: number) => readonly Payload[];
  /** RTP timestamp of a picture, or of each packet of it. */
  readonly timestamp?: (index: number, packet: number) => number;
  /** Sequence number of a packet of the connection, and of a picture. Default: the number of the packet. */
  readonly sequence?: (number: number, index: number) => number;
  /** Default: the clip of the fixtures. */
  readonly clip?: readonly (readonly Buffer[])[];
  /** Asked for each packet over UDP: whether the line loses it. */
  readonly loses?: (index: number) => boolean;
  /** Before each frame on TCP. */
  readonly between?: (index: number) => Buffer;
  /** Instead of the answer of a good camera; `undefined`: that one; NOTHING: none. @param play begins to send */
  readonly answers?: (request: HostileRequest, socket: net.Socket, play: () => void) => Buffer | string | undefined;
  /** Further lines of the SDP, after those of the video; `{sets}` are its parameter sets in base64. */
  readonly sdp?: (sets: readonly Buffer[]) => string;
  /** Viewers at once, and what becomes of one too many: it is refused with 453, or takes the place of who came first. Default: room for all. */
  readonly places?: { readonly most: number; readonly full: 'refuse' | 'throw-out' };
  /** Pictures that are sent, of the clip for ever. Default all. */
  readonly picture?: (index: number) => number;
}

const TYPE = 96;
export const NOTHING = 'nothing';

/** The pictures of the clip as NAL units; the first and every fourth is a keyframe with its parameter sets. */
export function clipOf(codec: VideoCodec): readonly (readonly Buffer[])[] {
  const clip = Buffer.from(codec === 'h264' ? h264Clip : h265Clip, 'base64');
  return accessUnitsOf(codec, clip).map(({ data }) => splitAnnexB(data).map((nal) => Buffer.from(nal)));
}

export function isSet(codec: VideoCodec, nal: Uint8Array): boolean {
  const first = nal[0] ?? 0;
  return codec === 'h264' ? [7, 8].includes(first & 31) : [32, 33, 34].includes((first >> 1) & 63);
}

export const onePerNal = (nals: readonly Buffer[]): Payload[] =>
  nals.map((bytes, i) => ({ bytes, marker: i === nals.length - 1 }));

/** FU-A or FU, so many bytes a packet. */
export function fragments(codec: VideoCodec, nal: Buffer, size: number): Buffer[] {
  const header = codec === 'h264' ? 1 : 2;
  const body = nal.subarray(header);
  const [first = 0, second = 0] = nal;
  const type = codec === 'h264' ? first & 31 : (first >> 1) & 63;
  const front = codec === 'h264' ? [(first & 0xe0) | 28] : [(first & 0x81) | (49 << 1), second];
  return Array.from({ length: Math.ceil(body.length / size) }, (_, i) => {
    const [from, to] = [i * size, (i + 1) * size];
    const bits = (from === 0 ? 0x80 : 0) | (to >= body.length ? 0x40 : 0);
    return Buffer.concat([Buffer.from([...front, type | bits]), body.subarray(from, to)]);
  });
}

/** STAP-A or AP. */
export function aggregate(codec: VideoCodec, nals: readonly Buffer[], tail = Buffer.alloc(0)): Buffer {
  const sized = nals.flatMap((nal) => [Buffer.from([nal.length >> 8, nal.length & 255]), nal]);
  return Buffer.concat([Buffer.from(codec === 'h264' ? [24] : [48 << 1, 1]), ...sized, tail]);
}

export async function startOdd(habit: Habit = {}): Promise<HostileCamera> {
  const codec = habit.codec ?? 'h264';
  const clip = habit.clip ?? clipOf(codec);
  const sets = (clip[0] ?? []).filter((nal) => isSet(codec, nal));
  const stops: (() => void)[] = [];
  const camera = await startHostile((request, socket) => {
    const session = sessions.get(socket) ?? new Session(habit, clip, socket);
    sessions.set(socket, session);
    const own = habit.answers?.(request, socket, () => session.play());
    if (own === NOTHING) return undefined;
    if (own !== undefined) return own;
    if (request.method === 'DESCRIBE') {
      const lines = `v=0\r\ns=odd\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP ${TYPE}\r\na=rtpmap:${TYPE} ${codec.toUpperCase()}/90000\r\na=control:track1\r\n`;
      return answer(request.cseq, '200 OK', { 'Content-Type': 'application/sdp' }, lines + (habit.sdp?.(sets) ?? ''));
    }
    if (request.method === 'SETUP') {
      if (!hasPlace(habit, [...sessions.values()], session)) return answer(request.cseq, '453 Not Enough Bandwidth');
      return session.setUp(request);
    }
    if (request.method === 'PLAY') session.play();
    return goodAnswer(request);
  });
  const sessions = new Map<net.Socket, Session>();
  return {
    ...camera,
    url: camera.url,
    asked: camera.asked,
    get connections() {
      return camera.connections;
    },
    stop: async () => {
      for (const session of sessions.values()) session.stop();
      for (const stop of stops) stop();
      await camera.stop();
    },
  };
}

/** Makes room where that is the camera's way. */
function hasPlace({ places }: Habit, sessions: readonly Session[], mine: Session): boolean {
  const others = sessions.filter((each) => each !== mine && each.isPlaying);
  if (places === undefined || others.length < places.most) return true;
  if (places.full === 'throw-out') others[0]?.hangUp();
  return places.full === 'throw-out';
}

/** One connection: where its pictures go, and how far it is. */
class Session {
  readonly #habit: Habit;
  readonly #clip: readonly (readonly Buffer[])[];
  readonly #socket: net.Socket;
  #udp: { readonly socket: dgram.Socket; readonly port: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sequence = 0;
  #index = 0;

  constructor(habit: Habit, clip: readonly (readonly Buffer[])[], socket: net.Socket) {
    this.#habit = habit;
    this.#clip = clip;
    this.#socket = socket;
    socket.on('close', () => this.stop());
  }

  setUp({ cseq, text }: HostileRequest): string {
    const port = /client_port=(\d+)/u.exec(text)?.[1];
    if (port === undefined)
      return answer(cseq, '200 OK', { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1', Session: 'abc;timeout=60' });
    const socket = dgram.createSocket('udp4');
    socket.on('error', () => undefined);
    this.#udp = { socket, port: Number(port) };
    return answer(cseq, '200 OK', {
      Transport: `RTP/AVP;unicast;client_port=${port}-${Number(port) + 1}`,
      Session: 'abc;timeout=60',
    });
  }

  get isPlaying(): boolean {
    return this.#timer !== undefined && !this.#socket.destroyed;
  }

  hangUp(): void {
    this.#socket.destroy();
  }

  play(): void {
    this.#timer ??= setInterval(() => this.#picture(), 1000 / (this.#habit.fps ?? 10));
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#udp?.socket.close();
    this.#udp = undefined;
  }

  #picture(): void {
    const index = this.#index;
    this.#index += 1;
    const {
      fps = 10,
      pack = onePerNal,
      timestamp = (i: number) => (i * 90_000) / fps,
      picture = (i: number) => i,
      sequence = (number: number) => number,
    } = this.#habit;
    const nals = this.#clip[picture(index) % this.#clip.length] ?? [];
    for (const [n, { bytes, marker, isLost = false }] of pack(nals, index).entries()) {
      const packet = packetOf(bytes, marker, sequence(this.#sequence++, index), timestamp(index, n));
      if (!isLost) this.#send(packet, index);
    }
  }

  #send(packet: Buffer, index: number): void {
    if (this.#udp !== undefined && this.#habit.loses?.(index) === true) return;
    if (this.#udp !== undefined) this.#udp.socket.send(packet, this.#udp.port, '127.0.0.1', () => undefined);
    else if (!this.#socket.destroyed)
      this.#socket.write(Buffer.concat([this.#habit.between?.(index) ?? Buffer.alloc(0), frame(0, packet)]));
  }
}

function packetOf(payload: Buffer, marker: boolean, sequence: number, timestamp: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt8(0x80, 0);
  head.writeUInt8((marker ? 0x80 : 0) | TYPE, 1);
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE(Math.floor(timestamp) >>> 0, 4);
  head.writeUInt32BE(0x0dd, 8);
  return Buffer.concat([head, payload]);
}
