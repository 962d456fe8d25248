/** A camera in memory that says what a script has it say: the whole dialog of `RtspSession`, without a socket and without waiting. */
import { setImmediate } from 'node:timers/promises';
import { describeTracks, parseSdp, resolveControl } from '@sealcam/media';
import { SealcamError } from '@sealcam/protocol';
import { cameraAddress } from '../../apps/agent/src/cameras/address.ts';
import { RtspConnection } from '../../apps/agent/src/cameras/rtsp-connection.ts';
import type { Line } from '../../apps/agent/src/cameras/rtsp-line.ts';
import { RtspSession } from '../../apps/agent/src/cameras/rtsp-session.ts';

export const ACCOUNT = { user: 'gatekeeper', password: 'correct-horse-9' };
const ADDRESS = cameraAddress({ secure: false, host: 'cam.example', port: 554, path: '/live' });
/** Sign-ins and redirects included. */
export const MOST_REQUESTS = 40;

/** A line that goes nowhere. */
function wireTo(heard: (text: string) => void): Line {
  return {
    ...{ localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', pin: undefined, isBusy: false },
    write: (text) => {
      if (typeof text === 'string') heard(text);
    },
    close: () => undefined,
    destroy: () => undefined,
  };
}

export interface Dialog {
  readonly requests: readonly string[];
  readonly frames: number;
  readonly frameBytes: number;
  readonly faults: readonly unknown[];
  /** How the conversation ended: undefined where all was answered well. */
  readonly end: unknown;
  readonly handedOnLate: number;
}

/** @param answer to one request, as it comes off the wire, in pieces; nothing more comes where there is none */
export async function converse(answer: (request: string) => readonly Uint8Array[]): Promise<Dialog> {
  const seen = { requests: [] as string[], frames: 0, frameBytes: 0, faults: [] as unknown[], handedOnLate: 0 };
  let isOver = false;
  const wire = wireTo((text) => {
    if (isOver) return;
    seen.requests.push(text);
    if (/^[A-Z_]+ \S+ RTSP\/1\.0\r\n/u.test(text))
      queueMicrotask(() => answer(text).forEach((each) => connection.receive(each)));
  });
  const connection = new RtspConnection(wire, {
    onFrame: (_channel, packet) => {
      seen.frames += 1;
      seen.frameBytes += packet.length;
      if (isOver) seen.handedOnLate += 1;
    },
    isOurs: (channel) => channel < 2,
    onFault: (fault) => seen.faults.push(fault),
    signal: new AbortController().signal,
  });
  const session = new RtspSession(connection, ADDRESS, ACCOUNT);
  const end = talk(session).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  await untilQuiet(end, () => seen.requests.length);
  isOver = true;
  connection.fail(new SealcamError('rtsp.ended', 'the script is over'));
  connection.receive(Buffer.from('$\0\0\x04abcd'));
  return { ...seen, end: await end };
}

/** Until all was said, or a turn of the loop brings nothing more: whoever waits then waits for an answer that does not come. */
async function untilQuiet(end: Promise<unknown>, said: () => number): Promise<void> {
  const over = end.then(() => 'over');
  for (let before = -1; before !== said();) {
    before = said();
    if ((await Promise.race([over, setImmediate('quiet')])) === 'over') return;
  }
}

async function talk(session: RtspSession): Promise<void> {
  await session.options();
  const { sdp, base } = await session.describe();
  const description = parseSdp(sdp);
  const { video, audio } = describeTracks(description);
  for (const [at, track] of [video, audio].entries())
    if (track !== undefined) await session.setup(resolveControl(base, track.control), { kind: 'tcp', channel: 2 * at });
  await session.play(resolveControl(base, description.control), false);
  for (let times = 0; times < 3; times += 1) await session.keepAlive();
}
