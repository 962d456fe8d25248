/** Lifts everything that one incident has suspended, in one step and with one reason. */
import type { SuspensionView } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { Dialog } from '../../parts/dialog.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { ask } from '../api.ts';
import { ActNote, useAct } from '../use-asked.tsx';
import { targetWords } from '../words.ts';

export function LiftRestingDialog({
  incidentId,
  resting,
  onDone,
}: {
  readonly incidentId: string;
  readonly resting: readonly SuspensionView[];
  readonly onDone: () => void;
}): JSX.Element {
  const act = useAct();
  const lift = (event: SubmitEvent): void => {
    event.preventDefault();
    const reason = fieldText(new FormData(event.currentTarget as HTMLFormElement), 'reason');
    void act.run(async () => {
      await ask('lift-resting', { ground: { incidentId }, reason });
      onDone();
    });
  };
  return (
    <Dialog title="Lift all that rests on this incident" onClose={onDone}>
      <ul>
        {resting.map(({ id, target }) => (
          <li key={id}>{targetWords(target)}</li>
        ))}
      </ul>
      <p>Screens may ask for their pictures again at once. Your name and your reason stay with each.</p>
      <ActNote act={act} />
      <form class="stack" onSubmit={lift}>
        <label class="field">
          <span>Reason</span>
          <input name="reason" required maxLength={500} />
        </label>
        <div class="row">
          <button class="button primary" disabled={act.busy.value}>
            Lift them
          </button>
          <button type="button" class="button" onClick={onDone}>
            Not now
          </button>
        </div>
      </form>
    </Dialog>
  );
}
