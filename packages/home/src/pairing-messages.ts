/**
 * What the two sides of a pairing post to each other through the mailbox (`post` and `mail` bodies). None of it is believed before
 * `pairing-qr.ts` or `pairing-digits.ts` checked it: the relay can write all of these.
 *
 *   hello   D→A  sigPub ‖ hpkePub ‖ pop 64 ‖ wish                                  QR
 *   chain   A→D  n u16 ‖ n × { u32 length, signed roster }                         both, as often as it takes
 *   offer   A→D  home ‖ sig 64 ‖ mac 32                                            QR
 *   commit  D→A  C 32                                                              digits
 *   answer  A→D  home ‖ nonce 16                                                   digits
 *   reveal  D→A  sigPub ‖ hpkePub ‖ nonce 16 ‖ wish                                digits
 *   press   D→A  sig 64                                                            both
 *   welcome A→D  as chain: what follows the head, the last one with D in it        both
 *   failed  any  code                                                              both; ends it, proves nothing
 *   wish = kind u8 ‖ name text16 ‖ sig 64, or where a model or a route is declared kind + 0x80 ‖ name ‖ model text16 ‖ route text16 ‖ sig 64
 *   home = sigPub ‖ epoch u64 ‖ homeName text16 ‖ sig 64
 */
import { epoch, isErrorCode, LIMITS, Reader, Writer, type Epoch, type ErrorCode } from '@sealcam/protocol';
import { readCopy, readList, readText, words, writeExactly, writeList, writeText } from './codec.ts';
import { readRosterBytes, writeRosterBytes } from './commands.ts';
import { HASH_BYTES } from './digest.ts';
import {
  NAME_CHARS,
  readDeclared,
  readKind,
  writeDeclared,
  writeKind,
  type Declared,
  type MemberKind,
} from './names.ts';
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from './signature.ts';

/** D's own idea of what it is and is called. */
export interface Wish extends Declared {
  readonly kind: MemberKind;
  readonly name: string;
}

/** Signed so that a relay cannot change it. */
export interface SignedWish extends Wish {
  readonly signature: Uint8Array;
}

/** D's public halves. */
export interface DevicePublic {
  readonly sigPub: Uint8Array;
  readonly hpkePub: Uint8Array;
}

/** What A tells of itself and the home, beside the chain. */
export interface HomeWords {
  readonly sigPub: Uint8Array;
  readonly epoch: Epoch;
  readonly homeName: string;
  readonly nameSignature: Uint8Array;
}

export type PairingMessage =
  | ({ readonly is: 'hello'; readonly pop: Uint8Array; readonly wish: SignedWish } & DevicePublic)
  | { readonly is: 'chain'; readonly rosters: readonly Uint8Array[] }
  | ({ readonly is: 'offer'; readonly signature: Uint8Array; readonly mac: Uint8Array } & HomeWords)
  | { readonly is: 'commit'; readonly commitment: Uint8Array }
  | ({ readonly is: 'answer'; readonly nonce: Uint8Array } & HomeWords)
  | ({ readonly is: 'reveal'; readonly nonce: Uint8Array; readonly wish: SignedWish } & DevicePublic)
  | { readonly is: 'press'; readonly signature: Uint8Array }
  | { readonly is: 'welcome'; readonly rosters: readonly Uint8Array[] }
  | { readonly is: 'failed'; readonly code: ErrorCode };

export const PAIRING_NONCE_BYTES = 16;

const KIND = words<PairingMessage['is']>({
  hello: 1,
  chain: 2,
  offer: 3,
  commit: 4,
  answer: 5,
  reveal: 6,
  press: 7,
  welcome: 8,
  failed: 9,
});
const CODE_CHARS = 64;
/** Nobody is known yet on that socket, so a message stays well below `LIMITS.firstMessageBytes` as base64 inside JSON. */
const CHAIN_PART_BYTES = 96 * 1024;

/** One `post` body. @throws {CodecError} */
export function encodePairingMessage(message: PairingMessage): Uint8Array<ArrayBuffer> {
  const writer = KIND.write(new Writer(), message.is);
  switch (message.is) {
    case 'hello':
      writeSignedWish(writeExactly(writePublic(writer, message), message.pop, SIGNATURE_BYTES), message.wish);
      break;
    case 'chain':
    case 'welcome':
      writeList(writer, message.rosters, LIMITS.rosterChainLength, writeRosterBytes);
      break;
    case 'offer':
      writeExactly(
        writeExactly(writeHomeWords(writer, message), message.signature, SIGNATURE_BYTES),
        message.mac,
        HASH_BYTES,
      );
      break;
    case 'commit':
      writeExactly(writer, message.commitment, HASH_BYTES);
      break;
    case 'answer':
      writeExactly(writeHomeWords(writer, message), message.nonce, PAIRING_NONCE_BYTES);
      break;
    case 'reveal':
      writeSignedWish(writeExactly(writePublic(writer, message), message.nonce, PAIRING_NONCE_BYTES), message.wish);
      break;
    case 'press':
      writeExactly(writer, message.signature, SIGNATURE_BYTES);
      break;
    case 'failed':
      writeText(writer, message.code, CODE_CHARS);
  }
  return writer.finish();
}

/** @throws {CodecError} */
export function decodePairingMessage(bytes: Uint8Array): PairingMessage {
  const reader = new Reader(bytes);
  const message = readMessage(reader);
  reader.end();
  return message;
}

/** The chain in as many messages as the mailbox's bounds ask for. */
export function chainMessages(rosters: readonly Uint8Array[]): Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array[][] = [];
  let room = 0;
  for (const roster of rosters) {
    const part = parts.at(-1);
    if (part === undefined || roster.length > room || part.length >= LIMITS.rosterChainLength) {
      parts.push([roster]);
      room = CHAIN_PART_BYTES - roster.length;
    } else {
      part.push(roster);
      room -= roster.length;
    }
  }
  return parts.map((part) => encodePairingMessage({ is: 'chain', rosters: part }));
}

function readMessage(reader: Reader): PairingMessage {
  const is = KIND.read(reader);
  switch (is) {
    case 'hello':
      return { is, ...readPublic(reader), pop: readCopy(reader, SIGNATURE_BYTES), wish: readWish(reader) };
    case 'chain':
    case 'welcome':
      return { is, rosters: readList(reader, LIMITS.rosterChainLength, readRosterBytes) };
    case 'offer':
      return {
        is,
        ...readHomeWords(reader),
        signature: readCopy(reader, SIGNATURE_BYTES),
        mac: readCopy(reader, HASH_BYTES),
      };
    case 'commit':
      return { is, commitment: readCopy(reader, HASH_BYTES) };
    case 'answer':
      return { is, ...readHomeWords(reader), nonce: readCopy(reader, PAIRING_NONCE_BYTES) };
    case 'reveal':
      return { is, ...readPublic(reader), nonce: readCopy(reader, PAIRING_NONCE_BYTES), wish: readWish(reader) };
    case 'press':
      return { is, signature: readCopy(reader, SIGNATURE_BYTES) };
    case 'failed': {
      const code = readText(reader, CODE_CHARS);
      return { is, code: isErrorCode(code) ? code : 'pair.refused' };
    }
  }
}

function writePublic(writer: Writer, { sigPub, hpkePub }: DevicePublic): Writer {
  return writeExactly(writeExactly(writer, sigPub, PUBLIC_KEY_BYTES), hpkePub, PUBLIC_KEY_BYTES);
}

function readPublic(reader: Reader): DevicePublic {
  return { sigPub: readCopy(reader, PUBLIC_KEY_BYTES), hpkePub: readCopy(reader, PUBLIC_KEY_BYTES) };
}

function writeSignedWish(writer: Writer, wish: SignedWish): Writer {
  return writeExactly(writeWish(writer, wish), wish.signature, SIGNATURE_BYTES);
}

/** The part that is signed. */
export function writeWish(writer: Writer, wish: Wish): Writer {
  return writeDeclared(writeText(writeKind(writer, wish), wish.name, NAME_CHARS), wish);
}

function readWish(reader: Reader): SignedWish {
  const { kind, more } = readKind(reader);
  const name = readText(reader, NAME_CHARS);
  return { kind, name, ...readDeclared(reader, more), signature: readCopy(reader, SIGNATURE_BYTES) };
}

function writeHomeWords(writer: Writer, home: HomeWords): Writer {
  writeText(writeExactly(writer, home.sigPub, PUBLIC_KEY_BYTES).u64(home.epoch), home.homeName, NAME_CHARS);
  return writeExactly(writer, home.nameSignature, SIGNATURE_BYTES);
}

function readHomeWords(reader: Reader): HomeWords {
  return {
    sigPub: readCopy(reader, PUBLIC_KEY_BYTES),
    epoch: epoch(reader.u64()),
    homeName: readText(reader, NAME_CHARS),
    nameSignature: readCopy(reader, SIGNATURE_BYTES),
  };
}
