/** What one display remembers of its own: idle time, voice, microphone, night. Nothing of it leaves the display. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { HouseholdCode } from '../parts/who-panel.tsx';
import type { Home } from '../home/home.ts';
import { Dialog } from '../parts/dialog.tsx';
import { canHear, whoHears } from './speech.ts';

export interface DisplayFacts {
  readonly idleSeconds: number;
  /** Answers are spoken, too. */
  readonly voice: boolean;
  readonly microphone: boolean;
  readonly dimAtNight: boolean;
}

export const DEFAULTS: DisplayFacts = { idleSeconds: 60, voice: false, microphone: false, dimAtNight: true };
const IDLE = [30, 60, 120, 300, 3600] as const;

interface Props {
  readonly home: Home;
  readonly facts: DisplayFacts;
  readonly onChange: (facts: DisplayFacts) => void;
  readonly onLeave: () => void;
  readonly onClose: () => void;
}

export function DisplaySettings({ home, facts, onChange, onLeave, onClose }: Props): JSX.Element {
  const leaving = useSignal(false);
  const set = (change: Partial<DisplayFacts>): void => {
    onChange({ ...facts, ...change });
  };
  return (
    <Dialog title="This display" onClose={onClose}>
      <p class="quiet">A display of {home.name.value || 'your home'}.</p>
      <label class="field">
        <span>Return to the home screen after</span>
        <select
          value={String(facts.idleSeconds)}
          onChange={(event) => {
            set({ idleSeconds: Number(event.currentTarget.value) });
          }}
        >
          {IDLE.map((seconds) => (
            <option key={seconds} value={String(seconds)}>
              {seconds < 60 ? `${seconds} seconds` : seconds < 3600 ? `${seconds / 60} min` : 'an hour'}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={facts.dimAtNight}
          onChange={(event) => {
            set({ dimAtNight: event.currentTarget.checked });
          }}
        />
        Dim the home screen from 22:00 to 6:00
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={facts.voice}
          onChange={(event) => {
            set({ voice: event.currentTarget.checked });
          }}
        />
        Speak the answers
      </label>
      {canHear() ? (
        <label class="check">
          <input
            type="checkbox"
            checked={facts.microphone}
            onChange={(event) => {
              set({ microphone: event.currentTarget.checked });
            }}
          />
          <span>
            Microphone button
            <span class="quiet small">
              {' '}
              · while you speak, this browser sends your voice to {whoHears()}. Sealcam gets the sentence only.
            </span>
          </span>
        </label>
      ) : (
        <p class="quiet">
          This browser cannot turn speech into text. Typed sentences work: press / or the speech bubble.
        </p>
      )}
      <HouseholdCode home={home} />
      <div class="actions">
        {leaving.value ? (
          <>
            <span class="grow">This display will open nothing until it is paired again.</span>
            <button class="button danger" onClick={onLeave}>
              Yes, leave
            </button>
          </>
        ) : (
          <button class="button" onClick={() => (leaving.value = true)}>
            Leave this home
          </button>
        )}
        <button class="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
