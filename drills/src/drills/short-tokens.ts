/**
 * T17. Ring (2016), eufy (November 2022), the finding at Scrypted: an id that is short, or made twice, is somebody else's; a link that
 * never ends outlives what it was made for. The relay's own invitations and mailboxes: long, refused when made twice, over when used.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildGenesis, generateDeviceKeys, signRoster, verifyGenesis, type Head } from '@sealcam/home';
import { startRelay } from '@sealcam/relay';
import { LIMITS, mailboxId, SealcamError, type ErrorCode, type MailboxId } from '@sealcam/protocol';
import { Bus } from '../../../apps/relay/src/bus.ts';
import { CachedUnits } from '../../../apps/relay/src/cached-units.ts';
import { Homes, invitationHash } from '../../../apps/relay/src/homes.ts';
import { Mailboxes, type Side } from '../../../apps/relay/src/mailboxes.ts';
import { openSqliteStore } from '../../../apps/relay/src/store/sqlite.ts';
import type { Store } from '../../../apps/relay/src/store/store.ts';
import { Random } from '../../../tests/harness/random.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';
import { VirtualClock } from '../frame/virtual-clock.ts';

const TRIALS = { full: 2_000, quick: 100 };
const CODES = { full: 5_000, quick: 500 };
const CODE_BITS = 128;
/** How far from half of all the ones of a bit may be: six standard deviations. */
const SIGMAS = 6;

/** One side of a pairing, and what reached it. */
class Person implements Side {
  readonly network: string;
  readonly got: string[] = [];

  constructor(network: string) {
    this.network = network;
  }

  mail(body: string): void {
    this.got.push(body);
  }

  joined(): void {
    this.got.push('joined');
  }

  ended(): void {
    this.got.push('ended');
  }
}

function refusal(act: () => unknown): ErrorCode | 'none' {
  try {
    act();
    return 'none';
  } catch (error) {
    if (error instanceof SealcamError) return error.code;
    throw error;
  }
}

interface Tally {
  tried: number;
  shown: number;
  own: number;
  readonly wrong: Set<string>;
}

/** Two people whose codes are the same, since the random numbers were; one who comes too late; one who comes again. */
function mailboxes(clock: VirtualClock, random: Random, tally: Tally): Promise<void> {
  const boxes = new Mailboxes(clock, 100);
  const id: MailboxId = mailboxId(Buffer.from(random.bytes(16)).toString('hex'));
  const [opener, twice, joiner, late] = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'].map(
    (each) => new Person(each),
  );
  if (opener === undefined || twice === undefined || joiner === undefined || late === undefined) throw new TypeError();
  const must = (code: ErrorCode, act: () => unknown, what: string): void => {
    tally.tried += 1;
    const got = refusal(act);
    if (got === code) return;
    tally.shown += 1;
    tally.wrong.add(`${what}: ${got}, not ${code}`);
  };
  boxes.open(id, random.chance(2), opener);
  boxes.post(id, opener, 'for the one who was shown the code');
  must('pair.used', () => boxes.open(id, false, twice), 'a code that was made twice');
  boxes.join({ mailboxId: id, number: undefined }, joiner);
  boxes.meet(id);
  must('pair.used', () => boxes.join({ mailboxId: id, number: undefined }, late), 'a code that was used');
  boxes.leave(id, joiner);
  must('pair.used', () => boxes.join({ mailboxId: id, number: undefined }, late), 'a code that is over');
  const next = mailboxId(Buffer.from(random.bytes(16)).toString('hex'));
  boxes.open(next, false, opener);
  return clock.pass(LIMITS.mailboxMs).then(() => {
    boxes.tick();
    must('pair.expired', () => boxes.join({ mailboxId: next, number: undefined }, late), 'a code whose time is over');
    if (joiner.got.includes('for the one who was shown the code')) tally.own += 1;
    if (twice.got.length + late.got.length > 0) tally.shown += 1;
  });
}

async function newHome(): Promise<Head> {
  const [founder, agent] = await Promise.all([generateDeviceKeys(), generateDeviceKeys()]);
  return await verifyGenesis(await signRoster(founder, await buildGenesis(founder.sigPub, agent.sigPub)));
}

/** An invitation is good once and in its time; the same code twice is refused by the store, never written over. */
async function invitations(store: Store, clock: VirtualClock, tally: Tally): Promise<void> {
  const cached = new CachedUnits(1);
  const homes = new Homes({
    ...{ store, bus: new Bus(), clock, cached, open: false, changed: () => undefined },
    // Nobody announces a key in here.
    ...{ keys: { take: () => undefined, forget: () => undefined }, contested: () => undefined },
  });
  const must = async (act: Promise<unknown>, what: string): Promise<void> => {
    tally.tried += 1;
    const worked = await act.then(
      () => true,
      () => false,
    );
    if (!worked) return;
    tally.shown += 1;
    tally.wrong.add(what);
  };
  const code = randomBytes(16).toString('base64url');
  await store.addInvitation(invitationHash(code), clock.wallMs() + 60_000);
  await must(store.addInvitation(invitationHash(code), clock.wallMs() + 1e9), 'an invitation was written over');
  await homes.join(await newHome(), code);
  tally.own += 1;
  await must(homes.join(await newHome(), code), 'an invitation was used twice');
  const late = randomBytes(16).toString('base64url');
  await store.addInvitation(invitationHash(late), clock.wallMs() + 60_000);
  await clock.pass(60_001);
  await must(homes.join(await newHome(), late), 'an invitation was used after its time');
  await must(homes.join(await newHome(), code.slice(0, -1)), 'a shorter code was taken for one');
}

/** Codes as the relay makes them: none twice, every bit as often one as not. */
function entropy(codes: readonly string[]): readonly string[] {
  if (new Set(codes).size < codes.length) return ['a code was made twice'];
  const ones = new Array<number>(CODE_BITS).fill(0);
  for (const code of codes) {
    const bytes = Buffer.from(code, 'base64url');
    if (bytes.length * 8 < CODE_BITS) return [`a code of ${bytes.length * 8} bits`];
    for (let bit = 0; bit < CODE_BITS; bit += 1)
      if (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) ones[bit] = (ones[bit] ?? 0) + 1;
  }
  const far = SIGMAS * Math.sqrt(codes.length) * 0.5;
  const biased = ones.filter((count) => Math.abs(count - codes.length / 2) > far).length;
  return biased === 0 ? [] : [`${biased} of ${CODE_BITS} bits of a code are not random`];
}

async function sealcam({ seed, quick, progress }: DrillContext): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  const tally: Tally = { tried: 0, shown: 0, own: 0, wrong: new Set() };
  const folder = await mkdtemp(join(tmpdir(), 'sealcam-drill-'));
  const store = await openSqliteStore(join(folder, 'tried'));
  for (let index = 0; index < trials; index += 1) {
    if (index % 100 === 0) progress(`Sealcam: ${index} of ${trials}`);
    const clock = new VirtualClock();
    await mailboxes(clock, new Random(seed, 'mailbox', index), tally);
    await invitations(store, clock, tally);
  }
  await store.close();
  const relay = await startRelay({ host: '127.0.0.1', port: 0, dataDir: folder, open: false });
  const codes: string[] = [];
  for (let made = 0; made < (quick ? CODES.quick : CODES.full); made += 1) codes.push(await relay.invite());
  await relay.close();
  await rm(folder, { recursive: true, force: true });
  return { trials, real: 0, ...tally, opened: 0, wrong: [...tally.wrong, ...entropy(codes)] };
}

/** Links to pictures, in one place for everybody. */
function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const trials = (quick ? TRIALS.quick : TRIALS.full) * 20;
  const random = new Random(seed, 'twin');
  const pictures = new Map<string, number>();

  /** THE MISTAKE: an id of two bytes, and nobody looks whether it is taken. Put right: sixteen. */
  const newToken = (): string => Buffer.from(random.bytes(fixed ? 16 : 2)).toString('hex');

  const links = Array.from({ length: trials }, (_, home) => {
    const token = newToken();
    pictures.set(token, home);
    return token;
  });
  const strangers = links.filter((token, home) => pictures.get(token) !== home).length;
  return Promise.resolve({ trials, real: 0, tried: trials, opened: 0, shown: strangers, own: trials - strangers });
}

export const shortTokens: Drill = codeDrill({
  name: 'short-tokens',
  replays: 'T17 · Ring 2016, eufy 2022',
  story: 'Ids were short or made twice, and a new call or picture was put in the place of somebody else’s.',
  mistake: 'newToken',
  sealcam,
  twin,
});
