/** One sentence, typed or spoken. The microphone is off until it is switched on in this display's settings. */
import { useSignal } from '@preact/signals';
import { Mic, SendHorizontal, X } from 'lucide-preact';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { DisplayFacts } from './display-settings.tsx';
import { canHear, hearOnce } from './speech.ts';

interface Props {
  readonly facts: DisplayFacts;
  readonly onHeard: (sentence: string) => void;
  readonly onTrouble: (words: string) => void;
  readonly onClose: () => void;
}

export function SayBar({ facts, onHeard, onTrouble, onClose }: Props): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const listening = useSignal(false);
  const stop = useRef<() => void>(() => undefined);
  // Before the next key arrives: the letters after `/` belong in here.
  useLayoutEffect(() => {
    input.current?.focus();
    return () => {
      stop.current();
    };
  }, []);
  const take = (sentence: string): void => {
    if (sentence.trim() === '') return;
    onHeard(sentence);
    onClose();
  };
  return (
    <form
      class="say"
      aria-label="What to show"
      onSubmit={(event) => {
        event.preventDefault();
        take(input.current?.value ?? '');
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <input
        ref={input}
        aria-label="A sentence, for example: show the front door"
        placeholder={listening.value ? 'Listening…' : 'show the front door'}
        autocomplete="off"
        maxLength={200}
      />
      {facts.microphone && canHear() && (
        <button
          type="button"
          class="button icon"
          aria-pressed={listening.value}
          aria-label={listening.value ? 'Stop listening' : 'Speak'}
          onClick={() => {
            if (listening.value) return void stop.current();
            listening.value = true;
            stop.current = hearOnce(take, onTrouble, () => (listening.value = false));
          }}
        >
          <Mic aria-hidden />
        </button>
      )}
      <button class="button primary icon" aria-label="Do it">
        <SendHorizontal aria-hidden />
      </button>
      <button type="button" class="button icon" aria-label="Close" onClick={onClose}>
        <X aria-hidden />
      </button>
    </form>
  );
}
