/** What `sealcam notices` asks of the process that runs the relay: those that were prepared on the operator page. */
import type { NoticeBatch, NoticeText } from '@sealcam/relay';
import type { RelayHost } from './relay-host.ts';

const LISTED = 50;
/** Texts of one that are shown; its file on the operator page has all. */
const TEXTS = 20;

export interface PreparedNotices {
  readonly batch: NoticeBatch;
  readonly texts: readonly { readonly text: NoticeText; readonly homes: number }[];
  /** Texts that are not among these. */
  readonly more: number;
}

export function noticeActs({ relay }: Pick<RelayHost, 'relay'>): Record<string, (input: unknown) => Promise<unknown>> {
  return {
    'notices.list': () => relay.notices.list(LISTED),
    'notices.one': async (input): Promise<PreparedNotices> => {
      const { id } = (input ?? {}) as { readonly id?: unknown };
      const { batch, texts } = await relay.notices.preview(typeof id === 'string' ? id : '');
      const shown = texts.slice(0, TEXTS).map(({ text, homes }) => ({ text, homes }));
      return { batch, texts: shown, more: texts.length - shown.length };
    },
  };
}
