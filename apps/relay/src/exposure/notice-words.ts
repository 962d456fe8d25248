/** The words of a notice, one place for all three kinds. Plain sentences; what was seen is made from the ledger and nothing else. */
import { SealcamError } from '@sealcam/protocol';
import type { Assigned } from './jobs.ts';
import type { ExposureOf, ExposureQuestion } from './exposure.ts';
import type { NoticeText, NoticeWords } from './notices.ts';
import type { HomeShare } from './report.ts';

const MOST_WORDS = 1_000;

/** @throws {SealcamError} `command.invalid` */
export function checkWords({ happened, did, todo }: NoticeWords): void {
  for (const text of [happened, did, todo]) {
    if (text !== undefined && (text.trim() === '' || text.length > MOST_WORDS))
      throw new SealcamError('command.invalid', `a text of 1 to ${MOST_WORDS} characters`);
  }
}

/** The same for every home of a kind; of an affected home it tells what went where, in numbers. */
export function noticeText(home: Assigned, question: ExposureQuestion, words: NoticeWords): NoticeText {
  const { fromMs, toMs, of } = question;
  const front = { kind: home.kind, title: TITLES[home.kind], fromMs, toMs };
  return {
    ...front,
    happened: words.happened ?? happened(of),
    seen: home.kind === 'was' ? home.shares.map(seenOf).join(' ') : SEEN[home.kind],
    did:
      words.did ??
      'We went through our record of every sealed picture that was sent in that time, home by home. This notice comes from that record.',
    todo: words.todo ?? TODO[home.kind],
  };
}

const TITLES = {
  was: 'A mix-up touched your home',
  'could-have-been': 'A mix-up could have touched your home',
  'not-affected': 'A mix-up did not touch your home',
} as const;

const SEEN = {
  'could-have-been':
    'We have no record that a picture of your home went to anyone else, or that one of another home came to you. You use the cameras and displays that the mix-up was about, so it could have happened. Every picture leaves your home sealed: another home’s display cannot open it.',
  'not-affected':
    'Nobody else saw a picture of your home, and no picture of another home came to you. You do not use the cameras and displays that the mix-up was about.',
} as const;

const TODO = {
  was: 'You need not change anything. If you want to look yourself: Activity, in this app, lists every viewing of your cameras.',
  'could-have-been': 'You need not change anything. Activity, in this app, lists every viewing of your cameras.',
  'not-affected': 'Nothing.',
} as const;

function happened(of: ExposureOf): string {
  if ('pair' in of)
    return `For a time, pictures of some cameras (${of.pair.cameraModel}) that were asked for on some displays (${of.pair.displayModel}) were mixed up between homes on their way.`;
  if ('route' in of && of.route !== 'sealed')
    return `For a time, pictures that were asked for on displays of ${of.route} were mixed up between homes on their way.`;
  return 'For a time, some pictures were mixed up between homes on their way to the displays that had asked for them.';
}

function seenOf(share: HomeShare): string {
  return share.side === 'gave' ? gave(share) : got(share);
}

function gave(share: HomeShare): string {
  const { sent } = sums(share);
  const displays = share.others === 1 ? 'one display of another home' : `${share.others} displays of other homes`;
  const shown = share.shown > 0 ? ` ${capital(frames(share.shown))} ${were(share.shown)} shown there.` : '';
  const nobody = share.shown === 0 ? ' We have no record that anyone saw them.' : '';
  const they = share.others === 1 ? 'The display' : 'The displays';
  return `${capital(frames(sent))} of your cameras ${were(sent)} sent, sealed, to ${displays}.${shown}${refusedBy(they, share)}${nobody}`;
}

function got(share: HomeShare): string {
  const homes = share.others === 1 ? 'another home' : `${share.others} other homes`;
  const shown = share.shown > 0 ? ` It showed ${frames(share.shown)}.` : '';
  return `A display of yours was sent ${frames(sums(share).sent)} of ${homes} instead of what it had asked for.${refusedBy('It', share)}${shown}`;
}

/** What became of them there, as far as was said. @param who with a capital */
function refusedBy(who: string, share: HomeShare): string {
  const { sent, unsaid } = sums(share);
  const count = share.refused + share.claimed;
  const which = count === sent ? (sent === 1 ? 'it' : 'all of them') : frames(count);
  const refused = count > 0 ? ` ${who} refused ${which} and showed nothing of ${count === 1 ? 'it' : 'them'}.` : '';
  const open = ` Of ${frames(unsaid)} no word came back; sealed as they are, no other home’s display can open them.`;
  return unsaid > 0 ? refused + open : refused;
}

/** What was sent, and of how many no display said what became of them. */
function sums({ delivered, shown, refused, claimed }: HomeShare): { sent: number; unsaid: number } {
  return { sent: Math.max(delivered + claimed, shown), unsaid: Math.max(0, delivered - shown - refused) };
}

function frames(count: number): string {
  return count === 1 ? 'one picture' : `${count} pictures`;
}

function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
