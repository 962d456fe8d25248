/** A whole attempt at a camera, from the socket to the pictures, whose other end says and sends anything: slower than the parsers one by one, and nothing is left out. */
import { once } from 'node:events';
import net from 'node:net';
import { MEDIA_LIMITS, type AccessUnit } from '@sealcam/media';
import { SealcamError } from '@sealcam/protocol';
import { cameraAddress } from '../../apps/agent/src/cameras/address.ts';
import { SYSTEM_CLOCK } from '../../apps/agent/src/cameras/camera-source.ts';
import { CameraStream, type StreamStep } from '../../apps/agent/src/cameras/camera-stream.ts';
import { Rhythm } from '../../apps/agent/src/cameras/rhythm.ts';
import { waysOf } from '../../apps/agent/src/cameras/ways.ts';
import { frame } from '../cameras/hostile.ts';
import { answerOf, onTheWire, PACKETS } from './camera-targets.ts';
import { never } from './claims.ts';
import { ACCOUNT } from './dialog.ts';
import { Random } from './fuzz.ts';
import { mutant } from './mutate.ts';
import type { Target } from './target.ts';

/** Whoever asks nothing more is left alone after so long. */
const IDLE_MS = 15;
const PATIENCE_MS = 20_000;
const STEPS: readonly StreamStep[] = ['reached', 'spoke-rtsp', 'signed-in', 'stream-found', 'playing'];

export interface StreamTarget {
  readonly target: Target;
  /** What came of all attempts: none would prove nothing. */
  readonly seen: { pictures: number; played: number };
  stop(): void;
}

export async function streamTarget(): Promise<StreamTarget> {
  let random = new Random(0);
  const seen = { pictures: 0, played: 0 };
  const server = net.createServer((socket) => converse(socket, random)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const target: Target = {
    name: 'camera stream',
    input: (next) => next.bytes(1),
    run: async (_input: never, next) => {
      random = next;
      const { units, steps } = await attempt(port);
      seen.pictures += units.length;
      if (steps.includes('playing')) seen.played += 1;
    },
    mayThrow: never,
  };
  return { target, seen, stop: () => void server.close() };
}

/** Mostly what a good camera would say, so that something is behind the first answer. */
function converse(socket: net.Socket, random: Random): void {
  let timer = setTimeout(() => socket.end(), 10 * IDLE_MS);
  const faultOneIn = random.pick([2, 8, 1_000]);
  let held = '';
  socket
    .on('error', () => undefined)
    .on('close', () => clearTimeout(timer))
    .setEncoding('latin1')
    .on('data', (text: string) => {
      held += text;
      for (let end = held.indexOf('\r\n\r\n'); end >= 0; end = held.indexOf('\r\n\r\n')) {
        const request = /[A-Z_]+ rtsp\S* RTSP\/1\.0[\s\S]*$/u.exec(held.slice(0, end + 4))?.[0];
        held = held.slice(end + 4);
        if (request !== undefined) reply(socket, request, { random, faultOneIn });
      }
      clearTimeout(timer);
      timer = setTimeout(() => socket.end(), IDLE_MS);
    });
}

function reply(
  socket: net.Socket,
  request: string,
  { random, faultOneIn }: { readonly random: Random; readonly faultOneIn: number },
): void {
  const said = answerOf(request, random, faultOneIn);
  const pieces = random.chance(2 * faultOneIn) ? onTheWire(said, random) : [Buffer.from(said, 'latin1')];
  for (const piece of pieces) socket.write(piece);
  if (request.startsWith('PLAY')) for (const piece of pictures(random)) socket.write(piece);
}

function pictures(random: Random): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < 2 * PACKETS.length; at += 1) {
    const good = Buffer.from(PACKETS[at % PACKETS.length] ?? []);
    const packet = random.chance(12) ? Buffer.from(mutant([good], random).subarray(0, 0xffff)) : good;
    if (random.chance(15)) out.push(Buffer.from(random.bytes(random.below(40))));
    if (!random.chance(20)) out.push(frame(random.chance(15) ? random.below(256) : 0, packet));
  }
  return random.chance(2) ? [Buffer.concat(out)] : out;
}

async function attempt(port: number): Promise<{ readonly units: AccessUnit[]; readonly steps: StreamStep[] }> {
  const units: AccessUnit[] = [];
  const steps: StreamStep[] = [];
  const ends: SealcamError[] = [];
  const over = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => over.reject(new Error('an attempt without end')), PATIENCE_MS);
  const stream = new CameraStream({
    ways: waysOf(cameraAddress({ secure: false, host: '127.0.0.1', port, path: '/live' }), 'tcp'),
    ...{ credentials: ACCOUNT, audio: true, rhythm: new Rhythm(), clock: SYSTEM_CLOCK },
    onStep: (step) => steps.push(step),
    onUnit: (unit) => {
      if (ends.length > 0) over.reject(new Error('a picture after the end'));
      units.push(unit);
    },
    onEnd: (fault) => {
      ends.push(fault);
      // What would come late comes within this turn.
      setImmediate(() => over.resolve(undefined));
    },
  });
  await over.promise.finally(() => clearTimeout(timer));
  judge(units, steps, ends);
  const { broken, skipped, lost, strayBytes } = stream.health;
  if ([broken, skipped, lost, strayBytes].some((count) => !Number.isSafeInteger(count) || count < 0))
    throw new Error(`a health that cannot be: ${JSON.stringify(stream.health)}`);
  return { units, steps };
}

function judge(units: readonly AccessUnit[], steps: readonly StreamStep[], ends: readonly SealcamError[]): void {
  const [fault] = ends;
  if (ends.length !== 1 || !(fault instanceof SealcamError) || !fault.code.startsWith('rtsp.'))
    throw new Error(`${ends.length} ends: ${fault?.stack ?? ''}`, { cause: fault?.cause });
  if (fault.message.includes(ACCOUNT.password)) throw new Error('the password is in the fault');
  if (steps.join() !== STEPS.filter((step) => steps.includes(step)).join()) {
    const once = steps.filter((step, at) => steps.indexOf(step) === at);
    if (once.join() !== STEPS.filter((step) => steps.includes(step)).join()) throw new Error(`steps: ${steps.join()}`);
  }
  const video = units.filter(({ codec }) => codec === 'h264');
  if (video.length > 0 && video[0]?.keyframe !== true) throw new Error('begins in the middle');
  let lastUs = 0;
  for (const { captureUs, data } of video) {
    if (captureUs <= lastUs || captureUs > Date.now() * 1000 + 1_000_000) throw new Error('a time that cannot be');
    if (data.length === 0 || data.length > MEDIA_LIMITS.accessUnitBytes) throw new Error('a picture of no size');
    lastUs = captureUs;
  }
}
