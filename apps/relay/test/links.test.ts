import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { House, Lab, nextId, randomCamera, type Peer } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

/** A house on a relay of its own, its one camera announced, and its history as the disk has it. */
async function built(): Promise<{
  house: House;
  agent: Peer;
  dataDir: string;
  announce: (model: string, displayModel: string, route?: string) => Promise<void>;
  history: () => string[];
}> {
  const dataDir = await lab.folder();
  const house = await House.build(lab, await lab.relay({ dataDir }));
  const camera = randomCamera();
  const { agent } = await house.ready(camera);
  const { deviceId } = house.admin;
  const announce = async (model: string, displayModel: string, route = 'sealed'): Promise<void> => {
    const cameras = [{ cameraId: camera, streams: [0, 3, 4], private: false, model }];
    agent.send({ t: 'announce', cameras, displays: [{ deviceId, model: displayModel, route }] });
    await agent.ask({ t: 'hpke.get', id: nextId() });
  };
  const history = (): string[] => {
    const db = new Database(join(dataDir, 'relay', 'relay.db'), { readonly: true });
    const rows = db
      .prepare('select kind, camera_model, display_model, route from link_events order by rowid')
      .raw()
      .all();
    db.close();
    return (rows as string[][]).map((row) => row.join(' ').trim());
  };
  return { house, agent, dataDir, announce, history };
}

describe('the history of links', () => {
  it('has a beginning for each display and camera, and a new one when a model or the route changes', async () => {
    const { announce, history } = await built();
    expect(history()).toEqual(['began   sealed']);
    await announce('mijia', '');
    await announce('mijia', 'hub', 'fixture');
    await announce('mijia', 'hub', 'fixture');
    await announce('other', 'hub', 'fixture');
    expect(history().slice(1)).toEqual([
      'ended   sealed',
      'began mijia  sealed',
      'ended mijia  sealed',
      'began mijia hub fixture',
      'ended mijia hub fixture',
      'began other hub fixture',
    ]);
  });

  it('has an end when a display is removed, when a camera goes, and when the home is over', async () => {
    const { house, agent, announce, history } = await built();
    await announce('mijia', 'hub');
    const admin = await house.viewer();
    const guest = await house.addViewer(admin, 'all');
    expect(history().slice(3)).toEqual(['began mijia  sealed']);
    await house.change(admin, [{ do: 'removeDevice', deviceId: guest.deviceId }]);
    expect(history().slice(4)).toEqual(['ended mijia  sealed']);
    agent.send({ t: 'announce', cameras: [] });
    await agent.ask({ t: 'hpke.get', id: nextId() });
    expect(history().slice(5)).toEqual(['ended mijia hub sealed']);
    await announce('mijia', 'hub');
    await house.relay.eraseHome(house.id);
    expect(history().slice(6)).toEqual(['began mijia hub sealed', 'ended mijia hub sealed']);
  });

  it('can only be added to, and begins at the next start for a home of an older version', async () => {
    const { house, dataDir, history } = await built();
    await house.relay.close();
    const db = new Database(join(dataDir, 'relay', 'relay.db'));
    expect(() => db.exec('update link_events set at_ms = 0')).toThrow('append-only');
    expect(() => db.exec('delete from link_events')).toThrow('append-only');
    db.exec('drop trigger link_events_no_delete; delete from link_events');
    db.close();
    await lab.relay({ dataDir });
    expect(history()).toEqual(['began   sealed']);
  });
});
