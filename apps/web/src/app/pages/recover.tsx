/** Every admin device is lost, the sheet is here: its words or its code make this browser the admin, once the agent's machine says yes. */
import { useSignal } from '@preact/signals';
import { householdCode, verifyChain, type DeviceKeys, type MemberKind } from '@sealcam/home';
import { notOnSheets, recoveryKeys, seedFromQrText, seedFromWords } from '@sealcam/home/recovery';
import { SealcamError, type HomeId } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { wordsOf } from '../../home/home.ts';
import {
  homeOfSheet,
  prepareRecovery,
  proposeRecovery,
  waitForAdmission,
  type Recovering,
  type SheetHome,
  type Waiting,
} from '../../home/recovering.ts';
import type { KeyStore } from '../../keys/key-store.ts';
import { fieldText } from '../../parts/field-text.ts';
import { Note } from '../../parts/note.tsx';
import { useTask, type Task } from '../../parts/task.ts';
import { TaskNote } from '../../parts/task-note.tsx';
import { CodeGroups } from '../../parts/who-panel.tsx';
import { counted } from '../../words/ages.ts';
import { Scanner } from '../scanner.tsx';

/** A recovery under way, kept beside the keys: a reload goes on where it was. */
const FACT = 'recovering';

export async function recoveryUnderWay(keys: KeyStore): Promise<Recovering | undefined> {
  return await keys.fact<Recovering | undefined>(FACT);
}

interface Props {
  readonly keys: KeyStore;
  readonly kind: MemberKind;
  /** Of an earlier load of this page. */
  readonly begun: Recovering | undefined;
  readonly onJoined: (home: HomeId) => void;
  readonly onBack: () => void;
}

type Step =
  | { readonly at: 'sheet' }
  | { readonly at: 'choosing'; readonly home: SheetHome }
  | { readonly at: 'waiting'; readonly recovering: Recovering; readonly home: SheetHome | undefined };

export function Recover({ keys, kind, begun, onJoined, onBack }: Props): JSX.Element {
  const step = useSignal<Step>(
    begun === undefined ? { at: 'sheet' } : { at: 'waiting', recovering: begun, home: undefined },
  );
  const now = step.value;
  const again = (): void => {
    void keys.keepFact(FACT, undefined);
    step.value = { at: 'sheet' };
  };
  switch (now.at) {
    case 'sheet':
      return <EnterSheet onHome={(home) => (step.value = { at: 'choosing', home })} onBack={onBack} />;
    case 'choosing':
      return (
        <Choose
          home={now.home}
          kind={kind}
          onAgain={again}
          onReady={async (recovering) => {
            // Its keys first: a confirmation for keys that a closed page forgot would lock everyone out.
            await keys.keepFact(FACT, recovering);
            step.value = { at: 'waiting', recovering, home: now.home };
          }}
        />
      );
    case 'waiting':
      return (
        <WaitForHome
          recovering={now.recovering}
          home={now.home}
          onAgain={again}
          onAdmitted={async (device) => {
            await keys.add(device);
            await keys.keepFact(FACT, undefined);
            onJoined(device.homeId);
          }}
        />
      );
  }
}

function EnterSheet({
  onHome,
  onBack,
}: {
  readonly onHome: (home: SheetHome) => void;
  readonly onBack: () => void;
}): JSX.Element {
  const task = useTask();
  const text = useSignal('');
  const scanning = useSignal(false);
  const look = (read: () => Uint8Array): void => {
    void task.run(async () => {
      onHome(await homeOfSheet(await keysOf(read)).catch(inWords));
    });
  };
  const count = text.value.trim() === '' ? 0 : text.value.trim().split(/\s+/u).length;
  const strange = notOnSheets(text.value);
  return (
    <div class="stack">
      <p>
        Type the 24 words of the sheet, in their order, or scan its code. They make this browser an admin of the home
        again. Nothing changes before somebody confirms it at the computer at home that runs Sealcam.
      </p>
      {scanning.value ? (
        <>
          <Scanner
            onText={(code) => {
              scanning.value = false;
              look(() => seedFromQrText(code));
            }}
          />
          <button class="button" onClick={() => (scanning.value = false)}>
            Type the words instead
          </button>
        </>
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            look(() => seedFromWords(text.peek()));
          }}
        >
          <label class="field">
            <span>The 24 words</span>
            <textarea
              name="words"
              rows={5}
              required
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              value={text.value}
              onInput={(event) => (text.value = event.currentTarget.value)}
            />
          </label>
          <p class="quiet small" role="status">
            {strange.length > 0
              ? `No sheet has the word ${strange.map((word) => `“${word}”`).join(', ')}.`
              : `${count} of 24 words.`}
          </p>
          <div class="row">
            <button class="button primary" disabled={task.state.value.at === 'running'}>
              Find my home
            </button>
            <button type="button" class="button" onClick={() => (scanning.value = true)}>
              Scan its code
            </button>
          </div>
        </form>
      )}
      <TaskNote task={task} running="Looking for the home of this sheet…" />
      <button class="button" onClick={onBack}>
        Back
      </button>
      <p class="quiet small">
        No sheet and no admin device? At the computer that runs Sealcam type <code>npx sealcam home reset</code>:
        cameras stay, and everyone pairs again.
      </p>
    </div>
  );
}

/** @throws {Explained} for what is no sheet */
async function keysOf(read: () => Uint8Array): Promise<DeviceKeys> {
  try {
    return await recoveryKeys(read());
  } catch (error) {
    throw new Explained('That is not a recovery sheet. Check each word and the order; there are 24.', error);
  }
}

function inWords(error: unknown): never {
  if (error instanceof SealcamError && ['home.unknown', 'device.unknown', 'device.removed'].includes(error.code))
    throw new Explained(
      'No home has this sheet at this address. A newer sheet may have replaced it, or its home was reset.',
      error,
    );
  throw error;
}

/** An error with words of its own. */
class Explained extends SealcamError {
  readonly #said: string;
  constructor(said: string, cause: unknown) {
    super('home.unknown', undefined, { cause });
    this.#said = said;
  }
  override get words(): string {
    return this.#said;
  }
}

function Choose({
  home,
  kind,
  onReady,
  onAgain,
}: {
  readonly home: SheetHome;
  readonly kind: MemberKind;
  readonly onReady: (recovering: Recovering) => Promise<void>;
  readonly onAgain: () => void;
}): JSX.Element {
  const task = useTask();
  const keepAdmins = useSignal(false);
  const viewers = home.head.roster.entries.filter(({ role }) => role === 'viewer').length;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const name = fieldText(new FormData(event.currentTarget), 'name');
        void task.run(async () => {
          await onReady(await prepareRecovery(home, { keepAdmins: keepAdmins.peek(), name, kind }));
        });
      }}
    >
      <Note tone="done">
        <p>
          Found the home: {counted(home.admins.length, 'admin device')} and {counted(viewers, 'other device')}.
        </p>
      </Note>
      <label class="field">
        <span>What do you call this device?</span>
        <input
          name="name"
          required
          maxLength={64}
          defaultValue={kind === 'phone' ? 'Phone' : 'Browser'}
          autocomplete="off"
        />
      </label>
      <fieldset class="stack tight">
        <legend class="legend">The earlier admin {home.admins.length === 1 ? 'device' : 'devices'}</legend>
        <label class="check">
          <input type="radio" name="admins" checked={!keepAdmins.value} onChange={() => (keepAdmins.value = false)} />
          <span>lost: shut {home.admins.length === 1 ? 'it' : 'them'} out</span>
        </label>
        <label class="check">
          <input type="radio" name="admins" checked={keepAdmins.value} onChange={() => (keepAdmins.value = true)} />
          <span>still ours: keep {home.admins.length === 1 ? 'it' : 'them'}</span>
        </label>
      </fieldset>
      <TaskNote task={task} running="Making the keys…" />
      <div class="row">
        <button class="button primary">Make this device an admin</button>
        <button type="button" class="button" onClick={onAgain}>
          Back
        </button>
      </div>
    </form>
  );
}

function WaitForHome({
  recovering,
  home,
  onAdmitted,
  onAgain,
}: {
  readonly recovering: Recovering;
  readonly home: SheetHome | undefined;
  readonly onAdmitted: (device: Recovering['device']) => Promise<void>;
  readonly onAgain: () => void;
}): JSX.Element {
  const task = useTask();
  const told = useSignal(home === undefined);
  const trouble = useSignal<string | undefined>(undefined);
  const code = useSignal<readonly string[]>([]);
  const waiting = useRef<Waiting | undefined>(undefined);
  const propose = (): void => {
    if (home === undefined) return;
    void task
      .run(async () => {
        await proposeRecovery(home, recovering, () => (told.value = true));
      })
      .then((confirmed) => {
        if (confirmed) waiting.current?.hurry();
      });
  };
  useEffect(() => {
    void proposedCode(recovering).then((groups) => (code.value = groups));
    waiting.current = waitForAdmission(
      recovering,
      (device) => void onAdmitted(device).catch((error: unknown) => (trouble.value = wordsOf(error))),
      (error) => (trouble.value = wordsOf(error)),
    );
    propose();
    return () => waiting.current?.stop();
  }, []);
  return (
    <div class="stack">
      {told.value ? (
        <>
          <h2>Now confirm it at home</h2>
          <p>At the computer that runs Sealcam, in its folder, type:</p>
          <pre class="command">npx sealcam home confirm</pre>
          <p>It asks before it does anything, and shows these numbers:</p>
          <CodeGroups code={code.value} />
          <p role="status">Waiting for that. This page goes on by itself.</p>
        </>
      ) : (
        <p role="status">Telling your home…</p>
      )}
      {trouble.value !== undefined && (
        <Note tone="danger">
          <p>{trouble.value}</p>
        </Note>
      )}
      <Failed task={task} onAgain={propose} />
      <button class="button" onClick={onAgain}>
        Start over
      </button>
    </div>
  );
}

function Failed({ task, onAgain }: { readonly task: Task; readonly onAgain: () => void }): JSX.Element | null {
  if (task.state.value.at !== 'failed') return null;
  return (
    <>
      <TaskNote task={task} running="" />
      <button class="button primary" onClick={onAgain}>
        Try again
      </button>
    </>
  );
}

async function proposedCode({ device }: Recovering): Promise<readonly string[]> {
  return await householdCode((await verifyChain(device.rosters, device.homeId)).hash);
}
