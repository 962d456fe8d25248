/** Before something is suspended: what that means, and why it is done. */
import type { SuspensionTargetView, SuspensionView } from '@sealcam/protocol';
import { ShieldBan } from 'lucide-preact';
import type { JSX } from 'preact';
import { Dialog } from '../../parts/dialog.tsx';
import { fieldText } from '../../parts/field-text.ts';
import { ask } from '../api.ts';
import { ActNote, useAct } from '../use-asked.tsx';
import { targetWords } from '../words.ts';

export function SuspendDialog({
  target,
  incidentId,
  onDone,
}: {
  readonly target: SuspensionTargetView;
  readonly incidentId?: string;
  /** @param suspension undefined where it was called off */
  readonly onDone: (suspension?: SuspensionView) => void;
}): JSX.Element {
  const act = useAct();
  const suspend = (event: SubmitEvent): void => {
    event.preventDefault();
    const reason = fieldText(new FormData(event.currentTarget as HTMLFormElement), 'reason');
    void act.run(async () => {
      const about = incidentId === undefined ? {} : { incidentId };
      onDone(await ask<SuspensionView>('suspend', { target, reason, ...about }));
    });
  };
  const spares = target.width === 'everything' || target.width === 'pair' || target.width === 'partner';
  return (
    <Dialog title="Suspend" onClose={() => onDone()}>
      <p>
        <strong>{targetWords(target)}.</strong> Pictures stop within a second, and each screen says since when.
        {spares ? ' The homes’ admins go on watching on their own devices.' : ''} Only somebody who may lift can end it.
      </p>
      <ActNote act={act} />
      <form class="stack" onSubmit={suspend}>
        <label class="field">
          <span>Reason</span>
          <input name="reason" required maxLength={500} />
        </label>
        <div class="row">
          <button class="button danger" disabled={act.busy.value}>
            <ShieldBan size={18} aria-hidden /> Suspend now
          </button>
          <button type="button" class="button" onClick={() => onDone()}>
            Not now
          </button>
        </div>
      </form>
    </Dialog>
  );
}
