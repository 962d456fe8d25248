/** What crosses the sockets: envelopes, sealed frames, control messages, and everything a home signs or seals. */
import {
  acceptBulletin,
  buildBulletin,
  claimReceive,
  decodeCommand,
  decodeLiveAnswer,
  decodeManifest,
  decodePairingLink,
  decodeReply,
  decodeSignedRoster,
  encodeCommand,
  encodeLiveAnswer,
  encodePairingLink,
  encodeReply,
  openCommand,
  openReply,
  pairingCancelled,
  qrDeviceReceive,
  sealCommand,
  sealReply,
  showDigits,
  showQr,
  digitsDeviceReceive,
  signHpkeKey,
  signLiveAnswer,
  signReceipt,
  signReport,
  startClaim,
  verifyChain,
  verifyGenesis,
  verifyHpkeKey,
  verifyLiveAnswer,
  verifyManifest,
  verifyNext,
  verifyReceipt,
  verifyReport,
  type Command,
  type Reply,
} from '@sealcam/home';
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
  keyId,
  mailboxId,
  micros,
  millis,
  parseMessage,
  parseSealedHeader,
  Reader,
  SealcamError,
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
import { bulletinInput, makeHome, NOW, PORCH } from '../../packages/home/src/home.fixture.ts';
import { readNames, writeNames } from '../../packages/home/src/names.ts';
import { decodePairingMessage, encodePairingMessage } from '../../packages/home/src/pairing-messages.ts';
import { nodeSuite } from '../../packages/seal/test/node-suite.ts';
import type { Random } from './fuzz.ts';
import { mutant, mutantText } from './mutate.ts';
import type { Target } from './target.ts';

const ours = (error: unknown): boolean => error instanceof SealcamError && error.code !== 'internal';
const malformed = (error: unknown): boolean => error instanceof SealcamError && error.code === 'codec.malformed';
const never = (): boolean => false;

const bytes = (samples: readonly Uint8Array[]) => (random: Random) => mutant(samples, random);
const text =
  (samples: readonly string[], words: readonly string[] = []) =>
  (random: Random) =>
    mutantText(samples, random, words);

/** What decodes is what encodes to the very same bytes: a signature must never cover two readings. */
function oneSpelling<T>(
  decode: (input: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): (input: Uint8Array) => void {
  return (input) => {
    if (!equalBytes(encode(decode(input)), input)) throw new Error('two spellings of one message');
  };
}

/** A verifier that takes anything but the sample itself is broken. */
function onlyGenuine(
  good: readonly Uint8Array[],
  verify: (input: Uint8Array) => Promise<unknown>,
): (input: Uint8Array) => Promise<void> {
  return async (input) => {
    await verify(input);
    if (!good.some((each) => equalBytes(each, input))) throw new Error('a forgery was believed');
  };
}

const CAMERA = cameraId('0123456789abcdef0123456789abcdef');
const COMMANDS: readonly Command[] = [
  { do: 'camera.try', url: 'rtsp://x/y', user: 'a', password: 'b', transport: 'auto' },
  { do: 'camera.tryBrand', brand: 'tapo', host: 'x', port: 554, channel: 1, user: 'a', password: 'b' },
  { do: 'camera.order', cameraIds: [CAMERA, PORCH] },
  { do: 'camera.privacy', cameraId: CAMERA, on: true },
  { do: 'home.rename', name: 'Linden Street' },
  { do: 'agent.status' },
  { do: 'roster.offer', rosters: [new Uint8Array(40), new Uint8Array(3)] },
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
    config: new Uint8Array(9),
    accessUnit: new Uint8Array(200),
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
  { t: 'command', id: 3, sealed: 'AAAA' },
  { t: 'announce', cameras: [{ cameraId: CAMERA, streams: [0, 1], private: false }] },
  { t: 'bulletin', manifest: 'AA', wraps: [{ deviceId: ids.deviceId, wrap: 'AA' }] },
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

async function signedWords(): Promise<Target[]> {
  const home = await makeHome();
  const { head, kitchen, agent, admin, genesis } = home;
  const { homeId } = head;
  const deviceId = kitchen.keys.deviceId;
  const nonce = new Uint8Array(16).fill(9);
  const live = {
    homeId, deviceId, nonce, rosterVersion: 2, rosterHash: head.hash, epoch: epoch(NOW), agentTimeUs: micros(NOW * 1000),
    tracks: [{ cameraId: PORCH, streamId: 0 as const, epoch: epoch(NOW), sessionId: sessionId('0a'.repeat(8)), nextCtr: 9, gopCtr: 5 }],
  }; // prettier-ignore
  const hpkeKey = await signHpkeKey(kitchen.keys, homeId, kitchen.hpke);
  const answer = await signLiveAnswer(agent.keys, live);
  const range = { cameraId: PORCH, streamId: 0 as const, kid: keyId('ff'.repeat(8)), fromCtr: 1, toCtr: 9, painted: 5 };
  const receipt = await signReceipt(kitchen.keys, { homeId, deviceId, seq: 1, timeMs: millis(NOW), ranges: [range] });
  const report = await signReport(kitchen.keys, {
    homeId, deviceId, seq: 1, timeMs: millis(NOW), cameraId: PORCH, streamId: 0, reason: 'foreign', kid: 'ee'.repeat(8), ctr: 1, frameHash: new Uint8Array(32),
  }); // prettier-ignore
  const { manifest, wraps } = await buildBulletin(bulletinInput(home));
  const wrap = wraps.find((each) => each.deviceId === deviceId)?.wrap ?? new Uint8Array();
  const command = await sealCommand({
    head,
    keys: admin.keys,
    agentHpkePub: agent.hpke.hpkePub,
    seq: 5,
    command: { do: 'agent.status' },
  });
  const to = home.hpkeKeys.get(deviceId);
  if (to === undefined) throw new Error('no key');
  const reply = await sealReply({ head, keys: agent.keys, to, seq: 5, re: 1, reply: { is: 'ok' } });
  const verifier = (name: string, good: readonly Uint8Array[], verify: (input: Uint8Array) => Promise<unknown>): Target => ({
    name, input: bytes(good), run: onlyGenuine(good, verify), mayThrow: ours,
  }); // prettier-ignore
  return [
    { name: 'roster', input: bytes(home.rosters), run: decodeSignedRoster, mayThrow: malformed },
    verifier('genesis', [genesis.bytes], verifyGenesis),
    verifier('next roster', [head.bytes], async (input) => await verifyNext(genesis, input)),
    {
      name: 'roster chain',
      input: bytes(home.rosters),
      run: async (input: Uint8Array, random: Random) => {
        const chain = random.pick([
          [input, head.bytes],
          [genesis.bytes, input],
          [input],
          [genesis.bytes, genesis.bytes, input],
          [],
        ]);
        const found = await verifyChain(chain, homeId);
        if (!equalBytes(found.bytes, genesis.bytes) && !equalBytes(found.bytes, head.bytes))
          throw new Error('a forged chain was believed');
      },
      mayThrow: ours,
    },
    verifier('HPKE key', [hpkeKey], async (input) => await verifyHpkeKey(head, input)),
    verifier('live answer', [answer], async (input) => await verifyLiveAnswer(head, { deviceId, nonce }, input)),
    {
      name: 'live answer, unsigned',
      input: bytes([encodeLiveAnswer(live)]),
      run: oneSpelling(decodeLiveAnswer, encodeLiveAnswer),
      mayThrow: malformed,
    },
    verifier('receipt', [receipt], async (input) => await verifyReceipt(head, input)),
    verifier('report', [report], async (input) => await verifyReport(head, input)),
    { name: 'manifest, unverified', input: bytes([manifest]), run: decodeManifest, mayThrow: malformed },
    verifier('manifest', [manifest], async (input) => await verifyManifest(head, input)),
    {
      name: 'bulletin',
      input: bytes([manifest, wrap]),
      run: async (input: Uint8Array, random: Random) => {
        const offer = random.chance(2)
          ? { manifest, wrap: input }
          : { manifest: input, wrap: random.chance(2) ? wrap : undefined };
        const outcome = await acceptBulletin({ head, deviceId, hpke: [kitchen.hpke], mark: undefined, ...offer });
        const genuine =
          equalBytes(offer.manifest, manifest) && offer.wrap !== undefined && equalBytes(offer.wrap, wrap);
        if (outcome.at === 'accepted' && outcome.wrap !== undefined && !genuine)
          throw new Error('a forged bulletin was accepted');
        if (outcome.at === 'refused' && outcome.alarm) throw new Error('noise raised an alarm');
      },
      mayThrow: never,
    },
    verifier(
      'sealed command',
      [command],
      async (sealed) =>
        await openCommand({ head, hpke: agent.hpke, deviceId: admin.keys.deviceId, lastSeq: 0, nowMs: NOW, sealed }),
    ),
    verifier(
      'sealed reply',
      [reply],
      async (sealed) => await openReply({ head, deviceId, hpke: [kitchen.hpke], lastSeq: 0, sealed }),
    ),
    {
      name: 'names',
      input: bytes([namesBytes(home.names)]),
      run: oneSpelling((input) => {
        const reader = new Reader(input);
        const names = readNames(reader);
        reader.end();
        return names;
      }, namesBytes),
      mayThrow: malformed,
    },
    ...(await pairing(home)),
  ];
}

function namesBytes(names: Parameters<typeof writeNames>[1]): Uint8Array {
  const writer = new Writer();
  writeNames(writer, names);
  return writer.finish();
}

/** Each machine, fed with noise, says failed or waits on: it never throws, and never ends paired. */
async function pairing(home: Awaited<ReturnType<typeof makeHome>>): Promise<Target[]> {
  const box = mailboxId('cd'.repeat(16));
  const { keys, hpke } = home.kitchen;
  const shown = await showQr({ keys, hpke, mailboxId: box, kind: 'display', name: 'K', nowMs: NOW });
  const asAgent = await showQr({ keys, hpke, mailboxId: box, kind: 'agent', name: 'K', nowMs: NOW });
  const digits = await showDigits({ keys, hpke, mailboxId: box, kind: 'display', name: 'K', nowMs: NOW });
  const claim = startClaim({ keys: home.admin.keys, link: asAgent.link, homeName: 'H', nowMs: NOW });
  const bodies = [
    ...shown.send,
    ...asAgent.send,
    ...digits.send,
    pairingCancelled(),
    encodePairingMessage({ is: 'chain', rosters: home.rosters }),
  ];
  const machine = (
    name: string,
    receive: (body: Uint8Array) => Promise<{ readonly state: { readonly at: string } }>,
  ): Target => ({
    name,
    input: bytes(bodies),
    run: async (body: Uint8Array) => {
      const { state } = await receive(body);
      if (['joined', 'claimed', 'done'].includes(state.at)) throw new Error(`noise ended as ${state.at}`);
    },
    mayThrow: never,
  });
  return [
    {
      name: 'pairing body',
      input: bytes(bodies),
      run: (body: Uint8Array) => {
        const message = decodePairingMessage(body);
        // A code that a newer version knows reads as a refusal: the one message with two spellings.
        if (message.is !== 'failed' && !equalBytes(encodePairingMessage(message), body))
          throw new Error('two spellings of one body');
      },
      mayThrow: malformed,
    },
    machine('pairing by QR, the display', async (body) => await qrDeviceReceive(shown.state, body, NOW)),
    machine('pairing by digits, the display', async (body) => await digitsDeviceReceive(digits.state, body, NOW)),
    machine('a claim', async (body) => await claimReceive(claim, body, NOW)),
    {
      name: 'pairing link',
      input: text(
        [encodePairingLink(shown.link), `https://x/#pair=${encodePairingLink(shown.link)}`],
        ['#pair=', '#claim=', '-'],
      ),
      run: decodePairingLink,
      mayThrow: malformed,
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
    ...(await signedWords()),
    {
      name: 'command',
      input: bytes(COMMANDS.map(encodeCommand)),
      run: oneSpelling(decodeCommand, encodeCommand),
      mayThrow: malformed,
    },
    { name: 'reply', input: bytes(REPLIES.map((reply) => encodeReply(7, reply))), run: oneReply, mayThrow: malformed },
    {
      name: 'camera state',
      input: bytes([encodeCameraState({ state: 'gone', sinceMs: millis(5), code: 'rtsp.silent' })]),
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
  const { re, reply } = decodeReply(input);
  if (reply.is !== 'failed' && !equalBytes(encodeReply(re, reply), input))
    throw new Error('two spellings of one reply');
}
