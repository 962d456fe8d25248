/**
 * Every suspension and every lifting once more, beside the store: `suspensions.log`, a JSON line each, appended and never rewritten. A
 * store that is put back to an older copy loses rows; this file says which. `sealcam restore` carries it over.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SealcamError } from '@sealcam/protocol';
import { checkedTarget, type Suspension } from '../suspensions/suspension.ts';

const FORMAT = 1;
const ID = /^[0-9a-f]{32}$/;

export function journalFile(folder: string): string {
  return join(folder, 'suspensions.log');
}

export class SuspensionJournal {
  readonly #file: string;
  /** The last that was said of each. */
  readonly #last: Map<string, Suspension>;
  /** Ends a line that a power cut left half written. */
  #front: '' | '\n';

  /** @param folder `<data>/relay` */
  constructor(folder: string) {
    this.#file = journalFile(folder);
    const text = readText(this.#file);
    this.#last = new Map(parseJournal(text).map((suspension) => [suspension.id, suspension]));
    this.#front = text === '' || text.endsWith('\n') ? '' : '\n';
  }

  /** Newest first, as far as this file knows: lifted ones are not in it. */
  get active(): readonly Suspension[] {
    return [...this.#last.values()].filter(({ lifted }) => lifted === undefined).toSorted((a, b) => b.atMs - a.atMs);
  }

  /** On disk when it returns. What is there already is not written again. */
  note(suspension: Suspension): void {
    const known = this.#last.get(suspension.id);
    if (known !== undefined && (known.lifted !== undefined) === (suspension.lifted !== undefined)) return;
    const file = openSync(this.#file, 'a', 0o600);
    try {
      writeSync(file, `${this.#front}${line(suspension)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.#front = '';
    this.#last.set(suspension.id, suspension);
  }
}

export function line(suspension: Suspension): string {
  return JSON.stringify({ v: FORMAT, suspension });
}

/** In the order in which they were written; what is no line of this format is left out. */
export function parseJournal(text: string): Suspension[] {
  return text.split('\n').flatMap((each) => {
    try {
      const { v, suspension } = JSON.parse(each) as { v?: unknown; suspension?: unknown };
      const checked = v === FORMAT ? checkedSuspension(suspension) : undefined;
      return checked === undefined ? [] : [checked];
    } catch {
      return [];
    }
  });
}

/** One that was read back from a file. @returns undefined when it is none */
export function checkedSuspension(value: unknown): Suspension | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, target, cause, by, reason, incidentId, atMs, lifted } = value as Partial<Suspension>;
  if (typeof id !== 'string' || !ID.test(id) || typeof atMs !== 'number') return undefined;
  if (typeof by !== 'string' || typeof reason !== 'string' || (cause !== 'operator' && cause !== 'policy'))
    return undefined;
  try {
    return {
      ...{ id, target: checkedTarget(target as Suspension['target']), cause, by, reason, atMs },
      ...(typeof incidentId === 'string' && { incidentId }),
      ...(lifted !== undefined && { lifted }),
    };
  } catch (error) {
    if (error instanceof SealcamError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
