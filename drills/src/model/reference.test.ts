/** The reference itself: plain sets, so few that each rule is one line here. */
import { expect, test } from 'vitest';
import { names, RefHome, type Member } from './reference.ts';

const viewer: Member = { role: 'viewer', grants: new Set(['porch']), notAfterMs: 0, model: 'hub', route: 'fixture' };
const admin: Member = { role: 'admin', grants: 'all', notAfterMs: 0, model: 'hub', route: 'sealed' };
const link = { homeId: 'h', deviceId: 'd', cameraId: 'porch' };

function homeWith(...rosters: readonly Member[]): RefHome {
  const home = new RefHome();
  home.rosters.push(...rosters.map((member) => new Map([['d', member]])));
  for (const camera of ['porch', 'yard'])
    home.cameras.set(camera, { model: 'cam', private: false, privateAtRelayMs: undefined });
  return home;
}

test('a display may see what it is granted, until a guest’s time is over, and never a private camera', () => {
  const home = homeWith({ ...viewer, notAfterMs: 100 });
  expect([home.may('d', 'porch', 99), home.may('d', 'porch', 100), home.may('d', 'yard', 1)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(home.may('other', 'porch', 1)).toBe(false);
  home.cameras.set('porch', { model: 'cam', private: true, privateAtRelayMs: undefined });
  expect(home.may('d', 'porch', 1)).toBe(false);
});

test('the relay may go by any roster from the one it acknowledged on, and by none before', () => {
  const home = homeWith(viewer, { ...viewer, grants: new Set() });
  expect(home.relayMay('d', 'porch', 1)).toBe(true);
  expect(home.may('d', 'porch', 1)).toBe(false);
  home.acked = 2;
  expect(home.relayMay('d', 'porch', 1)).toBe(false);
});

test('an epoch has keys for those whom the agent knew when it began', () => {
  const home = homeWith(viewer, { ...viewer, grants: 'all' });
  home.epochBegan(7, 1);
  home.agentVersion = 2;
  home.epochBegan(8, 1);
  expect([home.mayOpen(7, 'd', 'yard'), home.mayOpen(8, 'd', 'yard'), home.mayOpen(9, 'd', 'porch')]).toEqual([
    false,
    true,
    false,
  ]);
});

test('wide suspensions spare an admin’s own display, narrow ones spare nobody', () => {
  const wide = [
    { width: 'everything' },
    { width: 'partner', partner: 'fixture' },
    { width: 'pair', cameraModel: 'cam', displayModel: 'hub' },
  ] as const;
  for (const target of wide) {
    expect(names(target, link, viewer, 'cam')).toBe(true);
    expect(names(target, link, admin, 'cam')).toBe(false);
  }
  const display = { width: 'display', homeId: 'h', deviceId: 'd' } as unknown as Parameters<typeof names>[0];
  expect(names(display, link, admin, 'cam')).toBe(true);
  expect(names(display, { ...link, deviceId: 'e' }, admin, 'cam')).toBe(false);
});
