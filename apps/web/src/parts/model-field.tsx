/** "Which screen is this?" before it is paired: optional, known by itself where the browser tells it. */
import { useSignal } from '@preact/signals';
import { MODEL_CHARS } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { shownModel } from '../words/models.ts';
import { fieldText } from './field-text.ts';
import { keepModel, ownModel, typedModel } from './own-model.ts';

/** @param onChange the code that is shown was signed with the model before: show a new one */
export function ModelField({ onChange }: { readonly onChange: () => void }): JSX.Element {
  const known = useSignal('');
  const load = (): void => void ownModel().then((model) => (known.value = model));
  useEffect(load, []);
  return (
    <details>
      <summary>{known.value === '' ? 'Say which model it is (optional)' : shownModel(known.value)}</summary>
      <form
        class="stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          keepModel(fieldText(new FormData(event.currentTarget), 'model'));
          load();
          onChange();
        }}
      >
        <label class="field">
          <span>Make and model</span>
          <input
            name="model"
            maxLength={MODEL_CHARS}
            defaultValue={typedModel()}
            placeholder="Lenovo Tab M10"
            autocomplete="off"
            spellcheck={false}
          />
          <span class="quiet small">
            Your home tells it to its relay, so that a fault of one model can be stopped without the others.
          </span>
        </label>
        <button class="button">Keep it</button>
      </form>
    </details>
  );
}
