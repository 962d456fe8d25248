/** The admin's side of a pairing: by scanned code or by typed numbers, until the roster with the new device is handed over. */
import { signal, type ReadonlySignal } from '@preact/signals';
import {
  decodePairingLink,
  digitsAdminReceive,
  digitsAdmit,
  joinDigits,
  NO_TRIES,
  pairingCancelled,
  qrAdminReceive,
  qrAdmit,
  scanQr,
  typeDigits,
  type AdminHome,
  type Declared,
  type DigitsAdmin,
  type DigitTries,
  type PairedDevice,
  type PairingStep,
  type QrAdmin,
  type RosterChange,
} from '@sealcam/home';
import { epoch, NO_MODEL, SEALED_ROUTE, SealcamError, type ErrorCode } from '@sealcam/protocol';
import { ask, changeRoster, type Home } from '../home/home.ts';
import { openMailbox, type Mailbox } from '../home/mailbox.ts';

export type Pairing =
  | { readonly at: 'meeting' }
  | { readonly at: 'typing' }
  | { readonly at: 'choosing'; readonly device: PairedDevice; readonly pressed: boolean }
  | { readonly at: 'admitting'; readonly device: PairedDevice }
  | { readonly at: 'done'; readonly device: PairedDevice }
  | { readonly at: 'failed'; readonly code: ErrorCode };

type Machine =
  { readonly way: 'qr'; readonly state: QrAdmin } | { readonly way: 'digits'; readonly state: DigitsAdmin };

const TRIES = 'pairing-tries';

export class PairingSession {
  readonly #home: Home;
  readonly #view = signal<Pairing>({ at: 'meeting' });
  #machine: Machine | undefined;
  #mailbox: Mailbox | undefined;
  #work: Promise<void> = Promise.resolve();
  #over = false;

  private constructor(home: Home) {
    this.#home = home;
  }

  /** @param text what the QR code held, or a fragment's value */
  static byLink(home: Home, text: string): PairingSession {
    const session = new PairingSession(home);
    try {
      const link = decodePairingLink(text);
      session.#machine = {
        way: 'qr',
        state: scanQr({ keys: home.client.device.keys, link, home: adminHome(home), nowMs: Date.now() }),
      };
      session.#meet({ do: 'join', mailboxId: link.mailboxId });
    } catch {
      session.#fail('pair.unknown');
    }
    return session;
  }

  /** @param number the four digits on the other screen */
  static byNumber(home: Home, number: string): PairingSession {
    const session = new PairingSession(home);
    session.#meet({ do: 'join-number', number });
    return session;
  }

  get view(): ReadonlySignal<Pairing> {
    return this.#view;
  }

  #meet(start: Parameters<typeof openMailbox>[0]): void {
    this.#mailbox = openMailbox(start, {
      ready: (_mailbox, { mailboxId }) => {
        if (start.do !== 'join-number') return;
        this.#inOrder(async () => {
          const state = joinDigits({
            keys: this.#home.client.device.keys,
            mailboxId,
            home: adminHome(this.#home),
            tries: await this.#tries(),
            nowMs: Date.now(),
          });
          this.#machine = { way: 'digits', state };
          this.#show();
        });
      },
      mail: (body) => {
        this.#inOrder(() => this.#receive(body));
      },
      failed: (code) => {
        if (this.#view.peek().at !== 'done') this.#fail(code);
      },
    });
  }

  async #receive(body: Uint8Array): Promise<void> {
    const machine = this.#machine;
    if (machine?.way === 'qr') this.#took('qr', await qrAdminReceive(machine.state, body, Date.now()));
    else if (machine?.way === 'digits') this.#took('digits', await digitsAdminReceive(machine.state, body, Date.now()));
  }

  type(digits: string): void {
    this.#inOrder(async () => {
      if (this.#machine?.way !== 'digits') return;
      const outcome = await typeDigits(this.#machine.state, digits, await this.#tries(), Date.now());
      await this.#home.keys.keepFact(TRIES, outcome.tries);
      this.#took('digits', outcome);
    });
  }

  /** After the press on the other side. Signs it in, waits for nothing but the relay, and hands the roster over. */
  /** @param name what the home will call it */
  admit(change: Omit<Extract<RosterChange, { do: 'addDevice' }>, 'do' | 'sigPub'>, name: string): void {
    this.#inOrder(async () => {
      const machine = this.#machine;
      const view = this.#view.peek();
      if (machine === undefined || view.at !== 'choosing') return;
      this.#view.value = { at: 'admitting', device: view.device };
      const from = 'session' in machine.state ? machine.state.session.home.head.version : 0;
      await declare(this.#home, view.device, name);
      await changeRoster(this.#home, [{ do: 'addDevice', sigPub: view.device.sigPub, ...change }]);
      // All that came after the head we offered: another admin may have changed the home meanwhile.
      const next = this.#home.client.device.rosters.slice(from);
      if (machine.way === 'qr') this.#took('qr', await qrAdmit(machine.state, next, Date.now()));
      else this.#took('digits', await digitsAdmit(machine.state, next, Date.now()));
    });
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    const { at } = this.#view.peek();
    if (at !== 'done' && at !== 'failed') this.#mailbox?.post([pairingCancelled()]);
    this.#mailbox?.close();
  }

  async #tries(): Promise<DigitTries> {
    return (await this.#home.keys.fact<DigitTries>(TRIES)) ?? NO_TRIES;
  }

  #took(way: 'qr', step: PairingStep<QrAdmin>): void;
  #took(way: 'digits', step: PairingStep<DigitsAdmin>): void;
  #took(way: 'qr' | 'digits', step: PairingStep<QrAdmin | DigitsAdmin>): void {
    this.#machine = { way, state: step.state } as Machine;
    this.#mailbox?.post(step.send);
    this.#show();
  }

  #show(): void {
    const state = this.#machine?.state;
    if (state === undefined || state.at === 'waiting') return;
    if (state.at === 'failed') this.#fail(state.code);
    else if (state.at === 'typing') this.#view.value = { at: 'typing' };
    else if (state.at === 'offered' || state.at === 'matched')
      this.#view.value = { at: 'choosing', device: state.device, pressed: state.pressed };
    else this.#view.value = { at: 'done', device: state.device };
  }

  #inOrder(work: () => Promise<void>): void {
    this.#work = this.#work
      .then(async () => {
        if (!this.#over) await work();
      })
      .catch((error: unknown) => {
        this.#fail(error instanceof SealcamError ? error.code : 'internal');
      });
  }

  #fail(code: ErrorCode): void {
    if (this.#view.peek().at === 'failed') return;
    this.#view.value = { at: 'failed', code };
    this.#mailbox?.close();
  }
}

/** What a device said of itself, as the home is told; undefined where it said nothing. */
export function declaredBy({ model, route }: PairedDevice): Declared | undefined {
  return model === NO_MODEL && route === SEALED_ROUTE ? undefined : { model, route };
}

/** Before it is a member: the home must know a partner's display before that can get a picture. */
async function declare(home: Home, device: PairedDevice, name: string): Promise<void> {
  const declared = declaredBy(device);
  if (declared === undefined) return;
  const { deviceId, kind, route } = device;
  try {
    await ask(home, { do: 'member.rename', deviceId, name, kind, declared });
  } catch (error) {
    // A home that is away for a moment keeps none of its own displays out; it hears of the model when it is back.
    if (route !== SEALED_ROUTE) throw error;
  }
}

function adminHome(home: Home): AdminHome {
  const { head, names, manifest } = home.facts.peek();
  const { rosters, mark, epochFloor } = home.client.device;
  return { head, rosters, homeName: names?.homeName ?? '', epoch: epoch(manifest?.epoch ?? mark?.epoch ?? epochFloor) };
}
