/** Claim and pairing codes that are used, wrong or guessed, as whoever types them meets them: at a running relay. */
import { randomBytes } from 'node:crypto';
import { startAgent } from '@sealcam/agent';
import { mailboxId } from '@sealcam/protocol';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { folderFor, kept } from '../harness/cleanup.ts';
import { claim } from '../harness/household.ts';
import { PairSocket } from '../harness/pair-socket.ts';
import { startWorld } from '../harness/world.ts';

const newBox = (): ReturnType<typeof mailboxId> => mailboxId(randomBytes(16).toString('hex'));

it('a claim link opens one home once: the next to come is told that it was used, and the home is not touched', async () => {
  const world = kept(await startWorld());
  const shown = Promise.withResolvers<string>();
  const agent = kept(
    await startAgent({
      ...{ dataDir: await folderFor('claim'), relayUrl: world.relayUrl, demo: true, pagesUrl: 'http://127.0.0.1' },
      logger: pino({ level: 'silent' }),
      onClaimLink: ({ url }) => shown.resolve(url),
    }),
  );
  const link = await shown.promise;
  const admin = await claim(world.relayUrl, link, 'Linden Street');
  await expect(claim(world.relayUrl, link, 'Mine now')).rejects.toMatchObject({ code: 'pair.used' });
  expect(agent.status()).toMatchObject({ homeId: admin.homeId, homeName: 'Linden Street' });
});

it('numbers that are nobody’s are unknown, twenty times; then who guesses has to wait, and a right one is of no use meanwhile', async () => {
  const world = kept(await startWorld());
  const shows = kept(await PairSocket.open(world.relayUrl));
  const number = await shows.openMailbox(newBox(), true);
  const guesses = kept(await PairSocket.open(world.relayUrl));
  const wrong = number === '0000' ? '0001' : '0000';
  for (let time = 0; time < 20; time += 1)
    await expect(guesses.join({ number: wrong })).rejects.toMatchObject({ code: 'pair.unknown' });
  await expect(guesses.join({ number: number ?? '' })).rejects.toMatchObject({ code: 'pair.too-many' });
});
