/** A notice as a household meets it: a real relay, a real agent, the client that pages use. */
import { describe, expect, it } from 'vitest';
import { kept } from '../harness/cleanup.ts';
import { startHouse, startWorld } from '../harness/world.ts';
import { until } from '../harness/until.ts';

describe('a notice', () => {
  it('comes to an admin who is connected, goes when it is read, and stays away', async () => {
    const world = kept(await startWorld());
    const house = kept(await startHouse(world, 'Maple Street'));
    // The agent announces its cameras before the keys that are for them.
    await until(house.client.home, ({ names }) => names?.cameras.length === 1);
    const { relay } = world;
    const question = { fromMs: 0, toMs: Date.now() + 60_000, of: { route: 'sealed' } };
    const { batch } = await relay.notices.prepare({ question, by: 'Ada' });
    expect(batch.counts).toEqual({ was: 0, 'could-have-been': 1, 'not-affected': 0 });
    await relay.notices.deliver(batch.id, 'Ada');
    const [notice] = await until(house.client.notices, (notices) => notices.length === 1);
    expect(notice).toMatchObject({ kind: 'could-have-been', toMs: question.toMs });
    await house.client.readNotice(notice?.noticeId ?? '');
    expect(house.client.notices.get()).toEqual([]);
    expect((await relay.notices.list(1))[0]).toMatchObject({ read: 1, delivered: { by: 'Ada' } });
  });
});
