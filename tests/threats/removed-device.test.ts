/**
 * SEALING.md, threats: removed device. With all keys it ever had and the whole traffic between agent and relay, it opens nothing
 * that was sealed after the bulletin of its removal.
 */
import { acceptBulletin, verifyChain, verifyManifest } from '@sealcam/home';
import {
  decodeEnvelope,
  fromBase64Url,
  FromAgent,
  parseMessage,
  type Envelope,
  type SessionId,
} from '@sealcam/protocol';
import { deriveOpenKeys, importEpochSecret, openFrame, readHeader } from '@sealcam/seal';
import { expect, it } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { Eye, firstCamera } from '../harness/eye.ts';
import { change, headOf, pairDisplay } from '../harness/household.ts';
import { startWireTap, type WireMessage } from '../harness/wire-tap.ts';
import { startHouse, startWorld } from '../harness/world.ts';

type Bulletin = Extract<FromAgent, { readonly t: 'bulletin' }>;

it('opens 0 frames after the bulletin, and opened them all before it', async () => {
  const world = kept(await startWorld());
  const wire: (Bulletin | Envelope)[] = [];
  const tap = kept(await startWireTap(world.relay.port, (message) => wire.push(...heard(message))));
  const house = kept(await startHouse({ relayUrl: tap.url }, 'Home', { viewersAt: world.relayUrl }));
  const camera = await firstCamera(house.client);
  const display = await pairDisplay(world.relayUrl, house.admin, house.client, 'all');
  const client = kept(await display.open());
  await new Eye(client, camera).more(30);
  const hpke = display.store.now()?.hpke ?? [];

  const stay = new Eye(house.client, camera);
  const version = await change(house.admin, house.client, [{ do: 'removeDevice', deviceId: display.keys.deviceId }]);
  await house.client.rekeyed(version);
  await stay.more(60);
  await change(house.admin, house.client, [{ do: 'setRecovery', sigPub: display.keys.sigPub }]).catch(() => undefined);
  await stay.more(30);

  // The thief: every wrap of every bulletin, under its own name and every other, with every key it had; then every frame.
  const { rosters } = await headOf(house.admin);
  const secrets: { readonly key: CryptoKey; readonly session: SessionId }[] = [];
  let removedAt = Infinity;
  let wrapsAfter = 0;
  for (const [at, item] of wire.entries()) {
    if (!('manifest' in item)) continue;
    const manifest = fromBase64Url(item.manifest);
    for (const { deviceId, wrap } of item.wraps) {
      for (let length = rosters.length; length > 0; length -= 1) {
        const head = await verifyChain(rosters.slice(0, length), display.homeId);
        for (let keySeq = 1; keySeq <= 3; keySeq += 1) {
          const keys = hpke.map((each) => ({ ...each, keySeq }));
          const offer = { head, deviceId, hpke: keys, mark: undefined, manifest, wrap: fromBase64Url(wrap) };
          const outcome = await acceptBulletin(offer);
          if (outcome.at === 'accepted' && outcome.manifest.rosterVersion >= version)
            removedAt = Math.min(removedAt, at);
          if (outcome.at === 'refused' && outcome.detail === 'the wrap does not open' && at >= removedAt)
            wrapsAfter += 1;
          if (outcome.at !== 'accepted' || outcome.wrap === undefined) continue;
          for (const { secret, sessionId } of outcome.wrap.cameras)
            secrets.push({ key: await importEpochSecret(secret, crypto.subtle), session: sessionId });
        }
      }
    }
    const { rosterVersion } = await manifestOf(manifest, rosters, display.homeId);
    if (rosterVersion >= version) removedAt = Math.min(removedAt, at);
  }
  expect(secrets.length).toBeGreaterThan(0);
  const opened = { before: 0, after: 0 };
  const frames = { before: 0, after: 0 };
  for (const [at, item] of wire.entries()) {
    if ('manifest' in item) continue;
    const when = at < removedAt ? 'before' : 'after';
    frames[when] += 1;
    if (await opens(item, secrets)) opened[when] += 1;
  }
  expect(frames.after).toBeGreaterThan(60);
  expect(opened.after).toBe(0);
  expect(wrapsAfter).toBeGreaterThan(0);
  // The same thief, before: it is the removal that shut it out.
  expect(opened.before).toBeGreaterThan(30);
});

function heard({ way, isText, payload }: WireMessage): (Bulletin | Envelope)[] {
  if (way === 'down') return [];
  if (!isText) return [decodeEnvelope(Uint8Array.from(payload))];
  // The claim crosses the same line, in words of its own.
  const text = payload.toString('utf8');
  return text.includes('"t":"bulletin"') ? [parseMessage(FromAgent, text) as Bulletin] : [];
}

async function manifestOf(
  manifest: Uint8Array,
  rosters: readonly Uint8Array[],
  home: Parameters<typeof verifyChain>[1],
) {
  for (let length = rosters.length; length > 0; length -= 1) {
    const head = await verifyChain(rosters.slice(0, length), home);
    const verified = await verifyManifest(head, manifest).catch(() => undefined);
    if (verified !== undefined) return verified;
  }
  throw new Error('a bulletin of nobody');
}

async function opens(
  { homeId, cameraId, streamId, epoch, sealed }: Envelope,
  secrets: readonly { readonly key: CryptoKey; readonly session: SessionId }[],
): Promise<boolean> {
  const frame = Uint8Array.from(sealed);
  const header = readHeader(frame, streamId);
  if (header === undefined) throw new Error('not a frame of ours');
  for (const { key, session } of secrets) {
    const keys = await deriveOpenKeys({ homeId, cameraId, streamId, epoch, sessionId: session }, key, crypto.subtle);
    // Whatever key id it bears: the thief may write what it likes there.
    if ((await openFrame(frame, { ...header, kid: keys.kid }, keys, crypto.subtle)).outcome === 'opened') return true;
  }
  return false;
}
