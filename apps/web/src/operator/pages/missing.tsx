/** The relay was restored from an older copy: what is missing since, and the one press that puts lost suspensions back. */
import type { SuspensionView } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { Note } from '../../parts/note.tsx';
import { ask } from '../api.ts';
import { ActNote, useAct } from '../use-asked.tsx';
import { targetWords } from '../words.ts';

export interface MissingView {
  readonly words: readonly string[];
  readonly suspensions: readonly SuspensionView[];
}

export function MissingNote({
  missing: { words, suspensions },
  may,
  onDone,
}: {
  readonly missing: MissingView;
  readonly may: boolean;
  readonly onDone: () => void;
}): JSX.Element | null {
  const act = useAct();
  if (words.length === 0) return null;
  const putBack = (): void =>
    void act.run(async () => {
      await ask('put-back');
      onDone();
    });
  return (
    <Note tone={suspensions.length > 0 ? 'danger' : 'warning'}>
      {words.map((each) => (
        <p key={each}>{each}</p>
      ))}
      {suspensions.length > 0 && (
        <>
          <p>Active when they were last heard of: {suspensions.map(({ target }) => targetWords(target)).join('; ')}.</p>
          {may && (
            <button class="button" disabled={act.busy.value} onClick={putBack}>
              Suspend them again
            </button>
          )}
          <ActNote act={act} />
        </>
      )}
    </Note>
  );
}
