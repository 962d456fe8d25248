/** The words of the operator page: roles, grades of evidence, targets, times. Pure. */
import {
  shortHome,
  type CanaryView,
  type IncidentView,
  type OperatorRole,
  type SuspensionTargetView,
} from '@sealcam/protocol';

export const ROLE_WORDS: Readonly<Record<OperatorRole, string>> = {
  look: 'You may look at everything here and change nothing.',
  suspend: 'You may look, and suspend.',
  lift: 'You may suspend, lift, set policy and quotas, erase homes and choose operators.',
};

export const ROLE_NAMES: Readonly<Record<OperatorRole, string>> = {
  look: 'look',
  suspend: 'suspend',
  lift: 'lift (all)',
};

export const GRADE_NAMES: Readonly<Record<IncidentView['grade'], string>> = {
  proven: 'Proven',
  canary: 'Seen by a canary',
  claimed: 'Claimed',
  replayed: 'Old frame',
  contested: 'Copied key',
};

export const GRADE_WORDS: Readonly<Record<IncidentView['grade'], string>> = {
  proven: 'Proven by this relay’s own records: they say where the frame came in and where it was about to go.',
  canary: 'Seen by a canary, a test home of ours: its watermark named another home.',
  claimed: 'Claimed by one display, which signed it. Our records do not show that we sent it the frame.',
  replayed: 'An old frame of its own home, reported by one display, which signed it.',
  contested:
    'A home announced a key that another home had announced before. No picture went anywhere, and both homes keep theirs. It is about the home that came second.',
};

/** What the agent of the owner's home says of the frame. */
export const SEALED_WORDS: Readonly<Record<NonNullable<IncidentView['sealed']>, string>> = {
  yes: 'The agent of that home says that it sealed this frame.',
  no: 'The agent of that home says that it never sealed this frame: somebody put its key on other bytes.',
  unknown: 'The agent of that home could not say whether it sealed this frame.',
};

/** What became of the frame. */
export function endWords({ source, grade }: IncidentView): string {
  if (grade === 'contested') return 'No picture went anywhere. Both homes keep theirs.';
  if (source === 'relay') return 'This relay stopped it; it was not sent.';
  return source === 'report' ? 'The display refused it; nothing was shown.' : 'It reached a canary, no household.';
}

export function routeWords(route: string): string {
  return route === 'sealed' ? 'the homes’ own displays' : `displays of ${route}`;
}

export function targetWords(target: SuspensionTargetView): string {
  switch (target.width) {
    case 'link':
      return `Camera ${short(target.cameraId)} on display ${short(target.deviceId)} of home ${shortHome(target.homeId)}`;
    case 'display':
      return `Display ${short(target.deviceId)} of home ${shortHome(target.homeId)}`;
    case 'pair':
      return `Every “${target.cameraModel}” on every “${target.displayModel}”`;
    case 'partner':
      return `All displays of ${target.partner}`;
    case 'everything':
      return 'Everything, in all homes';
  }
}

/** Whether both stop the same: width and all that it names. */
export function sameTarget(one: SuspensionTargetView, other: SuspensionTargetView): boolean {
  const key = (target: SuspensionTargetView): string => JSON.stringify(Object.entries(target).sort());
  return key(one) === key(other);
}

export const WIDTH_NAMES: Readonly<Record<SuspensionTargetView['width'], string>> = {
  link: 'One camera on one display',
  display: 'One display',
  pair: 'A pair of models',
  partner: 'A partner',
  everything: 'Everything',
};

/** What the relay wrote down ('link': suspended so widely; 'failed link'; 'tell'), in a sentence. */
export function actionWords(what: string): string {
  const width = what.replace(/^failed /, '');
  if (!Object.hasOwn(WIDTH_NAMES, width))
    return what === 'tell' ? 'Told here; the policy suspends nothing for it.' : `${what}.`;
  const named = WIDTH_NAMES[width as keyof typeof WIDTH_NAMES].toLowerCase();
  return what === width
    ? `Suspended by the policy: ${named}.`
    : `The policy wanted to suspend ${named}, and could not.`;
}

/** A long id as people compare it. */
export function short(id: string): string {
  return id.slice(0, 8);
}

export function number(value: number): string {
  return new Intl.NumberFormat('en').format(value);
}

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let at = 0;
  let left = value;
  for (; left >= 1000 && at < units.length - 1; at += 1) left /= 1000;
  return `${new Intl.NumberFormat('en', { maximumFractionDigits: left < 10 ? 1 : 0 }).format(left)} ${units[at] ?? ''}`;
}

/** `22 Nov, 14:20:05`: moments are compared by the second here. */
export function moment(ms: number): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(ms));
}

/** `2 h 5 min` */
export function span(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return 'under a minute';
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

/** Why canaries that are on may notice nothing; undefined where all of them see. */
export function canaryTrouble({
  homes,
  viewers,
  silent,
  suspended,
  problem,
}: CanaryView['counts']): string | undefined {
  if (homes === 0)
    return problem === undefined ? 'They are starting.' : `They do not run (${problem}). It is tried again.`;
  if (silent === 0)
    return problem === undefined ? undefined : `They run, with a problem (${problem}). It is tried again.`;
  const why = suspended > 0 ? ` ${suspended} of them are suspended: look at the suspensions.` : '';
  return `${silent} of their ${viewers} screens have seen nothing for ten seconds: what they would notice goes unnoticed.${why}`;
}
