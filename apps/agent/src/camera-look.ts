/** What is known of one camera, as its page shows it: figures of the logbooks, and what is odd in words. Pure. */
import type { CameraLook, LookedStream } from '@sealcam/home';
import { soundWords, videoWords } from '@sealcam/media';
import { millis } from '@sealcam/protocol';
import { formatNotes, lossNotes, type StreamReport } from './cameras/index.ts';

interface Read {
  readonly report: StreamReport;
  /** Now. */
  readonly isRead: boolean;
}

export interface LookParts {
  readonly main: Read;
  readonly sub: Read | undefined;
  readonly places: CameraLook['places'];
}

export function lookAt({ main, sub, places }: LookParts): Omit<CameraLook, 'host'> {
  const { sound } = main.report;
  return {
    streams: [streamOf('main', main), ...(sub === undefined ? [] : [streamOf('sub', sub)])],
    sound: sound === undefined ? '' : soundWords(sound),
    places,
    notes: [...notesOf(main.report), ...placesNotes(places), ...insteadNotes(main, sub)],
  };
}

function streamOf(which: LookedStream['which'], { report, isRead }: Read): LookedStream {
  const { state, video, transport, lastDay } = report;
  const { gone, ...counts } = lastDay;
  return {
    ...{ which, state: isRead ? stateOf(state.state) : 'asleep', sinceMs: millis(Math.floor(state.sinceMs)) },
    code: isRead ? (state.code ?? state.awaited ?? '') : '',
    video: video === undefined ? '' : videoWords(video),
    ...{ width: video?.width ?? 0, height: video?.height ?? 0, transport: transport?.toUpperCase() ?? '' },
    picturesPerMinute: Math.round(report.picturesPerSecond * 60),
    keyframeEveryMs: Math.round(report.keyframeEveryMs ?? 0),
    kbitPerSecond: Math.round(report.kbitPerSecond),
    ...{ ...counts, overMs: Math.round(counts.overMs), goneMs: Math.round(counts.goneMs) },
    gone: [...gone]
      .map(([code, count]) => ({ code, count }))
      .slice(-SHOWN_REASONS)
      .reverse(),
  };
}

const SHOWN_REASONS = 8;

function stateOf(state: StreamReport['state']['state']): LookedStream['state'] {
  return state === 'connecting' ? 'opening' : state;
}

function notesOf({ video, beside, lastDay, state, ignoresClock, keyframeEveryMs = 0 }: StreamReport): string[] {
  const { pictures, broken, skipped, lostPackets, strayBytes, gone } = lastDay;
  const reconnects = [...gone.values()].reduce((sum, count) => sum + count, 0);
  const slowEveryMs = state.state === 'live' ? (state.everyMs ?? 0) : 0;
  return [
    ...(video === undefined ? [] : formatNotes(video, beside)),
    ...lossNotes({
      ...{ pictures, broken, skipped, lostPackets, strayBytes, ignoresClock, reconnects },
      ...{ lateMs: 0, keyframeEveryMs, slowEveryMs },
    }),
  ];
}

function placesNotes(places: CameraLook['places']): string[] {
  return places === 'one'
    ? ['It has no room for both of its streams at once. The small pictures are taken from the main stream.']
    : [];
}

function insteadNotes(main: Read, sub: Read | undefined): string[] {
  const shows = main.report.state.state === 'gone' && sub?.isRead === true && sub.report.state.state === 'live';
  return shows ? ['Its main stream does not come, so the smaller one is shown for it.'] : [];
}
