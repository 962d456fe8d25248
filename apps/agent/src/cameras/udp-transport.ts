/**
 * RTP over UDP: an even port for RTP and the next one for RTCP (RFC 3550, 11). Only what comes from the camera's own
 * address is handed on; anyone else on the network can send to an open port.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { SealcamError } from '@sealcam/protocol';

const ATTEMPTS = 20;
/** A keyframe of megabytes arrives as one burst; the kernel may grant less. */
const RECEIVE_BYTES = 4 * 1024 * 1024;
/** The least that is a packet of its kind; opens the way through a firewall between camera and agent. */
const EMPTY_RTP = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

export interface UdpOptions {
  /** Our address on the way to the camera: nothing is opened towards other networks. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** @param packet a view: valid only during the call */
  readonly onPacket: (packet: Uint8Array) => void;
}

export class UdpTransport {
  readonly #rtp: dgram.Socket;
  readonly #rtcp: dgram.Socket;
  readonly #remote: string;
  #ports: { readonly rtp: number; readonly rtcp: number } | undefined;
  #closed = false;

  /** Use `openUdp`. */
  constructor(rtp: dgram.Socket, rtcp: dgram.Socket, options: UdpOptions) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#remote = options.remoteAddress;
    rtp.on('message', (packet, from) => {
      if (!this.#closed && sameAddress(from.address, options.remoteAddress)) options.onPacket(packet);
    });
    // An ICMP "port unreachable" for one of our reports is no reason to stop listening.
    rtp.on('error', () => undefined);
    rtcp.on('error', () => undefined);
  }

  /** Of RTP; RTCP is the next one. */
  get port(): number {
    return this.#rtp.address().port;
  }

  /** Where the camera sends from, as its SETUP answer says. Call before PLAY: opens the way for its packets. */
  aim(rtp: number, rtcp: number): void {
    this.#ports = { rtp, rtcp };
    this.punch();
  }

  /** Keeps the way open. */
  punch(): void {
    if (this.#ports !== undefined && !this.#closed)
      this.#rtp.send(EMPTY_RTP, this.#ports.rtp, this.#remote, () => undefined);
  }

  sendReport(packet: Uint8Array): void {
    if (this.#ports !== undefined && !this.#closed)
      this.#rtcp.send(packet, this.#ports.rtcp, this.#remote, () => undefined);
  }

  /** Nothing is handed on from here. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rtp.close();
    this.#rtcp.close();
  }
}

/** @throws {SealcamError} `rtsp.transport` when no pair of ports is free */
export async function openUdp(options: UdpOptions): Promise<UdpTransport> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const rtp = await bind(options.localAddress, 0);
    if (rtp === undefined) continue;
    const { port } = rtp.address();
    const rtcp = port % 2 === 0 ? await bind(options.localAddress, port + 1) : undefined;
    if (rtcp !== undefined) return new UdpTransport(rtp, rtcp, options);
    rtp.close();
  }
  throw new SealcamError('rtsp.transport', 'no free pair of UDP ports');
}

async function bind(address: string, port: number): Promise<dgram.Socket | undefined> {
  const socket = dgram.createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BYTES });
  try {
    socket.bind({ address, port });
    await once(socket, 'listening');
    return socket;
  } catch {
    socket.close();
    return undefined;
  }
}

/** `::ffff:192.168.1.20` is 192.168.1.20 seen through a dual-stack socket. */
function sameAddress(a: string, b: string): boolean {
  const plain = (address: string): string => address.replace(/^::ffff:/iu, '').toLowerCase();
  return plain(a) === plain(b);
}
