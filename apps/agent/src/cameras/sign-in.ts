/** One sign-in at a camera: what it asked for last, and the answer to that for each request. RTSP and the HTTP of a tunnel do it alike. */
import { randomBytes } from 'node:crypto';
import { SealcamError } from '@sealcam/protocol';
import type { Credentials } from './address.ts';
import { authorization, parseChallenges, type Challenge } from './digest.ts';
import type { RtspHeaders } from './rtsp-message.ts';

/** A request may be sent anew with a fresh nonce, and once more where the camera calls that one stale. */
const MAX_SIGN_INS = 2;

export class SignIn {
  readonly #credentials: Credentials | undefined;
  #challenge: Challenge | undefined;
  #nonceUses = 0;

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  /**
   * A request was answered with 401.
   * @param before how often this very request was signed already
   * @throws {SealcamError} `rtsp.password` where there is nothing we could answer, or the answer was refused
   */
  challenged(headers: RtspHeaders, before: number): void {
    const challenge = parseChallenges(headers.get('www-authenticate') ?? [])[0];
    if (challenge === undefined) throw new SealcamError('rtsp.password', 'no way to sign in that Sealcam knows');
    if (this.#credentials === undefined)
      throw new SealcamError('rtsp.password', 'the camera wants a user and a password');
    this.#challenge = challenge;
    this.#nonceUses = 0;
    const again = before === 0 || (challenge.scheme === 'digest' && challenge.stale);
    if (!again || before >= MAX_SIGN_INS) throw new SealcamError('rtsp.password');
  }

  /** The Authorization header's value; undefined where the camera has not asked for one. */
  authorization(method: string, uri: string): string | undefined {
    if (this.#challenge === undefined || this.#credentials === undefined) return undefined;
    this.#nonceUses += 1;
    const request = { method, uri, cnonce: randomBytes(16).toString('hex'), count: this.#nonceUses };
    return authorization(this.#challenge, this.#credentials, request);
  }
}
