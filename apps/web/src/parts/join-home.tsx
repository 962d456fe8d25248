/** The side that wants in: shows a QR code, or a meeting number and six digits, and waits for one press under the home's name. */
import { useSignal } from '@preact/signals';
import {
  digitsDevicePress,
  digitsDeviceReceive,
  encodePairingLink,
  generateDeviceKeys,
  generateHpkeKeys,
  pairingCancelled,
  qrDevicePress,
  qrDeviceReceive,
  showDigits,
  showQr,
  type DigitsDevice,
  type MemberKind,
  type OfferedHome,
  type QrDevice,
} from '@sealcam/home';
import { newStoredDevice } from '@sealcam/player/viewer';
import { ERRORS, mailboxId, SealcamError, toHex, type ErrorCode, type HomeId } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { randomBytes } from '../home/browser-ports.ts';
import { openMailbox, type Mailbox } from '../home/mailbox.ts';
import type { KeyStore } from '../keys/key-store.ts';
import { ModelField } from './model-field.tsx';
import { Note } from './note.tsx';
import { ownModel } from './own-model.ts';
import { QrCode } from './qr-code.tsx';

type Way = 'qr' | 'digits';
type Machine =
  { readonly way: 'qr'; readonly state: QrDevice } | { readonly way: 'digits'; readonly state: DigitsDevice };

type Step =
  | { readonly at: 'preparing' }
  | { readonly at: 'code'; readonly link: string }
  | { readonly at: 'number'; readonly number: string }
  | { readonly at: 'digits'; readonly digits: string; readonly home: OfferedHome }
  | { readonly at: 'offered'; readonly home: OfferedHome }
  | { readonly at: 'joining'; readonly home: OfferedHome }
  | { readonly at: 'failed'; readonly code: ErrorCode };

interface Props {
  readonly keys: KeyStore;
  readonly kind: MemberKind;
  /** What this device calls itself until somebody renames it. */
  readonly name: string;
  readonly onJoined: (home: HomeId) => void;
}

export function JoinHome({ keys, kind, name, onJoined }: Props): JSX.Element {
  const step = useSignal<Step>({ at: 'preparing' });
  const way = useSignal<Way>('qr');
  const attempt = useSignal(0);
  const run = useRef<Attempt | undefined>(undefined);

  useEffect(() => {
    const current = new Attempt({
      keys,
      kind,
      name,
      way: way.value,
      show: (next) => (step.value = next),
      joined: onJoined,
    });
    run.current = current;
    void current.start();
    return () => {
      current.close();
    };
  }, [way.value, attempt.value]);

  const other = (): void => {
    way.value = way.value === 'qr' ? 'digits' : 'qr';
  };
  return (
    <StepView
      step={step.value}
      onOther={other}
      onPress={() => void run.current?.press()}
      onAgain={() => (attempt.value += 1)}
    />
  );
}

interface AttemptOptions extends Omit<Props, 'onJoined'> {
  readonly way: Way;
  readonly show: (step: Step) => void;
  readonly joined: (home: HomeId) => void;
}

/** A code lives five minutes; a fresh one takes its place before that, so that a tablet on the wall always shows one that works. */
const RENEW_MS = 4.5 * 60_000;

class Attempt {
  readonly #options: AttemptOptions;
  #machine: Machine | undefined;
  #mailbox: Mailbox | undefined;
  #keys:
    | { device: Awaited<ReturnType<typeof generateDeviceKeys>>; hpke: Awaited<ReturnType<typeof generateHpkeKeys>> }
    | undefined;
  #work: Promise<void> = Promise.resolve();
  #renew: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { kind, name, way } = this.#options;
    this.#options.show({ at: 'preparing' });
    const [device, hpke, model] = await Promise.all([generateDeviceKeys(), generateHpkeKeys(1), ownModel()]);
    this.#keys = { device, hpke };
    const box = mailboxId(toHex(randomBytes(16)));
    const input = { keys: device, hpke, mailboxId: box, kind, name, model, nowMs: Date.now() };
    if (way === 'qr') {
      const { state, send, link } = await showQr(input);
      const url = `${location.origin}/app#pair=${encodePairingLink(link)}`;
      this.#open({ way, state }, { box, send, ready: () => ({ at: 'code', link: url }) });
    } else {
      const { state, send } = await showDigits(input);
      this.#open({ way, state }, { box, send, ready: (number) => ({ at: 'number', number: number ?? '' }) });
    }
  }

  #open(
    machine: Machine,
    {
      box,
      send,
      ready,
    }: { box: ReturnType<typeof mailboxId>; send: readonly Uint8Array[]; ready: (number: string | undefined) => Step },
  ): void {
    if (this.#closed) return;
    this.#machine = machine;
    this.#mailbox = openMailbox(
      { do: 'open', mailboxId: box, digits: machine.way === 'digits' },
      {
        ready: (mailbox, { number }) => {
          mailbox.post(send);
          this.#options.show(ready(number));
          this.#renew = setTimeout(() => void this.#renewCode(), RENEW_MS);
        },
        mail: (body) => {
          this.#inOrder(async (now) => {
            if (machine.way === 'qr' && this.#machine?.way === 'qr')
              return { way: 'qr', step: await qrDeviceReceive(this.#machine.state, body, now) };
            if (this.#machine?.way === 'digits')
              return { way: 'digits', step: await digitsDeviceReceive(this.#machine.state, body, now) };
            return undefined;
          });
        },
        failed: (code) => {
          this.#fail(code);
        },
      },
    );
  }

  async press(): Promise<void> {
    this.#inOrder(async (now) => {
      if (this.#machine?.way === 'qr') return { way: 'qr', step: await qrDevicePress(this.#machine.state, now) };
      if (this.#machine?.way === 'digits')
        return { way: 'digits', step: await digitsDevicePress(this.#machine.state, now) };
      return undefined;
    });
    await this.#work;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#renew);
    const { at } = this.#machine?.state ?? {};
    if (at === 'offered' || at === 'digits') this.#mailbox?.post([pairingCancelled()]);
    this.#mailbox?.close();
  }

  async #renewCode(): Promise<void> {
    const { at } = this.#machine?.state ?? {};
    if (this.#closed || (at !== 'showing' && at !== 'meeting')) return;
    this.#mailbox?.close();
    await this.start();
  }

  #inOrder(
    act: (
      now: number,
    ) => Promise<
      | { way: 'qr'; step: Awaited<ReturnType<typeof qrDeviceReceive>> }
      | { way: 'digits'; step: Awaited<ReturnType<typeof digitsDeviceReceive>> }
      | undefined
    >,
  ): void {
    this.#work = this.#work
      .then(async () => {
        if (this.#closed) return;
        const out = await act(Date.now());
        if (out === undefined) return;
        this.#machine =
          out.way === 'qr' ? { way: 'qr', state: out.step.state } : { way: 'digits', state: out.step.state };
        this.#mailbox?.post(out.step.send);
        await this.#shown();
      })
      .catch((error: unknown) => {
        this.#fail(error instanceof SealcamError ? error.code : 'internal');
      });
  }

  async #shown(): Promise<void> {
    const state = this.#machine?.state;
    const { show } = this.#options;
    if (state === undefined) return;
    if (state.at === 'failed') this.#fail(state.code);
    else if (state.at === 'offered') show({ at: 'offered', home: state.home });
    else if (state.at === 'digits') show({ at: 'digits', digits: state.digits, home: state.home });
    else if (state.at === 'joining') show({ at: 'joining', home: state.home });
    else if (state.at === 'joined') await this.#joined(state.home);
  }

  async #joined(home: OfferedHome): Promise<void> {
    const keys = this.#keys;
    if (keys === undefined) return;
    await this.#options.keys.add(
      newStoredDevice({
        homeId: home.homeId,
        keys: keys.device,
        hpke: keys.hpke,
        rosters: home.rosters,
        epochFloor: home.epoch,
        nowMs: Date.now(),
      }),
    );
    this.close();
    this.#options.joined(home.homeId);
  }

  #fail(code: ErrorCode): void {
    if (this.#closed) return;
    this.close();
    this.#options.show({ at: 'failed', code });
  }
}

interface ViewProps {
  readonly step: Step;
  readonly onOther: () => void;
  readonly onPress: () => void;
  readonly onAgain: () => void;
}

function StepView({ step, onOther, onPress, onAgain }: ViewProps): JSX.Element {
  switch (step.at) {
    case 'preparing':
      return (
        <div class="stack">
          <p role="status">Making this device’s keys. They never leave it…</p>
        </div>
      );
    case 'code':
      return (
        <div class="stack">
          <QrCode text={step.link} label="Pairing code of this device" />
          <p>Scan this with the phone of an admin of your home: its camera, or “Add a device” in Sealcam.</p>
          <button class="button" onClick={onOther}>
            Show six digits instead
          </button>
          <ModelField onChange={onAgain} />
        </div>
      );
    case 'number':
      return (
        <div class="stack">
          <p>On an admin’s phone choose “Add a device”, then “Type numbers”, and type this meeting number:</p>
          <p class="digits" data-testid="meeting-number">
            {step.number}
          </p>
          <p class="quiet">Six digits follow here when the numbers met.</p>
          <button class="button" onClick={onOther}>
            Show a QR code instead
          </button>
          <ModelField onChange={onAgain} />
        </div>
      );
    case 'digits':
      return (
        <div class="stack">
          <p>
            Type these six digits on the admin’s phone. When it says so, press OK here to join{' '}
            <strong>{step.home.homeName}</strong>.
          </p>
          <p class="digits" data-testid="six-digits">
            {step.digits.slice(0, 3)} {step.digits.slice(3)}
          </p>
          <button class="button primary big" onClick={onPress}>
            OK, join {step.home.homeName}
          </button>
        </div>
      );
    case 'offered':
      return (
        <div class="stack">
          <h2>
            Show the cameras of <strong>{step.home.homeName}</strong> here?
          </h2>
          <p class="quiet">If that is not your home, do not press. Ask for a new code instead.</p>
          <button class="button primary big" onClick={onPress}>
            Yes, join {step.home.homeName}
          </button>
          <button class="button" onClick={onAgain}>
            No, show a new code
          </button>
        </div>
      );
    case 'joining':
      return (
        <div class="stack">
          <p role="status">Waiting for the admin of {step.home.homeName} to finish: choose the cameras there…</p>
          <button class="button" onClick={onAgain}>
            Start again
          </button>
        </div>
      );
    case 'failed':
      return (
        <div class="stack">
          <Note tone="danger">
            <p>
              {step.code === 'home.offline'
                ? 'This device cannot reach Sealcam. Check its network.'
                : ERRORS[step.code].words}
            </p>
          </Note>
          <button class="button primary" onClick={onAgain}>
            Show a new code
          </button>
        </div>
      );
  }
}
