/**
 * The people who run this relay: who they are, how they come in, and what each did. The first comes by a one-use link from the
 * terminal. An operator is nobody's viewer: nothing here knows a key, a member or a grant.
 */
import { createHash, randomBytes } from 'node:crypto';
import { OPERATOR_ROLES, SealcamError, type OperatorRole, type OperatorView } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { Credential, OperatorStore, StoredInvitation } from '../store/operator-store.ts';

const INVITATION_MS = 24 * 3_600_000;

export class Operators {
  readonly #store: OperatorStore;
  readonly #clock: Clock;

  constructor(store: OperatorStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * @param by who invites; 'terminal' for somebody at the relay's own machine
   * @returns a code that is good for one day and one operator
   * @throws {SealcamError} `operator.taken`, `command.invalid`
   */
  async invite(input: { readonly name: string; readonly role: OperatorRole; readonly by: string }): Promise<string> {
    const name = checkedName(input.name);
    if (!OPERATOR_ROLES.includes(input.role)) throw new SealcamError('command.invalid', 'role');
    if ((await this.#store.byName(name)) !== undefined) throw new SealcamError('operator.taken');
    const code = randomBytes(24).toString('base64url');
    const endsMs = this.#clock.wallMs() + INVITATION_MS;
    await this.#store.addInvitation(codeHash(code), { name, role: input.role, by: input.by, endsMs });
    await this.note(input.by, 'invited', `${name} (${input.role})`);
    return code;
  }

  /** Oldest first. */
  list(): Promise<OperatorView[]> {
    return this.#store.list();
  }

  /**
   * Its sessions end at once.
   * @throws {SealcamError} `operator.unknown`; `operator.last` when others would remain of whom none may lift
   */
  async remove(name: string, by: string): Promise<void> {
    const operator = await this.#named(name);
    told(await this.#store.remove(operator.operatorId));
    await this.note(by, 'removed', operator.name);
  }

  /** @throws {SealcamError} `operator.unknown`, `operator.last` */
  async setRole(name: string, role: OperatorRole, by: string): Promise<void> {
    const operator = await this.#named(name);
    told(await this.#store.setRole(operator.operatorId, role));
    await this.note(by, 'role', `${operator.name} (${role})`);
  }

  /** @throws {SealcamError} `operator.invitation` */
  async invitation(code: string): Promise<StoredInvitation> {
    const found = await this.#store.invitation(codeHash(code), this.#clock.wallMs());
    if (found === undefined) throw new SealcamError('operator.invitation');
    return found;
  }

  /**
   * Uses an invitation up.
   * @returns the new operator's id
   * @throws {SealcamError} `operator.invitation`, `operator.taken`
   */
  async join(code: string, credential: Credential): Promise<string> {
    const { name } = await this.invitation(code);
    const operatorId = randomBytes(16).toString('hex');
    const outcome = await this.#store.join(codeHash(code), operatorId, credential, this.#clock.wallMs());
    if (outcome === 'unknown') throw new SealcamError('operator.invitation');
    if (outcome === 'taken') throw new SealcamError('operator.taken');
    await this.note(name, 'joined', credential.kind);
    return operatorId;
  }

  /** Writes down what somebody did. */
  async note(by: string, what: string, about: string): Promise<void> {
    const act = { atMs: this.#clock.wallMs(), by, what, about: about.slice(0, 500) };
    await this.#store.addAct(randomBytes(16).toString('hex'), act);
  }

  async #named(name: string): Promise<OperatorView> {
    const operator = await this.#store.byName(name);
    if (operator === undefined) throw new SealcamError('operator.unknown');
    return operator;
  }
}

/** @throws {SealcamError} `command.invalid` */
function checkedName(name: string): string {
  const clean = name.normalize('NFKC').trim();
  // Letters of any script, digits and what is in names; nothing that could look like something else in a log.
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._@'-]{0,59}$/u.test(clean)) throw new SealcamError('command.invalid', 'name');
  return clean;
}

function codeHash(code: string): string {
  return createHash('sha256').update('sealcam/1 operator invitation\0').update(code).digest('hex');
}

function told(outcome: 'done' | 'unknown' | 'last'): void {
  if (outcome === 'unknown') throw new SealcamError('operator.unknown');
  if (outcome === 'last') throw new SealcamError('operator.last');
}
