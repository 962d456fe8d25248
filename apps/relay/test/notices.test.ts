import { signReport } from '@sealcam/home';
import { keyId, millis, toBase64Url, type CameraId } from '@sealcam/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExposureQuestion, NoticePreview, Relay } from '../src/index.ts';
import { House, Lab, nextId, randomCamera, sealedUnit, watch, type Peer } from './house.ts';
import { answered } from './living.ts';

const lab = new Lab();
afterEach(() => lab.end());

const PAIR = { cameraModel: 'xiaomi mijia', displayModel: 'nest hub' };
const QUESTION: ExposureQuestion = { fromMs: 0, toMs: Date.now() + 3_600_000, of: { pair: PAIR } };

/** A home whose admin's own device is a display of that model. */
async function homeWith(relay: Relay, displayModel: string): Promise<{ house: House; agent: Peer; camera: CameraId }> {
  const house = await House.build(lab, relay);
  const camera = randomCamera();
  const { agent } = await house.ready(camera);
  agent.send({
    t: 'announce',
    cameras: [{ cameraId: camera, streams: [0, 1, 2, 3, 4], private: false, model: PAIR.cameraModel }],
    displays: [{ deviceId: house.admin.deviceId, model: displayModel, route: 'sealed' }],
  });
  await agent.ask({ t: 'hpke.get', id: nextId() });
  return { house, agent, camera };
}

/** Another home's frame at this home's display, as the display signs it: something behind the relay mixed up. */
async function refuses(home: { house: House; agent: Peer; camera: CameraId }, kid: string, ctr: number): Promise<void> {
  const viewer = await home.house.viewer();
  await watch(viewer, home.agent, home.camera);
  const report = {
    ...{ homeId: home.house.id, deviceId: home.house.admin.deviceId, timeMs: millis(Date.now()), seq: ctr },
    ...{
      cameraId: home.camera,
      streamId: 0 as const,
      reason: 'foreign' as const,
      kid: keyId(kid),
    },
    ...{ ctr, frameHash: new Uint8Array(32) },
  };
  viewer.send({ t: 'report', report: toBase64Url(await signReport(home.house.admin, report)) });
  await viewer.ask({ t: 'roster.get', id: nextId(), from: 1 });
  viewer.socket.terminate();
}

const kinds = (preview: NoticePreview): Record<string, string[]> =>
  Object.fromEntries(preview.texts.map(({ text, some }) => [`${text.kind}: ${text.seen.slice(0, 30)}`, [...some]]));

describe('notices', () => {
  it('tell a home whose picture went astray, the one that got it, who could have been, and who was not', async () => {
    const relay = await lab.relay();
    const [owner, got, could, not] = [
      await homeWith(relay, PAIR.displayModel),
      await homeWith(relay, PAIR.displayModel),
      await homeWith(relay, PAIR.displayModel),
      await homeWith(relay, 'another frame'),
    ];
    const kid = owner.house.kid(owner.camera);
    owner.agent.unit(owner.house.envelope(owner.camera, 0, sealedUnit(kid, 0, 0)));
    await owner.agent.settled();
    await refuses(got, kid, 0);
    // A claim is a word: it counts with the word of the agent that sealed the frame.
    await answered(owner.house, owner.agent, 'yes');
    await expect.poll(async () => (await relay.incidents.list({ limit: 1 }))[0]?.sealed).toBe('yes');

    const answer = await relay.exposure(QUESTION);
    expect(answer.homes).toMatchObject({
      withBoth: [owner, got, could].map(({ house }) => house.id).sort(),
      delivered: [got.house.id],
      refused: [got.house.id],
      claimedOnly: [got.house.id],
      owners: [owner.house.id],
      couldHave: [could.house.id],
    });
    const preview = await relay.notices.prepare({ question: QUESTION, by: 'Ada' });
    expect(preview.batch.counts).toEqual({ was: 2, 'could-have-been': 1, 'not-affected': 1 });
    expect(kinds(preview)).toEqual({
      'was: One picture of your cameras wa': [owner.house.id],
      'was: A display of yours was sent on': [got.house.id],
      'could-have-been: We have no record that a pictu': [could.house.id],
      'not-affected: Nobody else saw a picture of y': [not.house.id],
    });
  });

  it('come to admins alone, at once where one is connected and else when one comes, until one has read them', async () => {
    const relay = await lab.relay();
    const { house } = await homeWith(relay, PAIR.displayModel);
    const first = await house.viewer();
    const guest = await house.viewer(await house.addViewer(first, 'all'));
    const { batch } = await relay.notices.prepare({ question: QUESTION, by: 'Ada' });
    const early = await house.viewer();
    expect(await noticesOf(early), 'prepared is not delivered').toBeUndefined();

    await relay.notices.deliver(batch.id, 'Ada');
    const [notice] = (await first.take('notices'))['notices'] as { noticeId: string; kind: string }[];
    expect(notice).toMatchObject({ kind: 'could-have-been' });
    expect(await noticesOf(guest)).toBeUndefined();
    const later = await house.viewer();
    expect((await later.take('notices'))['notices']).toEqual([notice]);

    const read = { t: 'notice.read', id: nextId(), noticeId: notice?.noticeId } as const;
    expect(await guest.ask({ ...read, id: nextId() })).toMatchObject({ code: 'device.role' });
    expect(await later.ask(read)).toMatchObject({ t: 'ok' });
    expect((await first.take('notices'))['notices']).toEqual([]);
    expect(await noticesOf(await house.viewer())).toBeUndefined();
    expect((await relay.notices.list(10))[0]).toMatchObject({ read: 1 });
  });

  it('are delivered once, whatever is asked again, and outlive a restart', async () => {
    const dataDir = await lab.folder();
    const relay = await lab.relay({ dataDir });
    const { house } = await homeWith(relay, PAIR.displayModel);
    const { batch } = await relay.notices.prepare({ question: QUESTION, by: 'Ada' });
    const delivered = await relay.notices.deliver(batch.id, 'Ada');
    expect(await relay.notices.deliver(batch.id, 'Bob')).toEqual(delivered);
    await expect(relay.notices.discard(batch.id)).rejects.toThrow('command.invalid');
    await relay.close();

    const again = await lab.relay({ dataDir });
    await again.notices.deliver(batch.id, 'Bob');
    Object.assign(house, { relay: again });
    const admin = await house.viewer();
    expect((await admin.take('notices'))['notices']).toHaveLength(1);
    expect(await again.notices.list(10)).toEqual([delivered]);
  });

  it('of one home are nothing to another, and go with the home', async () => {
    const relay = await lab.relay();
    const [one, other] = [await homeWith(relay, PAIR.displayModel), await homeWith(relay, PAIR.displayModel)];
    const { batch } = await relay.notices.prepare({ question: QUESTION, by: 'Ada' });
    await relay.notices.deliver(batch.id, 'Ada');
    const mine = await one.house.viewer();
    const [notice] = (await mine.take('notices'))['notices'] as { noticeId: string }[];
    const stranger = await other.house.viewer();
    await stranger.take('notices');
    await stranger.ask({ t: 'notice.read', id: nextId(), noticeId: notice?.noticeId });
    expect((await relay.notices.list(1))[0]?.read).toBe(0);
    await relay.eraseHome(one.house.id);
    expect(await relay.notices.export(batch.id, 'csv')).not.toContain(one.house.id);
  });

  it('carry the operator’s own words, are forgotten when discarded, and are refused without a name', async () => {
    const relay = await lab.relay();
    await homeWith(relay, PAIR.displayModel);
    const words = { happened: '=cmd()', did: 'We cut it, "at once".' };
    const { batch, texts } = await relay.notices.prepare({ question: QUESTION, words, by: 'Ada' });
    expect(texts[0]?.text).toMatchObject(words);
    const csv = await relay.notices.export(batch.id, 'csv');
    expect(csv).toContain(`,'=cmd(),`);
    expect(csv).toContain(`"We cut it, ""at once""."`);
    await relay.notices.discard(batch.id);
    await expect(relay.notices.preview(batch.id)).rejects.toThrow('command.invalid');
    await expect(relay.notices.prepare({ question: QUESTION, by: ' ' })).rejects.toThrow('command.invalid');
  });
});

/** What this viewer was told so far, everything before now included. */
async function noticesOf(peer: Peer): Promise<unknown> {
  // Notices are read from the store after the welcome; two round trips are behind that.
  for (let trip = 0; trip < 2; trip += 1) await peer.ask({ t: 'roster.get', id: nextId(), from: 1 });
  return peer.texts.find((message) => message.t === 'notices');
}
