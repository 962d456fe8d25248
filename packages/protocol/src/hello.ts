/**
 * How two programs of different versions meet on a socket. Versions are agreed on before anything else is said, and within one both sides
 * are strict: an unknown message or field is a fault. So that a version can be refused with words, a few shapes never change: `challenge`
 * whole, of `auth` and of the first message of a pairing the field `version`, and `error` whole (docs/protocol.md, "Versions").
 */
import * as v from 'valibot';
import type { ErrorCode } from './errors.ts';
import { LIMITS, PROTOCOL_VERSION } from './limits.ts';

/** This Sealcam, for people; nothing is decided by it. */
export const PROGRAM_VERSION = '0.1.0';

/** Who talks to a relay. */
export type Client = 'page' | 'agent';

/** Seen from the relay: which side is to be updated. @returns undefined when they understand each other */
export function versionRefusal(client: Client, version: number): ErrorCode | undefined {
  if (version === PROTOCOL_VERSION) return undefined;
  return version < PROTOCOL_VERSION ? `protocol.${client}-old` : 'protocol.relay-old';
}

/** Seen from the client, by the versions of the relay's challenge. @returns undefined when they understand each other */
export function relayRefusal(own: Client, relaySpeaks: readonly number[]): ErrorCode | undefined {
  if (relaySpeaks.includes(PROTOCOL_VERSION)) return undefined;
  return relaySpeaks.every((version) => version < PROTOCOL_VERSION) ? 'protocol.relay-old' : `protocol.${own}-old`;
}

/** Version 1 knows one code for all that is about versions. */
export function codeKnownTo(version: number, code: ErrorCode): ErrorCode {
  return version < 2 && isVersionCode(code) ? 'protocol.version' : code;
}

/**
 * What the relay answered to the first message of a pairing, in which a client says its version. A relay of version 1 does not know
 * the field, and takes the message for damaged.
 */
export function firstAnswer(code: ErrorCode): ErrorCode {
  return code === 'codec.malformed' ? 'protocol.relay-old' : code;
}

const VERSION_CODES: readonly ErrorCode[] = [
  'protocol.version',
  'protocol.page-old',
  'protocol.agent-old',
  'protocol.relay-old',
];

/** Whether trying again soon is of no use: somebody has to update, or reload. */
export function isVersionCode(code: string | undefined): boolean {
  return VERSION_CODES.some((each) => each === code);
}

const Hello = v.looseObject({ version: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 1) });

/**
 * The version that the first message of a client says; 1 where it says none, as the first pairings did.
 * @returns undefined for what is no message of any version
 */
export function helloVersion(text: string): number | undefined {
  if (text.length > LIMITS.firstMessageBytes) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return undefined;
    const hello = v.safeParse(Hello, value);
    return hello.success ? hello.output.version : undefined;
  } catch {
    return undefined;
  }
}
