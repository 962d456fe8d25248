/** The honest words of a picture (EXPERIENCE.md, states table): one place, so that no page invents others. Pure. */
import { ERRORS, type ErrorCode } from '@sealcam/protocol';
import type { Awaited, LateWhy, PictureState, SuspendedWidth } from '@sealcam/player/viewer';
import { clockTime, longAge, shortAge } from './ages.ts';
import { shownPartner } from './models.ts';

/** What the box adds to the viewer's states: this browser cannot play what the camera sends. */
export type BoxState = PictureState | { readonly state: 'unplayable'; readonly why: 'codec' | 'too-large' };

export interface PictureFacts {
  readonly name: string;
  readonly state: BoxState;
  /** Age of the still that is shown meanwhile, if one is. */
  readonly stillAgeMs: number | undefined;
  readonly nowMs: number;
}

export interface PictureWords {
  /** At the edge, over a picture. Absent where the middle speaks. */
  readonly edge: string | undefined;
  /** In the middle of a blank tile: what is true, then what to do about it. */
  readonly blank: { readonly says: string; readonly then: string | undefined } | undefined;
  /** The accessible name: "Porch, live", "Porch, 12 minutes old". */
  readonly spoken: string;
  /** For an icon and the dot. */
  readonly tone: 'live' | 'late' | 'quiet' | 'warning' | 'danger';
}

type RefusedCode = Extract<PictureState, { readonly state: 'refused' }>['code'];

/** Why a picture is gone that says nothing of the camera. */
const BY_THE_RELAY: ReadonlySet<ErrorCode> = new Set([
  'camera.unknown',
  'stream.unknown',
  'quota.cameras',
  'lease.expired',
  'store.full',
  'store.read-only',
  'store.corrupt',
]);

/** What cannot be written down is not shown: whose disk it is, and that nobody here need do anything. */
const BY_THE_DISK: Readonly<Partial<Record<ErrorCode, string>>> = {
  'store.full':
    'The disk of the computer with Sealcam’s relay is full. The picture comes by itself once there is room.',
  'store.read-only':
    'The disk of the computer with Sealcam’s relay cannot be written. The picture comes by itself once it can.',
  'store.corrupt': 'The data of Sealcam’s relay is damaged. Whoever runs it must restore a backup.',
};

/** One next step for each alarm; undefined where it stands in the words already. */
const AFTER_AN_ALARM: Readonly<Record<RefusedCode, string | undefined>> = {
  'seal.foreign': undefined,
  'bulletin.behind': undefined,
  'roster.forked': 'Ask an admin to open Devices in Sealcam, and to decide which list to keep.',
  'roster.elsewhere': 'Ask an admin to compare the household code, and pair this display again.',
  'roster.rollback': 'Ask an admin to compare the household code.',
};

export function pictureWords({ name, state, stillAgeMs, nowMs }: PictureFacts): PictureWords {
  const blank = (says: string, then: string | undefined, tone: PictureWords['tone'] = 'quiet'): PictureWords => ({
    edge: undefined,
    blank: { says, then },
    spoken: `${name}, no picture. ${says}`,
    tone,
  });
  const since = (ms: number | undefined): string => (ms === undefined ? '' : ` since ${clockTime(ms, nowMs)}`);

  switch (state.state) {
    case 'opening':
      return stillAgeMs === undefined
        ? { edge: 'opening…', blank: undefined, spoken: `${name}, opening`, tone: 'quiet' }
        : {
            edge: `${shortAge(stillAgeMs)} ago · opening…`,
            blank: undefined,
            spoken: `${name}, ${longAge(stillAgeMs)} old, opening`,
            tone: 'late',
          };
    case 'live':
      return { edge: 'Live', blank: undefined, spoken: `${name}, live`, tone: 'live' };
    case 'late':
      return {
        edge: lateWords(state),
        blank: undefined,
        spoken: `${name}, ${longAge(state.ageMs)} old`,
        tone: 'late',
      };
    case 'asleep':
      return stillAgeMs === undefined
        ? blank(`${name} sleeps while nobody watches.`, 'Open it to wake it.')
        : {
            edge: `sleeps while nobody watches · ${shortAge(stillAgeMs)} ago`,
            blank: undefined,
            spoken: `${name}, asleep, ${longAge(stillAgeMs)} old`,
            tone: 'quiet',
          };
    case 'gone':
      return blank(
        // Not the camera's silence, but the relay's word about it.
        state.code !== undefined && BY_THE_RELAY.has(state.code)
          ? `There is no picture of ${name}${since(state.sinceMs)}.`
          : `${name} has not answered${since(state.sinceMs)}.`,
        state.code === undefined
          ? 'Check that the camera has power and network.'
          : (BY_THE_DISK[state.code] ?? ERRORS[state.code].words),
        'warning',
      );
    case 'waiting': {
      const { says, then } = WAITING[state.awaited](name, state.everyMs);
      return stillAgeMs === undefined
        ? blank(says, then)
        : {
            edge: `${shortAge(stillAgeMs)} ago · ${WAITING_EDGE[state.awaited]}`,
            blank: undefined,
            spoken: `${name}, ${longAge(stillAgeMs)} old. ${says} ${then}`,
            tone: 'late',
          };
    }
    case 'private':
      return blank(`Privacy is on. Nobody can see ${name}.`, undefined);
    case 'refused':
      return blank(ERRORS[state.code].words, AFTER_AN_ALARM[state.code], 'danger');
    case 'suspended': {
      const { what, then } = SUSPENDED[state.width];
      return blank(`${what(name, state.partner)} paused by the operator${since(state.sinceMs)}.`, then, 'warning');
    }
    case 'not-sealed':
      return blank(`This display may not see ${name}.`, 'Ask an admin.');
    case 'offline':
      return state.why === 'device'
        ? blank(
            `This screen is not connected${since(state.sinceMs)}.`,
            'Check its Wi-Fi. It comes back by itself.',
            'warning',
          )
        : blank(
            `Your home is not connected${since(state.sinceMs)}.`,
            'Check that the computer with Sealcam is on and has network.',
            'warning',
          );
    case 'unplayable':
      return blank(
        state.why === 'codec'
          ? `${name} sends H.265, which this browser cannot play.`
          : `${name} sends a picture too large for this browser.`,
        'Set its second stream to H.264, or open it in another browser.',
        'warning',
      );
  }
}

const LATE: Readonly<Record<Exclude<LateWhy, 'still' | 'slow'>, string>> = {
  'no-frames': 'poor connection',
  'old-frames': 'poor connection',
  unproven: 'not confirmed by your home',
  device: 'this screen is not connected',
  home: 'your home is not connected',
  lost: 'part of it was lost on the way',
  waking: 'the camera takes its time',
};

/** What is waited for, and what a person may expect. */
const WAITING: Readonly<
  Record<Awaited, (name: string, everyMs: number) => { readonly says: string; readonly then: string }>
> = {
  answer: (name) => ({ says: `${name} takes its time to answer.`, then: 'It may be waking up. Sealcam waits.' }),
  packet: (name) => ({ says: `${name} is connected and has not sent anything yet.`, then: 'Sealcam waits.' }),
  keyframe: (name, everyMs) => ({ says: `${name} is awake and sends.`, then: nextFull(everyMs) }),
  whole: (name, everyMs) => ({ says: `Part of the picture of ${name} was lost on the way.`, then: nextFull(everyMs) }),
};

const WAITING_EDGE: Readonly<Record<Awaited, string>> = {
  answer: 'waking up…',
  packet: 'waiting for its first picture…',
  keyframe: 'waiting for its next full picture…',
  whole: 'waiting for its next full picture…',
};

function nextFull(everyMs: number): string {
  return everyMs > 0
    ? `Its next full picture comes within about ${longAge(everyMs + 500)}.`
    : 'Its next full picture may take half a minute.';
}

/** By width: what is paused, and what still works. Whom a wide suspension spares is the relay's rule: an admin's own devices. */
const SUSPENDED: Readonly<
  Record<
    SuspendedWidth,
    { readonly what: (name: string, partner: string | undefined) => string; readonly then: string }
  >
> = {
  link: { what: (name) => `${name} on this display is`, then: 'Your other displays still show it.' },
  display: { what: () => 'This display is', then: 'Your other displays work.' },
  pair: {
    what: () => 'This pair of models, camera and display, is',
    then: 'The admins’ own devices and displays of another model work.',
  },
  partner: {
    what: (_name, partner) => `Displays of ${partner === undefined ? 'this partner' : shownPartner(partner)} are`,
    then: 'Your own displays work.',
  },
  everything: { what: () => 'All displays are', then: 'The admins’ own devices work.' },
};

function lateWords(state: Extract<PictureState, { readonly state: 'late' }>): string {
  const age = shortAge(state.ageMs);
  if (state.why === 'still') return `${age} ago`;
  if (state.why === 'slow') return `${age} ago · sends every ${shortAge(state.everyMs + 500)}`;
  return `${age} behind, ${LATE[state.why]}`;
}
