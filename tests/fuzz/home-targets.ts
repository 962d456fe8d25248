/** What a home signs and seals, and how two devices meet. */
import {
  acceptBulletin,
  buildBulletin,
  claimReceive,
  decodeKeyList,
  decodeLiveAnswer,
  decodeManifest,
  decodePairingLink,
  decodeSealedAnswer,
  decodeSignedRoster,
  encodeKeyList,
  encodeLiveAnswer,
  encodePairingLink,
  decodeSealedCommand,
  decodeSealedReply,
  encodeSealedAnswer,
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
  signFloor,
  signLiveAnswer,
  signReceipt,
  signReport,
  signSealedAnswer,
  startClaim,
  verifyChain,
  verifyFloor,
  verifyGenesis,
  verifyHpkeKey,
  verifyKeyList,
  verifyLiveAnswer,
  verifyManifest,
  verifyNext,
  verifyReceipt,
  verifyReport,
  verifySealedAnswer,
} from '@sealcam/home';
import { epoch, equalBytes, keyId, mailboxId, micros, millis, Reader, sessionId, Writer } from '@sealcam/protocol';
import { bulletinInput, makeHome, NOW, PORCH } from '../../packages/home/src/home.fixture.ts';
import { readNames, writeNames } from '../../packages/home/src/names.ts';
import { decodePairingMessage, encodePairingMessage } from '../../packages/home/src/pairing-messages.ts';
import type { Random } from './fuzz.ts';
import type { Target } from './target.ts';
import { bytes, malformed, never, oneSpelling, onlyGenuine, ours, text } from './claims.ts';

/** Everything that a home signs or seals, by a small one of the fixtures. */
export async function homeTargets(): Promise<Target[]> {
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
  const receipt = await signReceipt(kitchen.keys, {
    homeId,
    deviceId,
    seq: 1,
    timeMs: millis(NOW),
    ranges: [range],
    refused: [],
  });
  const report = await signReport(kitchen.keys, {
    homeId, deviceId, seq: 1, timeMs: millis(NOW), cameraId: PORCH, streamId: 0, reason: 'foreign', kid: 'ee'.repeat(8), ctr: 1, frameHash: new Uint8Array(32),
  }); // prettier-ignore
  const floor = await signFloor(admin.keys, homeId, epoch(NOW));
  const was = { homeId, kid: keyId('ff'.repeat(8)), ctr: 7, answer: 'yes' as const, timeMs: millis(NOW) };
  const sealedAnswer = await signSealedAnswer(agent.keys, was);
  const { manifest, keys, wraps } = await buildBulletin(bulletinInput(home));
  const wrap = wraps.find((each) => each.deviceId === deviceId)?.wrap ?? new Uint8Array();
  const command = await sealCommand({
    head,
    keys: admin.keys,
    to: { epoch: epoch(NOW), agentHpkePub: agent.hpke.hpkePub },
    ticket: new Uint8Array(16).fill(5),
    command: { do: 'agent.status' },
  });
  const to = home.hpkeKeys.get(deviceId);
  if (to === undefined) throw new Error('no key');
  const reply = await sealReply({
    head,
    keys: agent.keys,
    to,
    ticket: new Uint8Array(16).fill(5),
    n: 0,
    reply: { is: 'ok' },
  });
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
    verifier('floor', [floor], async (input) => await verifyFloor(head, input)),
    verifier('sealed answer', [sealedAnswer], async (input) => await verifySealedAnswer(head, was, input)),
    {
      name: 'sealed answer, unsigned',
      input: bytes([encodeSealedAnswer(was)]),
      run: oneSpelling(decodeSealedAnswer, encodeSealedAnswer),
      mayThrow: malformed,
    },
    { name: 'manifest, unverified', input: bytes([manifest]), run: decodeManifest, mayThrow: malformed },
    {
      name: 'key list, unverified',
      input: bytes([keys]),
      run: oneSpelling(decodeKeyList, encodeKeyList),
      mayThrow: malformed,
    },
    verifier('key list', [keys], async (input) => await verifyKeyList(await verifyManifest(head, manifest), input)),
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
    verifier('sealed command', [command], async (input) => {
      const sealed = decodeSealedCommand(input);
      return await openCommand({ head, hpke: agent.hpke, deviceId: admin.keys.deviceId, nowMs: NOW, sealed });
    }),
    verifier(
      'sealed reply',
      [reply],
      async (input) =>
        await openReply({ head, deviceId, hpke: [kitchen.hpke], due: 0, sealed: decodeSealedReply(input) }),
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
