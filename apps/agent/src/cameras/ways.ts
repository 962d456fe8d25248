/**
 * How one camera wants to be asked. Standards leave room, and cameras use it: what fails in one way is tried once in another, at once, and
 * what worked comes first from then on.
 */
import type { ErrorCode } from '@sealcam/protocol';
import { cameraAddress, type CameraAddress } from './address.ts';

export type Transport = 'tcp' | 'udp';

export interface Ways {
  /** Where it was asked last: the address itself, or another port of that host, to which it redirects. */
  readonly address: CameraAddress;
  /** In this order; the next one where the camera refuses with 461. */
  readonly transports: readonly Transport[];
  /** Whether OPTIONS comes first, as it should. */
  readonly asksOptions: boolean;
  /** Whether PLAY says from when on. */
  readonly range: boolean;
}

/** What of a way that worked is kept with the camera. A port to which it redirects is not: it tells it anew. */
export interface Learned {
  readonly transport: Transport;
  readonly asksOptions: boolean;
  readonly range: boolean;
}

/** How an attempt ended. */
export interface Attempt {
  readonly code: ErrorCode;
  readonly hadPicture: boolean;
  /** Which it agreed on; undefined where it did not come so far. */
  readonly transport: Transport | undefined;
  /** Whether anything was answered, OPTIONS too. */
  readonly wasAnswered: boolean;
}

/**
 * What may be tried. `rtsps://` never falls back to UDP by itself: its packets would cross the network in the clear, and whoever stands in
 * between could ask for that. A tunnel is TCP, whatever is wanted.
 */
export function waysOf(address: CameraAddress, wanted: 'auto' | Transport = 'auto', learned?: Learned): Ways {
  const transports: readonly Transport[] =
    address.tunnel === true ? ['tcp'] : wanted !== 'auto' ? [wanted] : address.secure ? ['tcp'] : ['tcp', 'udp'];
  if (learned === undefined) return { address, transports, asksOptions: true, range: false };
  const { asksOptions, range } = learned;
  return { address, transports: firstOf(transports, learned.transport), asksOptions, range };
}

/** What worked comes first; what is not allowed does not come at all. */
export function firstOf(transports: readonly Transport[], worked: Transport): readonly Transport[] {
  return transports.includes(worked) ? [worked, ...transports.filter((each) => each !== worked)] : transports;
}

export function learnedFrom({ asksOptions, range }: Ways, transport: Transport): Learned {
  return { transport, asksOptions, range };
}

export function isSameLearned(a: Learned, b: Learned): boolean {
  return a.transport === b.transport && a.asksOptions === b.asksOptions && a.range === b.range;
}

/** @returns what is worth a try at once; undefined where there is nothing else */
export function otherWay(ways: Ways, { code, hadPicture, transport, wasAnswered }: Attempt): Ways | undefined {
  if (hadPicture) return undefined;
  const isMute = code === 'rtsp.silent' || code === 'rtsp.transport' || code === 'rtsp.ended';
  if (!isMute) return undefined;
  // Hung up on at the first word: some know no OPTIONS.
  if (!wasAnswered && ways.asksOptions && code === 'rtsp.ended') return { ...ways, asksOptions: false };
  const [, ...others] = ways.transports;
  const isOther = transport === undefined || transport === ways.transports[0];
  if (others.length > 0 && isOther && wasAnswered && code !== 'rtsp.ended') return { ...ways, transports: others };
  return undefined;
}

/**
 * RTSP inside HTTP on port 80, where nothing listens on 554. Only while a person tries the camera: one that boots answers with its web page
 * before its stream, and whoever watches it must not take that for its reason.
 */
export function tunnelInstead({ address, transports }: Ways, code: ErrorCode): Ways | undefined {
  const isRefused = code === 'rtsp.refused' && address.port === RTSP_PORT && !address.secure;
  if (!isRefused || !transports.includes('tcp')) return undefined;
  return waysOf(cameraAddress({ ...address, tunnel: true, port: HTTP_PORT }));
}

const RTSP_PORT = 554;
const HTTP_PORT = 80;
