/**
 * T14, with everything a former owner may have kept. A real agent is reset and claimed by its next owner; then the former one uses all
 * there was: the running picture, the paired phone and display, the claim link, the record, and whatever was ever on the wire. Real
 * relay, agent and viewers over real sockets and in real time.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startAgent, type Agent } from '@sealcam/agent';
import type { HomeClient } from '@sealcam/player/viewer';
import { decodeEnvelope, STREAM, type CameraId } from '@sealcam/protocol';
import { pino } from 'pino';
import { Eye, firstCamera } from '../../../tests/harness/eye.ts';
import { claim, pairDisplay, type Device } from '../../../tests/harness/household.ts';
import { Line } from '../../../tests/harness/node-ports.ts';
import { Random } from '../../../tests/harness/random.ts';
import { startWorld, temporaryFolder, type World } from '../../../tests/harness/world.ts';
import { codeDrill, type CodeOutcome } from '../frame/code-drill.ts';
import type { Drill, DrillContext } from '../frame/drill.ts';

const TRIALS = { full: 20, quick: 2 };
/** Pictures that the new owner gets while nothing may come to the old one. */
const MEANWHILE = 12;

/** An agent with the demo camera, and the links with which it may be claimed, one after the other. */
async function agentOn(
  world: World,
  folder: string,
): Promise<{ readonly agent: Agent; readonly next: () => Promise<string> }> {
  const links: string[] = [];
  let told = (): void => undefined;
  let given = 0;
  const agent = await startAgent({
    dataDir: join(folder, 'agent'),
    relayUrl: world.relayUrl,
    demo: true,
    pagesUrl: world.relayUrl.replace(/^ws/, 'http'),
    logger: pino({ level: 'silent' }),
    onClaimLink: ({ url }) => {
      links.push(url);
      told();
    },
  });
  const next = async (): Promise<string> => {
    while (links.length <= given) await new Promise<void>((more) => (told = more));
    given = links.length;
    return links[given - 1] ?? '';
  };
  return { agent, next };
}

/** One former member: its client as it runs, what it watched, and its line. */
interface Former {
  readonly device: Device;
  readonly client: HomeClient;
  readonly line: Line;
  readonly eye: Eye;
}

async function member(device: Device): Promise<Former> {
  const line = new Line();
  const client = await device.open(line);
  return { device, client, line, eye: new Eye(client, await firstCamera(client)) };
}

/** Everything the former owner tries, while the new one watches. @returns tries, and those that brought anything */
async function tries(
  former: readonly Former[],
  camera: CameraId,
  link: string,
  world: World,
  meanwhile: () => Promise<readonly Uint8Array[]>,
): Promise<{ readonly tried: number; readonly worked: readonly string[] }> {
  const worked: string[] = [];
  let tried = 0;
  const attempt = (what: string, did: boolean): void => {
    tried += 1;
    if (did) worked.push(what);
  };
  const before = former.map(({ eye }) => eye.units.length);
  const again: HomeClient[] = [];
  const eyes: Eye[] = [];
  for (const { device } of former) {
    const client = await device.open();
    again.push(client);
    for (const stream of [STREAM.main, STREAM.sub, STREAM.still]) eyes.push(new Eye(client, camera, stream));
  }
  const wire = await meanwhile();
  // Even all that was sent to the new owner since, handed to the old one under its own label.
  for (const { line, device } of former) for (const message of wire) line.inject(relabeled(message, device));
  await meanwhile();
  for (const [index, { eye }] of former.entries())
    attempt('the picture that ran', eye.units.length > (before[index] ?? 0));
  for (const eye of eyes) attempt('a new subscription', eye.units.length > 0);
  for (const client of again) {
    const rows = client.ledger({ fromMs: 0, toMs: Date.now() + 1e6, limit: 10 });
    attempt('the record of who looked', await rows.then((found) => found.length > 0).catch(() => false));
  }
  const claimed = await Promise.race([
    claim(world.relayUrl, link, 'Mine again').then(
      () => true,
      () => false,
    ),
    meanwhile().then(() => false),
  ]);
  attempt('the old claim link', claimed);
  for (const client of again) client.close();
  return { tried, worked };
}

/** The same unit with the old home's id in front of it. */
function relabeled(message: Uint8Array, { homeId }: Device): Uint8Array {
  const copy = Uint8Array.from(message);
  copy.set(Buffer.from(homeId, 'hex'), 1);
  if (decodeEnvelope(copy).homeId !== homeId) throw new TypeError('an envelope is laid out otherwise');
  return copy;
}

async function trial(): Promise<CodeOutcome & { readonly wrong: readonly string[] }> {
  const world = await startWorld();
  const folder = await temporaryFolder('drill');
  const { agent, next } = await agentOn(world, folder);
  const clients: HomeClient[] = [];
  try {
    const link = await next();
    const seller = await member(await claim(world.relayUrl, link, 'Seller'));
    clients.push(seller.client);
    const display = await member(await pairDisplay(world.relayUrl, seller.device, seller.client, 'all'));
    clients.push(display.client);
    await Promise.all([seller.eye.more(5), display.eye.more(5)]);
    const own = seller.eye.units.length + display.eye.units.length;
    const camera = await firstCamera(seller.client);
    await agent.resetHome();
    const bought = await claim(world.relayUrl, await next(), 'Buyer');
    const wire: Uint8Array[] = [];
    const line = new Line();
    line.binary = (message, pass) => {
      wire.push(Uint8Array.from(message));
      pass(message);
    };
    const buyer = await bought.open(line);
    clients.push(buyer);
    const eye = new Eye(buyer, await firstCamera(buyer));
    await eye.more(1);
    const meanwhile = async (): Promise<readonly Uint8Array[]> => {
      await eye.more(MEANWHILE);
      return wire;
    };
    const { tried, worked } = await tries([seller, display], camera, link, world, meanwhile);
    const wrong = worked.map((what) => `after the reset, ${what} still worked`);
    return {
      trials: 1,
      real: 1,
      tried,
      opened: worked.length,
      shown: worked.length,
      own: own + eye.units.length,
      wrong,
    };
  } finally {
    for (const client of clients) client.close();
    await agent.close();
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function sealcam({ quick, progress }: DrillContext): Promise<CodeOutcome> {
  const trials = quick ? TRIALS.quick : TRIALS.full;
  const sum = { trials, real: trials, tried: 0, opened: 0, shown: 0, own: 0 };
  const wrong = new Set<string>();
  for (let index = 0; index < trials; index += 1) {
    progress(`Sealcam: ${index} of ${trials}`);
    const one = await trial();
    for (const name of ['tried', 'opened', 'shown', 'own'] as const) sum[name] += one[name];
    for (const each of one.wrong) wrong.add(each);
  }
  return { ...sum, wrong: [...wrong] };
}

/** What an owner of 2019 had in hand. */
const KINDS = ['session', 'partner link', 'picture address', 'push subscription', 'share'] as const;

function twin({ seed, quick }: DrillContext, fixed: boolean): Promise<CodeOutcome> {
  const trials = (quick ? TRIALS.quick : TRIALS.full) * 50;
  const random = new Random(seed, 'twin');
  let [tried, shown, own] = [0, 0, 0];
  for (let index = 0; index < trials; index += 1) {
    const held = KINDS.filter(() => random.chance(2)).map((kind) => ({ kind, isGood: true }));

    /** THE MISTAKE: a reset ends what the maker itself gave out. Put right, it ends all that was ever given for that camera. */
    const forget = (): void => {
      for (const token of held) if (fixed || token.kind === 'session') token.isGood = false;
    };

    own += held.filter(({ isGood }) => isGood).length;
    forget();
    tried += held.length;
    shown += held.filter(({ isGood }) => isGood).length;
  }
  return Promise.resolve({ trials, real: 0, tried, opened: 0, shown, own });
}

export const oldTokens: Drill = codeDrill({
  name: 'old-tokens',
  replays: 'T14 · Nest Cam and Wink 2019',
  story: 'A reset ended what the maker had given out; links of partners, addresses and subscriptions went on.',
  mistake: 'forget',
  sealcam,
  twin,
});
