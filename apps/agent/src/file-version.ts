/**
 * The version of a file of the agent's: a number in it, `version`; the very first formats have none. A format gets the next number
 * when it changes in any way, and a step that makes a file of the version before into one of it.
 */
import { SealcamError } from '@sealcam/protocol';

/** What a file of one version says, as the next version says it. */
export type Upgrade = (older: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

export interface Versioned {
  /** In the newest format, not yet checked. */
  readonly value: unknown;
  /** That it was found in. */
  readonly found: number;
}

/**
 * @param name of the file, for words
 * @param upgrades the first makes version 2 of version 1, and so on: the newest version is one more than there are
 * @throws {SealcamError} `store.newer`, `store.corrupt`
 */
export function upgraded(value: unknown, name: string, upgrades: readonly Upgrade[] = []): Versioned {
  const found = versionOf(value, name);
  const newest = upgrades.length + 1;
  if (found > newest) throw new SealcamError('store.newer', `The file ${name} is of version ${found}.`);
  const steps = upgrades.slice(found - 1);
  return { found, value: steps.reduce((older, step) => step(older as Readonly<Record<string, unknown>>), value) };
}

function versionOf(value: unknown, name: string): number {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SealcamError('store.corrupt', name);
  const version = 'version' in value ? value.version : 1;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1)
    throw new SealcamError('store.corrupt', name);
  return version;
}
