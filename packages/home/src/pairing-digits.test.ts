import { epoch, mailboxId } from '@sealcam/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeHome, newDevice, nextHead, NOW, PORCH, type Device, type TestHome } from './home.fixture.ts';
import { buildNextRoster } from './next-roster.ts';
import {
  digitsAdminReceive,
  digitsAdmit,
  digitsDevicePress,
  digitsDeviceReceive,
  isLocked,
  joinDigits,
  LOCK_MS,
  NO_TRIES,
  showDigits,
  typeDigits,
  type DigitsAdmin,
  type DigitsDevice,
  type DigitTries,
} from './pairing-digits.ts';
import { encodePairingMessage } from './pairing-messages.ts';
import { commitment, sasCode, sasTranscript, type SasInput } from './pairing-sas.ts';
import { PAIRING_MS, type AdminHome } from './pairing.ts';
import { signRoster } from './sign.ts';
import { member } from './verify-roster.ts';

const MAILBOX = mailboxId('0e'.repeat(16));

let home: TestHome;
let mallory: TestHome;
let tablet: Device;
beforeAll(async () => {
  [home, mallory, tablet] = await Promise.all([makeHome(), makeHome(), newDevice()]);
});

function adminHome(of: TestHome): AdminHome {
  return { head: of.head, rosters: of.rosters, homeName: 'Linden Street', epoch: epoch(NOW) };
}

async function show(device: Device = tablet, unsafeDigits = 6) {
  return await showDigits({
    keys: device.keys,
    hpke: device.hpke,
    mailboxId: MAILBOX,
    kind: 'display',
    name: 'Kitchen tablet',
    nowMs: NOW,
    unsafeDigits,
  });
}

function join(of: TestHome = home, tries: DigitTries = NO_TRIES, unsafeDigits = 6): DigitsAdmin {
  return joinDigits({ keys: of.admin.keys, mailboxId: MAILBOX, home: adminHome(of), tries, nowMs: NOW, unsafeDigits });
}

interface Side<S> {
  readonly state: S;
  readonly send: readonly Uint8Array[];
}

async function feed<S>(
  state: S,
  bodies: readonly Uint8Array[],
  receive: (state: S, body: Uint8Array, nowMs: number) => Promise<Side<S>>,
): Promise<Side<S>> {
  let side: Side<S> = { state, send: [] };
  for (const body of bodies) {
    const step = await receive(side.state, body, NOW);
    side = { state: step.state, send: [...side.send, ...step.send] };
  }
  return side;
}

const toD = async (state: DigitsDevice, bodies: readonly Uint8Array[]) =>
  await feed(state, bodies, digitsDeviceReceive);
const toA = async (state: DigitsAdmin, bodies: readonly Uint8Array[]) => await feed(state, bodies, digitsAdminReceive);

function digitsOn(state: DigitsDevice): string {
  if (state.at !== 'digits') throw new Error(`D is ${state.at}`);
  return state.digits;
}

/** Up to where D shows the code and A waits for it. */
async function untilTyping() {
  const shown = await show();
  const answered = await toA(join(), shown.send);
  const revealed = await toD(shown.state, answered.send);
  const typing = await toA(answered.state, revealed.send);
  return { d: revealed.state, a: typing.state, shown, answered, revealed };
}

/** A code that is not the one shown. */
const wrongFor = (digits: string): string => digits.replace(/^./u, (first) => String((Number(first) + 1) % 10));

describe('pairing by digits', () => {
  it('lets a display in after the typed code and the press', async () => {
    const { d, a } = await untilTyping();
    const digits = digitsOn(d);
    expect(digits).toMatch(/^\d{6}$/);
    const typed = await typeDigits(a, `${digits.slice(0, 3)} ${digits.slice(3)}`, { wrong: 2, lockedUntilMs: 0 }, NOW);
    expect(typed).toMatchObject({ state: { at: 'matched', pressed: false }, tries: NO_TRIES });
    const pressed = await digitsDevicePress(d, NOW);
    const told = await toA(typed.state, pressed.send);
    expect(told.state).toMatchObject({
      at: 'matched',
      pressed: true,
      device: { name: 'Kitchen tablet', kind: 'display', model: '', route: 'sealed' },
    });
    const roster = await buildNextRoster(home.head, home.admin.keys.deviceId, [
      { do: 'addDevice', sigPub: tablet.keys.sigPub, role: 'viewer', grants: [PORCH] },
    ]);
    const admitted = await digitsAdmit(told.state, await signRoster(home.admin.keys, roster), NOW);
    const joined = await toD(pressed.state, admitted.send);
    if (joined.state.at !== 'joined') throw new Error(joined.state.at);
    expect(member(joined.state.home.head, tablet.keys.deviceId)?.grants).toEqual([PORCH]);
  });

  it('does not mind a press that comes before the code was typed', async () => {
    const { d, a } = await untilTyping();
    const early = await toA(a, (await digitsDevicePress(d, NOW)).send);
    expect(early.state).toMatchObject({ at: 'typing', pressed: true });
    await expect(digitsAdmit(early.state, home.head.bytes, NOW)).rejects.toMatchObject({ code: 'internal' });
    expect((await typeDigits(early.state, digitsOn(d), NO_TRIES, NOW)).state).toMatchObject({
      at: 'matched',
      pressed: true,
    });
  });

  it('burns on a wrong code; three lock for ten minutes, across pairings', async () => {
    let tries = NO_TRIES;
    const outcomes: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { d, a } = await untilTyping();
      const step = await typeDigits(a, wrongFor(digitsOn(d)), tries, NOW);
      tries = step.tries;
      if (step.state.at === 'failed') outcomes.push(step.state.code);
      expect((await toD(d, step.send)).state.at).toBe('failed');
      expect((await typeDigits(step.state, digitsOn(d), tries, NOW)).state.at).toBe('failed');
    }
    expect(outcomes).toEqual(['pair.mismatch', 'pair.mismatch', 'pair.locked']);
    expect(join(home, tries)).toEqual({ at: 'failed', code: 'pair.locked' });
    expect([isLocked(tries, NOW + LOCK_MS - 1), isLocked(tries, NOW + LOCK_MS)]).toEqual([true, false]);
    const { d, a } = await untilTyping();
    expect((await typeDigits(a, digitsOn(d), tries, NOW)).state).toEqual({ at: 'failed', code: 'pair.locked' });
  });

  it('ends after five minutes, even with the right code', async () => {
    const { d, a } = await untilTyping();
    expect(await typeDigits(a, digitsOn(d), NO_TRIES, NOW + PAIRING_MS)).toMatchObject({
      state: { code: 'pair.expired' },
      tries: NO_TRIES,
    });
    expect((await digitsDevicePress(d, NOW + PAIRING_MS)).state).toEqual({ at: 'failed', code: 'pair.expired' });
  });

  it('uses a fresh nonce each time', async () => {
    const codes = new Set<string>();
    for (let i = 0; i < 4; i += 1) codes.add(digitsOn((await untilTyping()).d));
    expect(codes.size).toBeGreaterThan(1);
    const [one, two] = await Promise.all([show(), show()]);
    expect(one.send).not.toEqual(two.send);
  });

  it('refuses a second commitment, another reveal than was committed to, and anything out of order', async () => {
    const { shown, answered, revealed } = await untilTyping();
    expect((await toA(answered.state, shown.send)).state).toEqual({ at: 'failed', code: 'pair.refused' });
    const other = await show();
    const otherRevealed = await toD(other.state, answered.send);
    expect((await toA(answered.state, otherRevealed.send)).state).toEqual({ at: 'failed', code: 'pair.refused' });
    expect((await toA(join(), revealed.send)).state).toEqual({ at: 'failed', code: 'pair.refused' });
    expect((await toD(revealed.state, answered.send)).state).toEqual({ at: 'failed', code: 'pair.refused' });
    const welcome = encodePairingMessage({ is: 'welcome', rosters: [home.head.bytes] });
    expect((await toD(revealed.state, [welcome])).state).toEqual({ at: 'failed', code: 'pair.refused' });
  });

  it('shows other digits on both sides, or none, when any byte of the answer was changed', async () => {
    const shown = await show();
    const answered = await toA(join(), shown.send);
    const chain = await toD(shown.state, answered.send.slice(0, -1));
    const answer = answered.send.at(-1) ?? new Uint8Array();
    let shownAnyway = 0;
    for (let i = 0; i < answer.length; i += 1) {
      const step = await digitsDeviceReceive(chain.state, answer.with(i, (answer[i] ?? 0) ^ 1), NOW);
      if (step.state.at !== 'digits') continue;
      shownAnyway += 1;
      const typing = await toA(answered.state, step.send);
      const typed = await typeDigits(typing.state, digitsOn(step.state), NO_TRIES, NOW);
      expect(typed.state).toEqual({ at: 'failed', code: 'pair.mismatch' });
    }
    // Epoch and nonce are not signed; the digits are what covers them.
    expect(shownAnyway).toBeGreaterThan(16);
  });
});

/**
 * Mallory is the relay. Towards A it plays a display of its own, towards D an admin of its own home, and it wants both codes equal.
 * The order forces it: it must commit to A before it sees nonce_A, and answer D before D opens its own commitment.
 */
async function attack(unsafeDigits: number): Promise<boolean> {
  const fakeDisplay = await show(mallory.kitchen, unsafeDigits);
  const answered = await toA(join(home, NO_TRIES, unsafeDigits), fakeDisplay.send);
  const seenByMallory = await toD(fakeDisplay.state, answered.send);
  const typing = await toA(answered.state, seenByMallory.send);

  const shown = await show(tablet, unsafeDigits);
  const fakeAdmin = await toA(join(mallory, NO_TRIES, unsafeDigits), shown.send);
  const onScreen = await toD(shown.state, fakeAdmin.send);

  const typed = await typeDigits(typing.state, digitsOn(onScreen.state), NO_TRIES, NOW);
  return typed.state.at === 'matched';
}

describe('a man in the middle', () => {
  it('against the whole machines has the odds of one digit, no better', async () => {
    const trials = 150;
    let won = 0;
    for (let i = 0; i < trials; i += 1) if (await attack(1)) won += 1;
    // Binomial(150, 0.1): mean 15, standard deviation 3.7; six of them either way.
    expect(won).toBeGreaterThan(0);
    expect(won).toBeLessThan(15 + 6 * 3.7);
  });

  it('with three digits wins about once in a thousand, though it searches as far as the order lets it', async () => {
    const trials = 12_000;
    let won = 0;
    for (let i = 0; i < trials; i += 1) {
      // Towards A: bound by its commitment before nonce_A is known. Towards D: nonce_A is its free choice, D's nonce is hidden.
      const [a, d] = await Promise.all([codeTowardsA(), codeTowardsD()]);
      if (a === d) won += 1;
    }
    const [mean, deviation] = [trials / 1000, Math.sqrt(trials / 1000)];
    expect(won).toBeLessThan(mean + 6 * deviation);
    // None at all would be once in 160,000 runs.
    expect(won).toBeGreaterThan(0);
  }, 60_000);

  it('would always win if D had not committed: that is what the commitment is for', async () => {
    const wanted = await codeTowardsD();
    const device = { sigPub: mallory.kitchen.keys.sigPub, hpkePub: mallory.kitchen.hpke.hpkePub };
    const fixed = random(16);
    let tries = 0;
    for (let found = ''; found !== wanted; tries += 1) {
      const nonceD = random(16);
      // The broken twin: C is not checked, so the nonce may be chosen after everything else is known.
      found = await code({ ...inputFor(home), device, nonceD, nonceA: fixed, commitment: new Uint8Array(32) });
    }
    expect(tries).toBeLessThan(50_000);
  });
});

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

function inputFor(of: TestHome): Omit<SasInput, 'device' | 'nonceD' | 'nonceA' | 'commitment'> {
  return { mailboxId: MAILBOX, head: of.head, epoch: epoch(NOW), adminSigPub: of.admin.keys.sigPub };
}

async function code(input: SasInput): Promise<string> {
  const digits = sasCode(await sasTranscript(input), 3);
  if (digits === undefined) throw new Error('no code');
  return digits;
}

async function codeTowardsA(): Promise<string> {
  const device = { sigPub: mallory.kitchen.keys.sigPub, hpkePub: mallory.kitchen.hpke.hpkePub };
  const nonceD = random(16);
  return await code({
    ...inputFor(home),
    device,
    nonceD,
    nonceA: random(16),
    commitment: await commitment(device, nonceD),
  });
}

async function codeTowardsD(): Promise<string> {
  const device = { sigPub: tablet.keys.sigPub, hpkePub: tablet.hpke.hpkePub };
  const nonceD = random(16);
  return await code({
    ...inputFor(mallory),
    device,
    nonceD,
    nonceA: random(16),
    commitment: await commitment(device, nonceD),
  });
}

describe('the code', () => {
  it('takes the first number without bias, and none where there is none', () => {
    const words = (...values: number[]) => {
      const bytes = new Uint8Array(32).fill(0xff);
      values.forEach((value, i) => {
        new DataView(bytes.buffer).setUint32(4 * i, value);
      });
      return bytes;
    };
    expect(sasCode(words(4_293_999_999), 6)).toBe('999999');
    expect(sasCode(words(4_294_000_000, 1_000_007), 6)).toBe('000007');
    expect(sasCode(words(0), 6)).toBe('000000');
    expect(sasCode(words(), 6)).toBeUndefined();
  });

  it('depends on the head that A really has', async () => {
    const next = await nextHead(home.head, home.admin.keys, []);
    const device = { sigPub: tablet.keys.sigPub, hpkePub: tablet.hpke.hpkePub };
    const same = {
      ...inputFor(home),
      device,
      nonceD: new Uint8Array(16),
      nonceA: new Uint8Array(16),
      commitment: new Uint8Array(32),
    };
    expect(await sasTranscript(same)).not.toEqual(await sasTranscript({ ...same, head: next }));
    expect(await sasTranscript(same)).not.toEqual(await sasTranscript({ ...same, epoch: epoch(NOW + 1) }));
  });
});
