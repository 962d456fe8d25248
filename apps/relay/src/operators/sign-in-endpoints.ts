/** Coming in and going out: by password, by passkey, the first time by a one-use link. */
import * as v from 'valibot';
import { SealcamError, type OperatorMe } from '@sealcam/protocol';
import { networkOf } from '../door/network.ts';
import type { OperatorStore, StoredSession } from '../store/operator-store.ts';
import type { Attempts } from './attempts.ts';
import type { Operators } from './operators.ts';
import type { Passkeys } from './passkeys.ts';
import type { Passwords } from './passwords.ts';
import { endpoint, openEndpoint, type Asked, type Endpoint } from './requests.ts';
import type { Sessions } from './sessions.ts';

export interface SignInParts {
  readonly store: OperatorStore;
  readonly operators: Operators;
  readonly attempts: Attempts;
  readonly passwords: Passwords;
  readonly passkeys: Passkeys;
  readonly sessions: Sessions;
}

const nothing = v.strictObject({});
const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
const code = text(64);
/** Its own library checks the rest; here only that it is small and has the shape of one. */
const credential = v.looseObject({ id: text(1024), rawId: text(1024), type: v.literal('public-key') });
type Made = Parameters<Passkeys['made']>[2];
type Proof = Parameters<Passkeys['proved']>[1];
const made = v.custom<Made>((value) => v.is(credential, value));
const proof = v.custom<Proof>((value) => v.is(credential, value));

export function signInEndpoints(parts: SignInParts): Endpoint[] {
  const { operators, passkeys, passwords, sessions, store } = parts;
  const signIn = async (operatorId: string, { site, setCookie }: Asked): Promise<null> => {
    setCookie(await sessions.start(operatorId, site));
    return null;
  };
  return [
    openEndpoint('sign-in-password', v.strictObject({ name: text(60), password: text(1024) }), async (input, asked) =>
      signIn(await byPassword(parts, input, asked.address), asked),
    ),
    openEndpoint('sign-in-passkey-ask', nothing, (_input, { site }) => passkeys.askOne(site)),
    openEndpoint('sign-in-passkey', v.strictObject({ response: proof }), async ({ response }, asked) =>
      signIn(await passkeys.proved(asked.site, response), asked),
    ),
    openEndpoint('join-look', v.strictObject({ code }), async (input) => {
      const { name, role, endsMs } = await operators.invitation(input.code);
      return { name, role, endsMs };
    }),
    openEndpoint('join-password', v.strictObject({ code, password: text(1024) }), async (input, asked) => {
      await operators.invitation(input.code);
      const hash = await passwords.hash(input.password, networkOf(asked.address));
      return signIn(await operators.join(input.code, { kind: 'password', hash }), asked);
    }),
    openEndpoint('join-passkey-ask', v.strictObject({ code }), async (input, { site }) => {
      const { name } = await operators.invitation(input.code);
      return passkeys.askNew(site, name, `join ${input.code}`, []);
    }),
    openEndpoint('join-passkey', v.strictObject({ code, response: made }), async (input, asked) => {
      await operators.invitation(input.code);
      const passkey = await passkeys.made(asked.site, `join ${input.code}`, input.response);
      return signIn(await operators.join(input.code, passkey), asked);
    }),
    endpoint('me', 'look', nothing, async (_input, { session }) => toMe(session)),
    endpoint('sign-out', 'look', nothing, async (_input, { site, cookies, setCookie }) => {
      setCookie(await sessions.end(site, cookies));
    }),
    endpoint(
      'own-password',
      'look',
      v.strictObject({ old: text(1024), password: text(1024) }),
      async (input, asked) => {
        const { operator, address } = asked;
        // A session left open on a desk must not be enough to stay for ever.
        if (operator.hasPassword) await byPassword(parts, { name: operator.name, password: input.old }, address);
        const hash = await passwords.hash(input.password, networkOf(asked.address));
        await store.addCredential(operator.operatorId, { kind: 'password', hash });
        await operators.note(operator.name, 'changed the password', 'own');
      },
    ),
    endpoint('own-passkey-ask', 'look', nothing, async (_input, { operator, site }) => {
      const have = await store.passkeys(operator.operatorId);
      return passkeys.askNew(site, operator.name, `own ${operator.operatorId}`, have);
    }),
    endpoint('own-passkey', 'look', v.strictObject({ response: made }), async ({ response }, { operator, site }) => {
      const passkey = await passkeys.made(site, `own ${operator.operatorId}`, response);
      await store.addCredential(operator.operatorId, passkey);
      await operators.note(operator.name, 'added a passkey', 'own');
    }),
  ];
}

/** @returns the operator's id */
async function byPassword(
  { attempts, passwords, store }: SignInParts,
  input: { readonly name: string; readonly password: string },
  address: string,
): Promise<string> {
  const wasRight = await attempts.begin(input.name, address);
  const operator = await store.byName(input.name.trim());
  const stored = operator && (await store.password(operator.operatorId));
  const isRight = await passwords.isRight(stored, input.password, networkOf(address));
  if (!isRight || operator === undefined) throw new SealcamError('operator.refused');
  await wasRight();
  return operator.operatorId;
}

function toMe({ operator, endsMs }: StoredSession): OperatorMe {
  const { operatorId, name, role, hasPassword, passkeys } = operator;
  return { operatorId, name, role, hasPassword, passkeys, sessionEndsMs: endsMs };
}
