/** Passkeys of operators (WebAuthn): what is asked of the browser, and what its answer proves. */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { fromBase64Url, SealcamError, toBase64Url } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import { Challenges } from './challenges.ts';
import type { Credential, OperatorStore, StoredPasskey } from '../store/operator-store.ts';

type Registration = Parameters<typeof verifyRegistrationResponse>[0]['response'];
type Authentication = Parameters<typeof verifyAuthenticationResponse>[0]['response'];

/** Where the browser is: scheme, host and port of the page, checked against the request's `Host` already. */
export interface Site {
  readonly origin: string;
  /** Its host name: what a passkey is bound to. */
  readonly host: string;
}

/** EdDSA, ES256, RS256: what authenticators have. The library’s own list asks the runtime for algorithms it only tries out. */
const ALGORITHMS = [-8, -7, -257];

export class Passkeys {
  readonly #store: OperatorStore;
  readonly #challenges: Challenges;

  constructor(store: OperatorStore, clock: Clock) {
    this.#store = store;
    this.#challenges = new Challenges(clock);
  }

  /** @param about whose it will be: an answer to it is taken for the same one only */
  async askNew(site: Site, name: string, about: string, have: readonly StoredPasskey[]) {
    const options = await generateRegistrationOptions({
      rpName: 'Sealcam operators',
      rpID: site.host,
      userName: name,
      userDisplayName: name,
      attestationType: 'none',
      supportedAlgorithmIDs: ALGORITHMS,
      excludeCredentials: have.map(({ credentialId }) => ({ id: credentialId })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      challenge: this.#challenges.make(`new ${about}`),
    });
    return options;
  }

  /** @throws {SealcamError} `operator.passkey` */
  async made(site: Site, about: string, response: Registration): Promise<Credential> {
    const { registrationInfo } = await refusing(() =>
      verifyRegistrationResponse({
        response,
        expectedChallenge: (challenge) => this.#challenges.isGood(challenge, `new ${about}`),
        expectedOrigin: site.origin,
        expectedRPID: site.host,
        supportedAlgorithmIDs: ALGORITHMS,
        requireUserVerification: true,
      }),
    );
    if (registrationInfo === undefined || !this.#challenges.use(challengeOf(response)))
      throw new SealcamError('operator.passkey');
    const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
    return {
      kind: 'passkey',
      credentialId: id,
      rpId: site.host,
      publicKey: toBase64Url(publicKey),
      counter,
      transports: transports.filter((each) => /^[a-z-]{1,20}$/.test(each)).slice(0, 8),
    };
  }

  /** Names nobody: the browser offers what it has for this host. */
  async askOne(site: Site) {
    return await generateAuthenticationOptions({
      rpID: site.host,
      userVerification: 'required',
      challenge: this.#challenges.make('sign in'),
    });
  }

  /**
   * @returns the operator's id
   * @throws {SealcamError} `operator.passkey`, `operator.refused` for one that this relay does not know
   */
  async proved(site: Site, response: Authentication): Promise<string> {
    const known = await this.#store.passkey(response.id);
    if (known === undefined) throw new SealcamError('operator.refused');
    const { verified, authenticationInfo } = await refusing(() =>
      verifyAuthenticationResponse({
        response,
        expectedChallenge: (challenge) => this.#challenges.isGood(challenge, 'sign in'),
        expectedOrigin: site.origin,
        expectedRPID: known.rpId,
        requireUserVerification: true,
        credential: {
          id: known.credentialId,
          publicKey: new Uint8Array(fromBase64Url(known.publicKey)),
          counter: known.counter,
        },
      }),
    );
    if (!verified || !this.#challenges.use(challengeOf(response))) throw new SealcamError('operator.passkey');
    // A counter that does not rise is a copied authenticator.
    const isFresh = await this.#store.raiseCounter(known.credentialId, authenticationInfo.newCounter);
    if (!isFresh) throw new SealcamError('operator.passkey', 'counter');
    return known.operatorId;
  }
}

/** Of an answer that was verified already: what its browser signed says which challenge it was. */
function challengeOf({ response }: Registration | Authentication): string {
  const text = new TextDecoder().decode(fromBase64Url(response.clientDataJSON));
  return String((JSON.parse(text) as { readonly challenge?: unknown }).challenge);
}

/** Whatever is wrong with bytes from a browser is one refusal. */
async function refusing<T>(verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    throw new SealcamError('operator.passkey', undefined, { cause: error });
  }
}
