/**
 * Whether the agent sealed a frame: its signed word, which the relay asks for when an incident names its home as the owner. Only the
 * agent counts what it sealed, so only its word can say that a key id was put on bytes that are not its own.
 *
 *   "sealcam/1 sealed" ‖ homeId ‖ KID 8 ‖ CTR u64 ‖ answer u8 ‖ timeMs u64 ‖ sig
 */
import { homeId, keyId, millis, Reader, SealcamError, Writer } from '@sealcam/protocol';
import type { HomeId, KeyId, Millis } from '@sealcam/protocol';
import { readId, words, writeId } from './codec.ts';
import { splitSigned, verifySignature } from './signature.ts';
import { agentOf, type Head } from './verify-roster.ts';

/** unknown: a key id of another run, or of longer ago than it keeps. */
export type WasSealed = 'yes' | 'no' | 'unknown';

export interface SealedAnswer {
  readonly homeId: HomeId;
  readonly kid: KeyId;
  readonly ctr: number;
  readonly answer: WasSealed;
  /** The agent's clock. */
  readonly timeMs: Millis;
}

const LABEL = 'sealcam/1 sealed';
const ANSWERS = words<WasSealed>({ no: 0, yes: 1, unknown: 2 });

/** All but the signature. */
export function encodeSealedAnswer({ homeId: home, kid, ctr, answer, timeMs }: SealedAnswer): Uint8Array<ArrayBuffer> {
  const writer = writeId(writeId(new Writer().label(LABEL), home), kid).u64(ctr);
  return ANSWERS.write(writer, answer).u64(timeMs).finish();
}

/** Without any check of the signature. @param body all but the signature. @throws {CodecError} */
export function decodeSealedAnswer(body: Uint8Array): SealedAnswer {
  const reader = new Reader(body);
  reader.label(LABEL);
  const answer = {
    homeId: readId(reader, homeId),
    kid: readId(reader, keyId, 8),
    ctr: reader.u64(),
    answer: ANSWERS.read(reader),
    timeMs: millis(reader.u64()),
  };
  reader.end();
  return answer;
}

/**
 * Signature of the head's agent, home, key id and counter.
 * @throws {SealcamError} `codec.malformed` or `auth.refused`
 */
export async function verifySealedAnswer(
  head: Head,
  asked: { readonly kid: string; readonly ctr: number },
  bytes: Uint8Array,
): Promise<SealedAnswer> {
  const { body, signature } = splitSigned(Uint8Array.from(bytes));
  const answer = decodeSealedAnswer(body);
  if (answer.homeId !== head.homeId || answer.kid !== asked.kid || answer.ctr !== asked.ctr)
    throw new SealcamError('auth.refused', 'an answer to another question');
  if (!(await verifySignature(agentOf(head).sigPub, body, signature)))
    throw new SealcamError('auth.refused', 'not by the agent');
  return answer;
}
