/** One parser for spoken and typed sentences: what a person said becomes an intent, or the two nearest names. Pure. */
import { findCamera, plain, type Named } from './names.ts';

export type Intent<T extends Named> =
  /** One to four cameras, in the order said. */
  | { readonly do: 'show'; readonly cameras: readonly T[] }
  | { readonly do: 'all' }
  | { readonly do: 'next' }
  | { readonly do: 'previous' }
  | { readonly do: 'home' }
  | { readonly do: 'mute' }
  | { readonly do: 'unmute' }
  /** `camera` undefined: the one on the screen. */
  | { readonly do: 'age'; readonly camera: T | undefined }
  | { readonly do: 'who'; readonly camera: T | undefined }
  | { readonly do: 'help' }
  | { readonly do: 'unknown-name'; readonly heard: string; readonly nearest: readonly T[] }
  | { readonly do: 'unknown'; readonly heard: string };

/** Longer sentences are not meant for a camera. */
const SENTENCE_CHARS = 200;
const SHOWN_AT_ONCE = 4;

type Simple = 'all' | 'next' | 'previous' | 'home' | 'mute' | 'unmute' | 'help';
const SIMPLE: readonly (readonly [Simple, RegExp])[] = [
  ['all', /^(?:show (?:me )?)?(?:all|every|everything)(?: (?:the |my |of the )?(?:cameras?|pictures))?$/],
  ['next', /^(?:show (?:me )?)?(?:the )?next(?: (?:one|camera|picture))?$/],
  [
    'previous',
    /^(?:show (?:me )?)?(?:the )?(?:previous|last|back one|before)(?: (?:one|camera|picture))?$|^(?:go )?back$/,
  ],
  [
    'home',
    /^(?:stop|home|close|exit|hide|go home|home screen|thats enough|thank you|thanks|stop (?:it|that|showing.*|watching.*))$/,
  ],
  ['unmute', /^(?:un ?mute|sound on|turn (?:the )?sound on|turn on (?:the )?sound|listen)(?: it)?$/],
  ['mute', /^(?:mute|sound off|silence|quiet|be quiet|turn (?:the )?sound off|turn off (?:the )?sound)(?: it)?$/],
  ['help', /^(?:help|what can i (?:say|do)|what can you do)$/],
];

const AGE =
  /^(?:how old is|how old|when was|what age is|is) (?:this|that|it|the picture|(?<name>.+?))(?: (?:picture|image|still))?(?: (?:live|old|taken|from))?$/;
const WHO =
  /^who (?:else )?(?:can|may|could|is able to) (?:see|open|watch|view|look at) (?:this|that|it|this picture|this camera|(?<name>.+))$|^who (?:sees|watches|is watching) (?:this|that|it|(?<other>.+))$/;
const SHOW =
  /^(?:(?:please )?(?:can you |could you )?(?:show|open|display|see|watch|view|bring up|pull up|go to|switch to|put on|give|let me see|id like to see|i want to see)(?: me| us)? )(?<name>.+)$/;
const LIVE_HERE = new Set(['this', 'that', 'it', 'picture', 'this picture', 'that picture', 'this camera']);

/** @param cameras those this device may see: no other name is ever offered */
export function parseIntent<T extends Named>(sentence: string, cameras: readonly T[]): Intent<T> {
  const heard = sentence.trim().slice(0, SENTENCE_CHARS);
  const words = plain(heard)
    .replace(/^(?:ok |okay |hey )?(?:sealcam )?(?:please )?/, '')
    .replace(/ please$/, '');
  if (words === '' || sentence.length > SENTENCE_CHARS) return { do: 'unknown', heard };

  // A camera that is called "Home" or "Next" is still a camera when it is asked for with "show".
  const asked = SHOW.exec(words)?.groups?.['name'];
  if (asked !== undefined && exactly(asked, cameras) !== undefined) return show(asked, cameras);
  for (const [intent, pattern] of SIMPLE) if (pattern.test(words)) return { do: intent };

  const who = WHO.exec(words);
  if (who !== null) return about('who', who.groups?.['name'] ?? who.groups?.['other'], cameras);
  const age = AGE.exec(words);
  if (age !== null) return about('age', age.groups?.['name'], cameras);
  if (asked !== undefined) return show(asked, cameras);

  // A name alone is enough.
  const alone = show(words, cameras);
  return alone.do === 'show' ? alone : { do: 'unknown', heard };
}

function exactly<T extends Named>(said: string, cameras: readonly T[]): T | undefined {
  const matching = cameras.filter((camera) => plain(camera.name) === plain(said).replace(/^(?:the|my) /, ''));
  return matching.length === 1 ? matching[0] : undefined;
}

function about<T extends Named>(what: 'age' | 'who', said: string | undefined, cameras: readonly T[]): Intent<T> {
  if (said === undefined || LIVE_HERE.has(said)) return { do: what, camera: undefined };
  const match = findCamera(said, cameras);
  return match.found === 'one'
    ? { do: what, camera: match.camera }
    : { do: 'unknown-name', heard: said, nearest: match.nearest };
}

function show<T extends Named>(said: string, cameras: readonly T[]): Intent<T> {
  // The whole first: a camera may be called "Cats and dogs".
  const whole = findCamera(said, cameras);
  if (whole.found === 'one') return { do: 'show', cameras: [whole.camera] };
  const parts = said.split(/ (?:and|with|plus|und|then) /).filter((part) => part !== '');
  if (parts.length < 2) return { do: 'unknown-name', heard: said, nearest: whole.nearest };
  const chosen: T[] = [];
  for (const part of parts.slice(0, SHOWN_AT_ONCE)) {
    const match = findCamera(part, cameras);
    if (match.found === 'none') return { do: 'unknown-name', heard: part, nearest: match.nearest };
    if (!chosen.includes(match.camera)) chosen.push(match.camera);
  }
  return { do: 'show', cameras: chosen };
}
