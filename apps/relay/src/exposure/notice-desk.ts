/** Notices at work: prepared from a report, delivered in one stroke, given to the admins of each home until one has read it. */
import { randomBytes } from 'node:crypto';
import { LIMITS, SealcamError, type DeviceId, type HomeId, type Notice } from '@sealcam/protocol';
import { homeTopic, type Bus } from '../bus.ts';
import type { Clock } from '../clock.ts';
import type { NoticeLine, NoticeStore } from '../store/notice-store.ts';
import type { OnLedger } from './ask.ts';
import type { Assigned } from './jobs.ts';
import { noticeCsv, NOTICES_CSV } from './notice-lines.ts';
import { checkWords, noticeText } from './notice-words.ts';
import type { NoticeBatch, NoticeDesk, NoticePreview, NoticeText } from './notices.ts';
import { checkQuestion } from './scope.ts';
import { runJob } from './thread.ts';

const LINES_A_READ = 500;

export interface NoticesParts {
  readonly store: NoticeStore;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly ledger: OnLedger;
  /** Everything that was appended is durable when it resolves. */
  readonly flush: () => Promise<void>;
}

export class Notices implements NoticeDesk {
  readonly #parts: NoticesParts;

  private constructor(parts: NoticesParts) {
    this.#parts = parts;
  }

  static async open(parts: NoticesParts): Promise<Notices> {
    await parts.store.forgetHalf();
    return new Notices(parts);
  }

  async prepare(input: Parameters<NoticeDesk['prepare']>[0]): Promise<NoticePreview> {
    const { question, words = {}, by } = input;
    checkQuestion(question);
    checkSender(by);
    checkWords(words);
    const { store, clock, ledger, flush } = this.#parts;
    const id = randomBytes(16).toString('hex');
    await flush();
    await store.begin({ id, atMs: clock.wallMs(), by, question });
    const texts = new Map<string, number>();
    for await (const piece of runJob({ do: 'assign', ...ledger, question })) {
      if (piece.at !== 'assigned') continue;
      const { added, homes } = numbered(texts, piece.homes, (home) => noticeText(home, question, words));
      await store.addHomes(id, added, homes);
    }
    await store.prepared(id);
    return await this.preview(id);
  }

  async preview(id: string): Promise<NoticePreview> {
    return { batch: await this.#batch(id), texts: await this.#parts.store.texts(id) };
  }

  list(limit: number): Promise<NoticeBatch[]> {
    return this.#parts.store.batches(limit);
  }

  async export(id: string, format: 'json' | 'csv'): Promise<string> {
    const batch = await this.#batch(id);
    const lines: NoticeLine[] = [];
    for (;;) {
      const more = await this.#parts.store.lines(id, lines.at(-1)?.homeId ?? '', LINES_A_READ);
      if (more.length === 0) break;
      lines.push(...more);
      await new Promise<void>((turn) => setImmediate(turn));
    }
    return format === 'json'
      ? `${JSON.stringify({ batch, notices: lines }, null, 1)}\n`
      : NOTICES_CSV + lines.map(noticeCsv).join('');
  }

  async deliver(id: string, by: string): Promise<NoticeBatch> {
    checkSender(by);
    await this.#batch(id);
    const { store, clock, bus } = this.#parts;
    if (!(await store.deliver(id, clock.wallMs(), by))) return await this.#batch(id);
    // Whoever is connected is told now; everybody else when an admin connects.
    for (let after = ''; ;) {
      const homes = await store.lines(id, after, LINES_A_READ);
      for (const { homeId } of homes) bus.publish(homeTopic(homeId), { t: 'notices' });
      const last = homes.at(-1);
      if (last === undefined) return await this.#batch(id);
      after = last.homeId;
      await new Promise<void>((turn) => setImmediate(turn));
    }
  }

  async discard(id: string): Promise<void> {
    if (!(await this.#parts.store.discard(id)))
      throw new SealcamError('command.invalid', 'no such notices, or delivered');
  }

  /** What an admin of this home is given now: unread ones, oldest first. They count as given from here on. */
  async of(home: HomeId): Promise<Notice[]> {
    const { store, clock } = this.#parts;
    const unread = await store.unread(home, LIMITS.noticesShown);
    const ids = unread.map((notice) => notice.noticeId);
    if (ids.length > 0) await store.given(ids, clock.wallMs());
    return unread.map(({ noticeId, atMs, text }) => ({ noticeId, atMs, ...text }));
  }

  /** An admin has read it: all admins of the home who are connected see it go. */
  async read(home: HomeId, noticeId: string, by: DeviceId): Promise<void> {
    const { store, clock, bus } = this.#parts;
    if (await store.read(home, noticeId, by, clock.wallMs())) bus.publish(homeTopic(home), { t: 'notices' });
  }

  async #batch(id: string): Promise<NoticeBatch> {
    const [batch] = await this.#parts.store.batches(1, id);
    if (batch === undefined) throw new SealcamError('command.invalid', 'no such notices');
    return batch;
  }
}

/** Homes that read the same share one text. */
function numbered(
  texts: Map<string, number>,
  homes: readonly Assigned[],
  textOf: (home: Assigned) => NoticeText,
): { added: { no: number; text: NoticeText }[]; homes: { homeId: HomeId; textNo: number }[] } {
  const added: { no: number; text: NoticeText }[] = [];
  const placed = homes.map((home) => {
    const text = textOf(home);
    const key = JSON.stringify(text);
    const known = texts.get(key);
    if (known !== undefined) return { homeId: home.homeId, textNo: known };
    const no = texts.size + 1;
    texts.set(key, no);
    added.push({ no, text });
    return { homeId: home.homeId, textNo: no };
  });
  return { added, homes: placed };
}

function checkSender(by: string): void {
  if (by.trim() === '' || by.length > 64) throw new SealcamError('command.invalid', 'say who sends it');
}
