/** Reads the own vectors with today's code, on any WebCrypto: the same check runs in Node and in a browser. */
import { fromHex, toHex } from '@sealcam/protocol';
import { acceptBulletin } from './bulletin.ts';
import type { BulletinVector } from './bulletin.vectors.ts';
import { decodeCommand, encodeCommand } from './commands.ts';
import { importDeviceKeys, importHpkeKeys } from './device-keys.ts';
import { householdCode } from './household-code.ts';
import { verifyHpkeKey } from './hpke-key.ts';
import { verifyKeyList } from './key-list.ts';
import { verifyLiveAnswer } from './live.ts';
import { decodePairingLink, encodePairingLink } from './pairing-link.ts';
import { verifyReceipt } from './receipt.ts';
import { verifyReport } from './report.ts';
import { decodeSealedCommand, decodeSealedReply, openCommand, openReply } from './sealed-command.ts';
import { encodeRoster } from './roster.ts';
import { verifyChain } from './verify-roster.ts';
import type { HomeVectors } from './home.vectors.ts';

/** Everything that could be read, as plain values to compare. @throws {SealcamError} for whatever today's code no longer reads */
export async function readVectors(vectors: HomeVectors): Promise<Record<string, unknown>> {
  const head = await verifyChain(vectors.rosters.map(fromHex));
  const viewer = await importDeviceKeys(vectors.viewer.keys);
  const asked = { deviceId: viewer.deviceId, nonce: fromHex(vectors.liveNonce) };
  const live = await verifyLiveAnswer(head, asked, fromHex(vectors.live));
  const receipt = await verifyReceipt(head, fromHex(vectors.receipt));
  const report = await verifyReport(head, fromHex(vectors.report));
  const key = await verifyHpkeKey(head, fromHex(vectors.hpkeKey));
  const { command, ticket, reply } = await readCommands(vectors.commands);
  return {
    homeId: head.homeId,
    headHash: toHex(head.hash),
    rosterAgain: toHex(encodeRoster(head.roster)) === (vectors.rosters.at(-1) ?? '').slice(0, -128),
    code: (await householdCode(head.hash)).join(' '),
    agentTimeUs: live.agentTimeUs,
    tracks: live.tracks.length,
    painted: receipt.ranges.map((range) => range.painted).join(','),
    refused: report.reason,
    keySeq: key.keySeq,
    command: toHex(encodeCommand(command)),
    commandAgain: decodeCommand(encodeCommand(command)).do,
    ticket: toHex(ticket),
    reply: reply.is,
    link: encodePairingLink(decodePairingLink(vectors.link)) === vectors.link,
  };
}

async function readCommands(vectors: HomeVectors['commands']) {
  const head = await verifyChain(vectors.rosters.map(fromHex));
  const { deviceId } = await importDeviceKeys(vectors.admin.keys);
  const hpke = await importHpkeKeys(vectors.admin.hpke);
  const agentHpke = await importHpkeKeys(vectors.agentHpke);
  const sealed = decodeSealedCommand(fromHex(vectors.command));
  const { command } = await openCommand({ head, hpke: agentHpke, deviceId, nowMs: 0, sealed });
  const answer = decodeSealedReply(fromHex(vectors.reply));
  const { reply } = await openReply({ head, deviceId, hpke: [hpke], due: 1, sealed: answer });
  return { command, ticket: sealed.ticket, reply };
}

/** The same of a bulletin and its key list. */
export async function readBulletinVector(vector: BulletinVector): Promise<Record<string, unknown>> {
  const head = await verifyChain(vector.rosters.map(fromHex));
  const { deviceId } = await importDeviceKeys(vector.viewer.keys);
  const hpke = [await importHpkeKeys(vector.viewer.hpke)];
  const offer = { manifest: fromHex(vector.manifest), wrap: fromHex(vector.wrap) };
  const bulletin = await acceptBulletin({ head, deviceId, hpke, mark: undefined, ...offer });
  const { wrap, manifest } = bulletin.at === 'accepted' ? bulletin : { wrap: undefined, manifest: undefined };
  const keys = manifest && (await verifyKeyList(manifest, fromHex(vector.keys)));
  return {
    homeId: head.homeId,
    bulletin: bulletin.at,
    names: wrap?.names.cameras.map((camera) => camera.name).join(','),
    secrets: wrap?.cameras.map((camera) => toHex(camera.secret)).join(','),
    kids: keys?.map(({ kid }) => kid).join(','),
  };
}
