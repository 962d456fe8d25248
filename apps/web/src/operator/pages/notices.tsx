/** Notices to the homes: prepared from a question, looked at, exported, delivered in one stroke. */
import { mayAs, type NoticeBatchView, type NoticePreviewView, type OperatorMe } from '@sealcam/protocol';
import { useSignal } from '@preact/signals';
import { Download, Mail, Send } from 'lucide-preact';
import type { JSX } from 'preact';
import { Dialog } from '../../parts/dialog.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { Blank, Note } from '../../parts/note.tsx';
import { ask, save } from '../api.ts';
import { ActNote, Shown, useAct, useAsked, type Asked } from '../use-asked.tsx';
import { moment, number } from '../words.ts';
import type { Question } from './exposure.tsx';

interface Found {
  readonly batches: readonly NoticeBatchView[];
}

const KINDS = { was: 'affected', 'could-have-been': 'could have been', 'not-affected': 'not affected' } as const;

export function Notices({
  question,
  me,
}: {
  readonly question: Question | undefined;
  readonly me: OperatorMe;
}): JSX.Element {
  const asked = useAsked<Found>('notices');
  const open = useSignal<string | undefined>(undefined);
  return (
    <section class="section">
      <h2>Notices to the homes</h2>
      {mayAs(me.role, 'lift') && question !== undefined && (
        <Prepare
          question={question}
          onDone={(id) => {
            open.value = id;
            void asked.again();
          }}
        />
      )}
      <Shown asked={asked} what="the notices">
        {({ batches }) =>
          batches.length === 0 ? (
            <Blank icon={<Mail size={32} aria-hidden />} title="No notices yet">
              <p>Work out a report first; then prepare what each home reads, look at it, and deliver it.</p>
            </Blank>
          ) : (
            <ul class="list" aria-label="Notices">
              {batches.map((batch) => (
                <li key={batch.id} class="item">
                  <span class="grow">
                    <strong>{countWords(batch)}</strong>
                    <span class="quiet small">
                      Prepared {moment(batch.atMs)} by {batch.by} ·{' '}
                      {batch.delivered === undefined
                        ? 'not delivered'
                        : `delivered ${moment(batch.delivered.atMs)} by ${batch.delivered.by}, read in ${number(batch.read)} homes`}
                    </span>
                  </span>
                  <button class="button" onClick={() => (open.value = batch.id)}>
                    Look at it
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {open.value !== undefined && (
        <Preview key={open.value} id={open.value} me={me} list={asked} onClose={() => (open.value = undefined)} />
      )}
    </section>
  );
}

function countWords({ counts }: NoticeBatchView): string {
  return (Object.keys(KINDS) as (keyof typeof KINDS)[])
    .map((kind) => `${number(counts[kind])} ${KINDS[kind]}`)
    .join(' · ');
}

function Prepare({
  question,
  onDone,
}: {
  readonly question: Question;
  readonly onDone: (id: string) => void;
}): JSX.Element {
  const act = useAct();
  const prepare = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const words = Object.fromEntries(['happened', 'did', 'todo'].map((name) => [name, fieldText(form, name)]));
    void act.run(async () => {
      const { batch } = await ask<NoticePreviewView>('notice-prepare', { question, words });
      onDone(batch.id);
    });
  };
  return (
    <details>
      <summary>Prepare notices from this report</summary>
      <form class="stack" onSubmit={prepare}>
        <p class="quiet small">
          What each home saw is written from the ledger. Your own sentences are for the rest; empty ones get words that
          are true of any mix-up.
        </p>
        <label class="field">
          <span>What happened</span>
          <textarea name="happened" rows={2} maxLength={1000} />
        </label>
        <label class="field">
          <span>What you did</span>
          <textarea name="did" rows={2} maxLength={1000} />
        </label>
        <label class="field">
          <span>What the home can do</span>
          <textarea name="todo" rows={2} maxLength={1000} />
        </label>
        <ActNote act={act} />
        <div class="row">
          <button class="button primary" disabled={act.busy.value}>
            Prepare; tell nobody yet
          </button>
        </div>
      </form>
    </details>
  );
}

function Preview({
  id,
  me,
  list,
  onClose,
}: {
  readonly id: string;
  readonly me: OperatorMe;
  readonly list: Asked<Found>;
  readonly onClose: () => void;
}): JSX.Element {
  const asked = useAsked<NoticePreviewView>('notice', { id });
  const act = useAct();
  const exported = (format: 'csv' | 'json'): void =>
    void act.run(async () => {
      const { text } = await ask<{ text: string }>('notice-export', { id, format });
      save(new Blob([text]), `notices-${id.slice(0, 8)}.${format}`);
    });
  const finish = (name: 'notice-deliver' | 'notice-discard'): void =>
    void act.run(async () => {
      await ask(name, { id });
      await list.again();
      onClose();
    });
  return (
    <Dialog title="Notices" onClose={onClose}>
      <Shown asked={asked} what="the notices">
        {({ batch, texts }) => (
          <>
            {texts.map(({ text, homes }, at) => (
              <article key={at} class="stack tight">
                <p class="small">
                  <span class={`tag${text.kind === 'was' ? ' danger' : ''}`}>{KINDS[text.kind]}</span> to{' '}
                  {number(homes)} {homes === 1 ? 'home' : 'homes'}
                </p>
                <h3>{text.title}</h3>
                {[text.happened, text.seen, text.did, text.todo].map((line) => (
                  <p key={line}>{line}</p>
                ))}
              </article>
            ))}
            <ActNote act={act} />
            <div class="row">
              {(['csv', 'json'] as const).map((format) => (
                <button key={format} class="button" disabled={act.busy.value} onClick={() => exported(format)}>
                  <Download size={18} aria-hidden /> {format.toUpperCase()}
                </button>
              ))}
            </div>
            {batch.delivered === undefined && mayAs(me.role, 'lift') && (
              <div class="row">
                <button class="button primary" disabled={act.busy.value} onClick={() => finish('notice-deliver')}>
                  <Send size={18} aria-hidden /> Deliver to every home of it
                </button>
                <button class="button danger" disabled={act.busy.value} onClick={() => finish('notice-discard')}>
                  Discard
                </button>
              </div>
            )}
            {batch.delivered !== undefined && (
              <Note tone="done">
                <p>Delivered {moment(batch.delivered.atMs)}.</p>
              </Note>
            )}
            <button class="button" onClick={onClose}>
              Close
            </button>
          </>
        )}
      </Shown>
    </Dialog>
  );
}
