/** The device that claimed a home was named by nobody: without this, every other one would call it "A new device". */
import type { MemberKind } from '@sealcam/home';
import { useEffect } from 'preact/hooks';
import { ask, type Home } from '../home/home.ts';

/** What a device in this browser is, as far as it tells. */
export function ownKind(): MemberKind {
  return /Android|iPhone|iPad/.test(navigator.userAgent) ? 'phone' : 'browser';
}

/** What it calls itself until somebody renames it. */
export function ownName(kind: MemberKind): string {
  return kind === 'phone' ? 'Phone' : 'Browser';
}

/** Once a page load, and only where the home has no name for this admin. */
export function useOwnName(home: Home): void {
  const { deviceId } = home.client.device.keys;
  const names = home.facts.value.names;
  const isNamed = names === undefined || names.members.some((member) => member.deviceId === deviceId);
  const mayName = home.isAdmin.value && home.agent.value?.online === true;
  useEffect(() => {
    if (isNamed || !mayName) return;
    const kind = ownKind();
    // Refused or lost: the next load asks again, and "Devices" can name it at any time.
    ask(home, { do: 'member.rename', deviceId, name: ownName(kind), kind }).catch(() => undefined);
  }, [isNamed, mayName]);
}
