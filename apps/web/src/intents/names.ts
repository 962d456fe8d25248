/** Finds the camera a person means: spoken, mistyped or half said. Pure. */
import { distance } from 'fastest-levenshtein';

export interface Named {
  readonly id: string;
  readonly name: string;
  readonly room: string;
}

export type Found<T extends Named> =
  | { readonly found: 'one'; readonly camera: T }
  /** At most two, nearest first: to be offered, never guessed. */
  | { readonly found: 'none'; readonly nearest: readonly T[] };

/** Above this part of the letters wrong, it is another word. */
const TOLERANCE = 0.34;
/** Two names so close to what was said that choosing would be a guess. */
const MARGIN = 0.08;
const FILLERS = new Set([
  'the',
  'a',
  'an',
  'my',
  'our',
  'camera',
  'cameras',
  'cam',
  'picture',
  'please',
  'of',
  'in',
  'at',
  'from',
]);

/** Lower case, no accents, no punctuation, single blanks: what two spellings of one name share. */
export function plain(words: string): string {
  return words
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/['’]/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function bare(words: string): string {
  const kept = plain(words)
    .split(' ')
    .filter((word) => !FILLERS.has(word));
  return kept.length === 0 ? plain(words) : kept.join(' ');
}

/** 0 the same, 1 nothing in common. */
export function strangeness(said: string, name: string): number {
  const a = bare(said);
  const b = bare(name);
  if (a === '' || b === '') return 1;
  if (a === b) return plain(said) === plain(name) ? 0 : 0.01;
  const whole = distance(a, b) / Math.max(a.length, b.length);
  // "door" for "Front door", "yard" for "Back yard": a whole word of the name, said alone.
  const words = b.split(' ');
  const part = a.split(' ').every((word) => words.includes(word)) ? 0.1 + 0.1 * (1 - a.length / b.length) : 1;
  return Math.min(whole, part);
}

/**
 * @param said what stood where a name was expected
 * @returns one camera only when it is near enough and clearly nearer than any other
 */
export function findCamera<T extends Named>(said: string, cameras: readonly T[]): Found<T> {
  const ranked = cameras
    .map((camera) => ({
      camera,
      far: Math.min(strangeness(said, camera.name), strangeness(said, `${camera.room} ${camera.name}`)),
    }))
    .sort((a, b) => a.far - b.far);
  const [best, next] = ranked;
  const nearest = ranked.slice(0, 2).map(({ camera }) => camera);
  if (best === undefined || best.far > TOLERANCE) return { found: 'none', nearest };
  const exact = best.far === 0 && next?.far !== 0;
  const clear = next === undefined || next.far - best.far >= MARGIN;
  return exact || clear ? { found: 'one', camera: best.camera } : { found: 'none', nearest };
}
