/** The first step of adding a device: it opens Sealcam, and this one reads the code that it shows. */
import { Keyboard, QrCode as QrIcon } from 'lucide-preact';
import type { JSX } from 'preact';
import type { Home } from '../../home/home.ts';
import { fieldText } from '../../parts/field-text.ts';
import { OpenOnIt } from '../open-on-it.tsx';
import { PairingSession } from '../pairing-session.ts';
import { Scanner } from '../scanner.tsx';

interface Props {
  readonly home: Home;
  readonly way: 'scan' | 'type';
  readonly onWay: (way: 'scan' | 'type') => void;
  readonly onBegin: (session: PairingSession) => void;
}

export function BeginPairing(props: Props): JSX.Element {
  return (
    <div class="stack apart">
      <section class="stack">
        <h2>1. Open Sealcam on it</h2>
        <OpenOnIt />
      </section>
      <section class="stack">
        <h2>2. Read the code that it shows</h2>
        <ReadCode {...props} />
      </section>
    </div>
  );
}

function ReadCode({ home, way, onWay, onBegin }: Props): JSX.Element {
  const choice = (value: Props['way'], Icon: typeof Keyboard, words: string): JSX.Element => (
    <button
      class="button"
      aria-pressed={way === value}
      onClick={() => {
        onWay(value);
      }}
    >
      <Icon size={20} aria-hidden /> {words}
    </button>
  );
  return (
    <>
      <div class="segments" role="group" aria-label="How to read it">
        {choice('type', Keyboard, 'Type numbers')}
        {choice('scan', QrIcon, 'Scan the code')}
      </div>
      {way === 'scan' ? (
        <Scanner
          onText={(text) => {
            onBegin(PairingSession.byLink(home, text));
          }}
        />
      ) : (
        <NumberForm
          onNumber={(number) => {
            onBegin(PairingSession.byNumber(home, number));
          }}
        />
      )}
    </>
  );
}

function NumberForm({ onNumber }: { readonly onNumber: (number: string) => void }): JSX.Element {
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onNumber(fieldText(new FormData(event.currentTarget), 'number').replace(/\D/g, ''));
      }}
    >
      <label class="field">
        <span>Meeting number on the other screen (“Show six digits instead”)</span>
        <input
          class="digits"
          name="number"
          inputMode="numeric"
          autocomplete="off"
          required
          pattern="\d{4}"
          maxLength={4}
        />
      </label>
      <button class="button primary">Go on</button>
    </form>
  );
}
