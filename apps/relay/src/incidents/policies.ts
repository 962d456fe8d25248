/** The policy in force: read from the store, changed by a named person, each version kept. */
import { SealcamError } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import type { IncidentStore } from '../store/incident-store.ts';
import { DEFAULT_RULES, parseRules, type Policy } from './policy.ts';

const HISTORY = 50;
const BUILT_IN: Policy = { version: 0, atMs: 0, by: 'sealcam', rules: DEFAULT_RULES };

export class Policies {
  readonly #store: IncidentStore;
  readonly #clock: Clock;

  constructor(store: IncidentStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The one in force; the built-in one before the first change. @throws {SealcamError} the store's faults */
  async get(): Promise<Policy> {
    return (await this.#store.policy()) ?? BUILT_IN;
  }

  /** What was in force before, newest first, the built-in one last. */
  async history(): Promise<Policy[]> {
    return [...(await this.#store.policies(HISTORY)), BUILT_IN];
  }

  /**
   * @param rules as JSON has them, in order; `[]` follows nothing by itself
   * @param by a person's name, 1 to 80 characters
   * @throws {SealcamError} `config.invalid` (says where), `command.invalid` (nobody's name), `roster.stale` (somebody else just changed it)
   */
  async set(rules: unknown, by: string): Promise<Policy> {
    const name = by.trim();
    if (name === '' || name.length > 80) throw new SealcamError('command.invalid', 'who changes the policy');
    const { version } = await this.get();
    const next: Policy = { version: version + 1, atMs: this.#clock.wallMs(), by: name, rules: parseRules(rules) };
    if (!(await this.#store.putPolicy(next))) throw new SealcamError('roster.stale', 'the policy was just changed');
    return next;
  }
}
