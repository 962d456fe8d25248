/**
 * Notices: what a home is told after a mix-up, in plain words and in three kinds. Prepared from an exposure question, looked at,
 * exported, then delivered in one stroke; kept for each home until one of its admins has read it.
 */
import type { HomeId } from '@sealcam/protocol';
import type { ExposureQuestion } from './exposure.ts';

/** was: a frame of the home reached someone else, or its display got one. could-have-been, not-affected: see `exposure.ts`. */
export type NoticeKind = 'was' | 'could-have-been' | 'not-affected';

/** The operator's own sentences; each at most 1,000 characters, plain text. Absent: words that are true of any mix-up. */
export interface NoticeWords {
  readonly happened?: string;
  readonly did?: string;
  readonly todo?: string;
}

/** What one home reads. `seen` is made from the ledger and cannot be edited. */
export interface NoticeText {
  readonly kind: NoticeKind;
  readonly title: string;
  readonly happened: string;
  /** Unix ms; the app says it in the reader's own time. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly seen: string;
  readonly did: string;
  readonly todo: string;
}

export interface NoticeBatch {
  /** 32 hex digits. */
  readonly id: string;
  readonly atMs: number;
  /** The person who prepared it. */
  readonly by: string;
  readonly question: ExposureQuestion;
  readonly counts: Readonly<Record<NoticeKind, number>>;
  /** Homes whose admin has read theirs. */
  readonly read: number;
  readonly delivered: { readonly atMs: number; readonly by: string } | undefined;
}

export interface NoticePreview {
  readonly batch: NoticeBatch;
  /** Each text once, with how many homes get it and (at most 100) which. */
  readonly texts: readonly { readonly text: NoticeText; readonly homes: number; readonly some: readonly HomeId[] }[];
}

/** `relay.notices` */
export interface NoticeDesk {
  /** Works out who gets which and keeps it; nobody is told yet. @throws {SealcamError} `command.invalid` */
  prepare(input: { question: ExposureQuestion; words?: NoticeWords; by: string }): Promise<NoticePreview>;
  preview(id: string): Promise<NoticePreview>;
  /** Newest first. */
  list(limit: number): Promise<NoticeBatch[]>;
  /** One line or object a home: home, kind, the words, delivered, read. */
  export(id: string, format: 'json' | 'csv'): Promise<string>;
  /** Every home of it, at once; a second time changes nothing. @throws {SealcamError} `command.invalid` for an unknown one */
  deliver(id: string, by: string): Promise<NoticeBatch>;
  /** Forgets one that was not delivered. */
  discard(id: string): Promise<void>;
}
