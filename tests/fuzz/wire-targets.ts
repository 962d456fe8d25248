/** What crosses the sockets: envelopes, sealed frames, control messages, commands and replies; and the recovery sheet. */
import { decodeCommand, decodeReply, encodeCommand, encodeReply, type Command, type Reply } from '@sealcam/home';
import { recoveryQrText, recoveryWords, seedFromQrText, seedFromWords } from '@sealcam/home/recovery';
import {
  cameraId,
  concat,
  decodeEnvelope,
  encodeEnvelope,
  epoch,
  equalBytes,
  FromAgent,
  FromPairing,
  FromViewer,
  micros,
  millis,
  parseMessage,
  parseSealedHeader,
  sessionId,
  stripReplay,
  toBase64Url,
  ToAgent,
  ToPairing,
  ToViewer,
  Writer,
} from '@sealcam/protocol';
import { deriveOpenKeys, importEpochSecret, openFrame, parsePlain, readHeader, Sealer } from '@sealcam/seal';
import { decodeCameraState, encodeCameraState } from '../../packages/home/src/camera-state.ts';
import { parseProxyHeader, PROXY_HEADER_BYTES } from '../../apps/relay/src/door/proxy-header.ts';
import { makeHome, NOW, PORCH } from '../../packages/home/src/home.fixture.ts';
import { nodeSuite } from '../../packages/seal/test/node-suite.ts';
import type { Target } from './target.ts';
import { bytes, malformed, never, oneSpelling, text } from './claims.ts';

const CAMERA = cameraId('0123456789abcdef0123456789abcdef');
const COMMANDS: readonly Command[] = [
  { do: 'camera.try', url: 'rtsp://x/y', user: 'a', password: 'b', transport: 'auto' },
  { do: 'camera.tryBrand', brand: 'tapo', host: 'x', port: 554, channel: 1, user: 'a', password: 'b' },
  { do: 'camera.order', cameraIds: [CAMERA, PORCH] },
  { do: 'camera.privacy', cameraId: CAMERA, on: true },
  { do: 'home.rename', name: 'Linden Street' },
  { do: 'agent.status' },
  { do: 'camera.look', cameraId: CAMERA },
  { do: 'roster.offer', rosters: [new Uint8Array(40), new Uint8Array(3)] },
];
const V2_SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const PROXY_HEADERS = [
  new TextEncoder().encode('PROXY TCP4 192.0.2.7 10.0.0.1 12345 8420\r\nGET / HTTP/1.1\r\n'),
  new TextEncoder().encode('PROXY TCP6 2001:db8::7 ::1 12345 8420\r\n'),
  new TextEncoder().encode('PROXY UNKNOWN\r\n'),
  Uint8Array.from([...V2_SIGNATURE, 0x21, 0x11, 0, 12, 192, 0, 2, 7, 10, 0, 0, 1, 48, 57, 32, 228]),
  Uint8Array.from([...V2_SIGNATURE, 0x20, 0x00, 0, 0, 22, 3, 1]),
];
const REPLIES: readonly Reply[] = [
  { is: 'step', step: 'signedIn', words: 'x' },
  { is: 'failed', code: 'rtsp.password', words: 'no' },
  {
    is: 'still',
    tryId: '0'.repeat(32),
    codec: 'h264',
    width: 320,
    height: 180,
    hasSub: true,
    hasAudio: false,
    notes: ['It is slow.'],
    config: new Uint8Array(9),
    accessUnit: new Uint8Array(200),
  },
  {
    is: 'look',
    host: '192.168.1.20:554',
    sound: 'AAC 16 kHz',
    places: 'one',
    notes: ['It is slow.'],
    streams: [
      {
        ...{
          which: 'main',
          state: 'gone',
          sinceMs: millis(5),
          code: 'rtsp.silent',
          video: 'H.264',
          width: 320,
          height: 180,
          transport: 'TCP',
        },
        ...{
          picturesPerMinute: 9,
          keyframeEveryMs: 1,
          kbitPerSecond: 2,
          overMs: 3,
          pictures: 4,
          broken: 5,
          skipped: 6,
        },
        ...{ lostPackets: 6, strayBytes: 7, goneMs: 8, gone: [{ code: 'rtsp.silent', count: 2 }] },
      },
    ],
  },
  {
    is: 'status',
    version: '1',
    startedMs: millis(1),
    recoveryWaiting: false,
    cameras: [{ cameraId: CAMERA, state: 'gone', sinceMs: millis(2), code: 'rtsp.silent', host: 'x:554' }],
  },
];

const ids = { homeId: 'a'.repeat(32), deviceId: 'b'.repeat(32), cameraId: CAMERA };
const MESSAGES = [
  { t: 'auth', version: 1, homeId: ids.homeId, deviceId: ids.deviceId, sig: 'AAAA' },
  { t: 'subscribe', id: 1, cameraId: CAMERA, streamId: 0 },
  { t: 'ledger.get', id: 2, fromMs: 0, toMs: 5, limit: 10 },
  { t: 'ticket.get', id: 2, count: 3 },
  { t: 'command', id: 3, sealed: 'AAAA' },
  {
    t: 'announce',
    cameras: [{ cameraId: CAMERA, streams: [0, 1], private: false, model: 'reolink' }],
    displays: [{ deviceId: ids.deviceId, model: '', route: 'fixture' }],
  },
  { t: 'sealed.answer', id: 1, answer: 'AA' },
  { t: 'bulletin', manifest: 'AA', keys: 'AA', wraps: [{ deviceId: ids.deviceId, wrap: 'AA' }] },
  { t: 'bulletin', manifest: 'AA', wrap: 'AAAA' },
  { t: 'challenge', nonce: 'AA', versions: [1], timeMs: 3 },
  { t: 'roster.chain', re: 1, rosters: ['AA', 'AAAA'] },
  { t: 'join', joinId: 1, cameraId: CAMERA, streamId: 0 },
  { t: 'open', id: 1, mailboxId: 'c'.repeat(32), digits: true },
  { t: 'join', id: 1, number: '0042' },
  { t: 'post', body: 'AAAA' },
  { t: 'cut', cameraId: CAMERA, streamId: 3, code: 'camera.private' },
].map((message) => JSON.stringify(message));
const JSON_WORDS = [
  '{',
  '[',
  '}',
  ']',
  '"',
  ',',
  ':',
  'null',
  '-1',
  '1e999',
  '0.5',
  '"t":"auth"',
  '"__proto__":{}',
  '"constructor":1',
  '\\u0000',
  '9007199254740993',
];
const SCHEMAS = { FromViewer, ToViewer, FromAgent, ToAgent, FromPairing, ToPairing };

async function frames(): Promise<Target[]> {
  const home = await makeHome();
  const track = { homeId: home.head.homeId, cameraId: PORCH, streamId: 0 as const };
  const secret = new Uint8Array(32).fill(7);
  const context = { ...track, epoch: epoch(NOW), sessionId: sessionId('0a'.repeat(8)) };
  const sealer = new Sealer(track, context.sessionId, nodeSuite);
  sealer.rekey(context.epoch, secret);
  const unit = {
    captureUs: micros(NOW * 1000),
    durationUs: 40_000,
    discontinuity: false,
    unit: new Uint8Array(300).fill(3),
  };
  const sealed = [
    sealer.seal({ ...unit, keyframe: true, config: new Uint8Array(50) }).bytes,
    sealer.seal({ ...unit, keyframe: false, config: undefined }).bytes,
  ];
  const envelopes = sealed.flatMap((each) =>
    [undefined, 77].map((joinId) => encodeEnvelope({ ...track, epoch: context.epoch, joinId, sealed: each })),
  );
  const { subtle } = globalThis.crypto;
  const keys = await deriveOpenKeys(context, await importEpochSecret(secret, subtle), subtle);
  const plain = [concat(new Writer().u64(1).u32(2).u32(3).finish(), new Uint8Array(20))];
  return [
    {
      name: 'envelope',
      input: bytes(envelopes),
      run: (input: Uint8Array) => {
        const envelope = decodeEnvelope(input);
        if (!equalBytes(encodeEnvelope(envelope), input)) throw new Error('two spellings of one envelope');
        if (envelope.joinId !== undefined && decodeEnvelope(stripReplay(input)).joinId !== undefined)
          throw new Error('still a replay');
      },
      mayThrow: malformed,
    },
    {
      name: 'PROXY header',
      input: bytes(PROXY_HEADERS),
      run: (input: Uint8Array) => {
        const header = parseProxyHeader(input);
        if (header.at === 'more' ? input.length >= PROXY_HEADER_BYTES : header.bytes > input.length)
          throw new Error('beyond its bound');
      },
      mayThrow: malformed,
    },
    { name: 'sealed header', input: bytes(sealed), run: parseSealedHeader, mayThrow: malformed },
    {
      name: 'inside of a frame',
      input: bytes(plain),
      run: (input: Uint8Array, random) => parsePlain(input, random.below(8)),
      mayThrow: malformed,
    },
    {
      name: 'sealed frame',
      input: bytes(sealed),
      run: async (input: Uint8Array<ArrayBuffer>) => {
        const header = readHeader(input, 0);
        if (header === undefined) return;
        const opened = await openFrame(input, header, keys, subtle);
        if (opened.outcome === 'opened' && !sealed.some((good) => equalBytes(good, input)))
          throw new Error('a forgery was opened');
      },
      mayThrow: never,
    },
  ];
}

const SEED_BYTES = new Uint8Array(32).fill(5);

export async function wireTargets(): Promise<readonly Target[]> {
  return [
    ...(await frames()),
    ...Object.entries(SCHEMAS).map(([name, schema]): Target => ({
      name: `messages ${name}`,
      input: text(MESSAGES, JSON_WORDS),
      run: (message: string) => parseMessage(schema, message),
      mayThrow: malformed,
    })),
    {
      name: 'command',
      input: bytes(COMMANDS.map(encodeCommand)),
      run: oneSpelling(decodeCommand, encodeCommand),
      mayThrow: malformed,
    },
    { name: 'reply', input: bytes(REPLIES.map((reply) => encodeReply(reply))), run: oneReply, mayThrow: malformed },
    {
      name: 'camera state',
      input: bytes([encodeCameraState({ state: 'gone', everyMs: 5, sinceMs: millis(5), code: 'rtsp.silent' })]),
      run: oneSpelling(decodeCameraState, encodeCameraState),
      mayThrow: malformed,
    },
    {
      name: 'recovery words',
      input: text([recoveryWords(SEED_BYTES)], [' ', 'abandon ', 'zoo ']),
      run: seedFromWords,
      mayThrow: malformed,
    },
    {
      name: 'recovery code',
      input: text([recoveryQrText(SEED_BYTES)], ['sealcam-recovery:1:', toBase64Url(SEED_BYTES)]),
      run: seedFromQrText,
      mayThrow: malformed,
    },
  ];
}

/** As `oneSpelling`; a code of a newer version reads as `internal`. */
function oneReply(input: Uint8Array): void {
  const reply = decodeReply(input);
  if (reply.is !== 'failed' && !equalBytes(encodeReply(reply), input)) throw new Error('two spellings of one reply');
}
