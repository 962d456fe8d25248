import { beforeAll, describe, expect, it } from 'vitest';
import { GUEST_UNTIL, makeHome, newDevice, nextHead, NOW, NURSERY, PORCH, type TestHome } from './home.fixture.ts';
import { mayView, recipientsAt } from './may-view.ts';
import { recoveryKeys } from './recovery.ts';

let home: TestHome;
beforeAll(async () => {
  home = await makeHome();
});

describe('may this device see this camera now', () => {
  it('is yes for admins and viewers within their grants and time', () => {
    for (const camera of [PORCH, NURSERY]) {
      expect(mayView(home.head, home.admin.keys.deviceId, camera, NOW)).toEqual({ may: true });
      expect(mayView(home.head, home.kitchen.keys.deviceId, camera, GUEST_UNTIL)).toEqual({ may: true });
    }
    expect(mayView(home.head, home.guest.keys.deviceId, PORCH, GUEST_UNTIL - 1)).toEqual({ may: true });
  });

  it('is no with the reason, for everyone else', async () => {
    const sheet = await recoveryKeys(new Uint8Array(32));
    const head = await nextHead(home.head, home.admin.keys, [{ do: 'setRecovery', sigPub: sheet.sigPub }]);
    const no = (device: { deviceId: Parameters<typeof mayView>[1] }, camera = PORCH, at = NOW) =>
      mayView(head, device.deviceId, camera, at);
    expect(no(home.guest.keys, NURSERY)).toEqual({ may: false, code: 'camera.not-granted' });
    expect(no(home.guest.keys, PORCH, GUEST_UNTIL)).toEqual({ may: false, code: 'device.expired' });
    expect(no(home.agent.keys)).toEqual({ may: false, code: 'device.role' });
    expect(no(sheet)).toEqual({ may: false, code: 'device.role' });
    expect(no((await newDevice()).keys)).toEqual({ may: false, code: 'device.unknown' });
  });

  it('ends with the roster that removes it, and follows a camera out of all grants', async () => {
    const removed = await nextHead(home.head, home.admin.keys, [
      { do: 'removeDevice', deviceId: home.kitchen.keys.deviceId },
      { do: 'forgetCamera', cameraId: PORCH },
    ]);
    expect(mayView(removed, home.kitchen.keys.deviceId, PORCH, NOW)).toEqual({ may: false, code: 'device.unknown' });
    expect(mayView(removed, home.guest.keys.deviceId, PORCH, NOW)).toEqual({ may: false, code: 'camera.not-granted' });
    expect(recipientsAt(removed, NOW)).toEqual([home.admin.keys.deviceId, home.guest.keys.deviceId].toSorted());
  });
});
