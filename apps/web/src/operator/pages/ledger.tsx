/** The check of the ledger: started here, its progress, and what the last one found. */
import type { LedgerCheckView } from '@sealcam/protocol';
import { BookCheck } from 'lucide-preact';
import type { JSX } from 'preact';
import { Blank, Note } from '../../parts/note.tsx';
import { ask } from '../api.ts';
import { DeskPage } from '../desk-page.tsx';
import { ActNote, Shown, useAct, useAsked } from '../use-asked.tsx';
import { moment, number } from '../words.ts';

export function LedgerPage(): JSX.Element {
  const asked = useAsked<LedgerCheckView>('ledger', {}, 1_000);
  const act = useAct();
  const check = (): void => void act.run(async () => asked.put(await ask<LedgerCheckView>('ledger-check')));
  return (
    <DeskPage title="Ledger">
      <p>
        The ledger says which sealed frames went to which display, and names nobody. Every row holds the hash of the one
        before it; a signed checkpoint is written beside it each minute.
      </p>
      <ActNote act={act} />
      <Shown asked={asked} what="the last check">
        {(view) => (
          <>
            <Standing view={view} />
            <div class="row">
              <button class="button primary" disabled={view.at === 'running' || act.busy.value} onClick={check}>
                <BookCheck size={18} aria-hidden /> Check it now
              </button>
            </div>
          </>
        )}
      </Shown>
    </DeskPage>
  );
}

function Standing({ view }: { readonly view: LedgerCheckView }): JSX.Element {
  switch (view.at) {
    case 'never':
      return (
        <Blank icon={<BookCheck size={32} aria-hidden />} title="Not checked since this relay started">
          <p>A check reads every row. A million rows take some ten seconds; pictures go on meanwhile.</p>
        </Blank>
      );
    case 'running':
      return (
        <div class="stack tight" role="status">
          <label class="stack tight">
            <span>
              {number(view.rows)} of {number(view.of)} rows hold…
            </span>
            <progress max={Math.max(view.of, 1)} value={view.rows} />
          </label>
        </div>
      );
    case 'failed':
      return (
        <Note tone="danger">
          <p>The check of {moment(view.startedMs)} could not be carried out. The relay’s log says why.</p>
        </Note>
      );
    case 'done':
      return (
        <Note tone={view.whole ? 'done' : 'danger'}>
          <p>{view.words}</p>
          <p class="small">
            Checked {moment(view.endedMs)}, started by {view.by}.
          </p>
        </Note>
      );
  }
}
