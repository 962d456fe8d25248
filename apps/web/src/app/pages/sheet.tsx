/** The recovery sheet: 32 bytes on paper, nowhere else. Printing or saving it is what makes it count. */
import { useSignal } from '@preact/signals';
import { newRecoverySeed, recoveryKeys, recoveryQrText, recoveryWords } from '@sealcam/home/recovery';
import { Printer, Save } from 'lucide-preact';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { changeRoster, type Home } from '../../home/home.ts';
import { Note } from '../../parts/note.tsx';
import { Page } from '../../parts/page.tsx';
import { QrCode } from '../../parts/qr-code.tsx';
import { useTask } from '../../parts/task.ts';
import { TaskNote } from '../../parts/task-note.tsx';
import { longDate } from '../../words/ages.ts';

interface Props {
  readonly home: Home;
  readonly onDone: () => void;
  readonly first?: boolean;
}

export function Sheet({ home, onDone, first = false }: Props): JSX.Element {
  const seed = useMemo(newRecoverySeed, []);
  const counts = useSignal(false);
  const task = useTask();
  const had = home.facts.value.head.roster.entries.some(({ role }) => role === 'recovery');
  const register = async (then: () => void): Promise<void> => {
    const done = await task.run(async () => {
      if (!counts.value) await changeRoster(home, [{ do: 'setRecovery', sigPub: (await recoveryKeys(seed)).sigPub }]);
      counts.value = true;
    });
    if (done) then();
  };
  const words = recoveryWords(seed).split(' ');
  return (
    <Page title="Recovery sheet" narrow {...(first ? {} : { back: { at: 'settings' as const } })}>
      <p>
        If every admin’s device is lost, this sheet makes a new one. Whoever holds it can do that, so keep it as you
        keep a passport.
        {had && !counts.value && ' A new sheet ends the one before it.'}
      </p>
      <div class="sheet">
        <div>
          <strong>Sealcam recovery sheet</strong>
          <div>
            {home.name.value} · {longDate(home.now.value)}
          </div>
        </div>
        <div class="halves">
          <QrCode text={recoveryQrText(seed)} label="Recovery code" />
          <ol class="words" aria-label="24 words">
            {words.map((word, index) => (
              <li key={index}>
                <span>{index + 1}</span> {word}
              </li>
            ))}
          </ol>
        </div>
      </div>
      {counts.value && (
        <Note tone="done">
          <p>This sheet counts now.</p>
        </Note>
      )}
      <TaskNote task={task} running="Making this sheet count…" />
      <div class="row">
        <button
          class="button primary"
          onClick={() =>
            void register(() => {
              print();
            })
          }
        >
          <Printer size={20} aria-hidden /> Print
        </button>
        <button
          class="button"
          onClick={() =>
            void register(() => {
              save(home.name.value, words);
            })
          }
        >
          <Save size={20} aria-hidden /> Save
        </button>
        <button class="button" onClick={onDone}>
          {counts.value ? 'Done' : 'Later'}
        </button>
      </div>
      {!counts.value && (
        <p class="quiet small">“Later” leaves this sheet without effect. A new one is always in Settings.</p>
      )}
    </Page>
  );
}

function save(homeName: string, words: readonly string[]): void {
  const lines = [
    `Sealcam recovery sheet: ${homeName}`,
    '',
    ...words.map((word, index) => `${index + 1}. ${word}`),
    '',
    'Keep this where no one else finds it.',
    '',
  ];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([lines.join('\n')], { type: 'text/plain' }));
  link.download = 'sealcam-recovery-sheet.txt';
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 10_000);
}
