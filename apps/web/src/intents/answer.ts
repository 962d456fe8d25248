/** One sentence in answer to an intent, shown and, if sound is on, spoken. Pure. */
import type { BoxState } from '../words/picture-words.ts';
import { counted, listed, longAge } from '../words/ages.ts';
import { pictureWords } from '../words/picture-words.ts';
import type { Named } from './names.ts';
import type { Intent } from './parse-intent.ts';

export interface AnswerContext<T extends Named> {
  readonly cameras: readonly T[];
  /** The camera on the screen, if one is. */
  readonly current: T | undefined;
  /** As its box says now; undefined where it is not on the screen. */
  stateOf(camera: T): { readonly state: BoxState; readonly stillAgeMs: number | undefined } | undefined;
  /** Names of the members that can open it, this one included. */
  whoSees(camera: T): readonly string[];
  readonly nowMs: number;
}

export function answer<T extends Named>(intent: Intent<T>, context: AnswerContext<T>): string {
  const { cameras, current } = context;
  switch (intent.do) {
    case 'show':
      return `${listed(intent.cameras.map(({ name }) => name))}.`;
    case 'all':
      return cameras.length === 0
        ? 'There is no camera this display may see yet.'
        : `${counted(cameras.length, 'camera')}.`;
    case 'next':
    case 'previous':
      return cameras.length === 0 ? 'There is no camera this display may see yet.' : '';
    case 'home':
      return '';
    case 'mute':
      return 'Sound is off.';
    case 'unmute':
      return current === undefined ? 'Open a camera first, then sound can be on.' : 'Sound is on.';
    case 'age':
      return ageSentence(intent.camera ?? current, context);
    case 'who':
      return whoSentence(intent.camera ?? current, context);
    case 'help':
      return `Say "show ${cameras[0]?.name ?? 'the front door'}", "all cameras", "next", "how old is this picture" or "stop".`;
    case 'unknown-name':
      return nearestSentence(intent.heard, intent.nearest);
    case 'unknown':
      return `I did not understand "${intent.heard}". Try "show ${cameras[0]?.name ?? 'the front door'}".`;
  }
}

function nearestSentence(heard: string, nearest: readonly Named[]): string {
  const none = `There is no camera called "${heard}" here.`;
  if (nearest.length === 0) return none;
  const question = `Did you mean ${listed(nearest.map(placed(nearest)), 'or')}?`;
  return hasNamesakes(nearest) ? question : `${none} ${question}`;
}

function hasNamesakes(cameras: readonly Named[]): boolean {
  return new Set(cameras.map(({ name }) => name)).size < cameras.length;
}

/** Two of one name are told apart by their rooms. */
function placed<T extends Named>(nearest: readonly T[]): (camera: T) => string {
  const same = hasNamesakes(nearest);
  return ({ name, room }) => (same && room !== '' ? `${name} (${room})` : name);
}

function ageSentence<T extends Named>(camera: T | undefined, context: AnswerContext<T>): string {
  if (camera === undefined) return 'No picture is open. Say "show" and the name of a camera.';
  const box = context.stateOf(camera);
  if (box === undefined) return `${camera.name} is not on the screen.`;
  const { state, stillAgeMs } = box;
  if (state.state === 'live')
    return `${camera.name} is live, ${state.ageMs < 1000 ? 'less than a second' : longAge(state.ageMs)} old.`;
  if (state.state === 'late') return `The picture of ${camera.name} is ${longAge(state.ageMs)} old.`;
  const words = pictureWords({ name: camera.name, state, stillAgeMs, nowMs: context.nowMs });
  if (words.blank !== undefined) return words.blank.says;
  return stillAgeMs === undefined
    ? `${camera.name} is still opening.`
    : `The picture of ${camera.name} is ${longAge(stillAgeMs)} old.`;
}

function whoSentence<T extends Named>(camera: T | undefined, context: AnswerContext<T>): string {
  if (camera === undefined) return 'No picture is open. Say "who can see" and the name of a camera.';
  const names = context.whoSees(camera);
  return `${camera.name} is sealed to ${counted(names.length, 'device')} of this home: ${listed(names)}.`;
}
