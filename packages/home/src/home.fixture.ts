/** A small home for tests: an admin, an agent, two viewers and two cameras, with everything real. */
import { cameraId, epoch, keyId, millis, sessionId, type CameraId, type DeviceId } from '@sealcam/protocol';
import type { BulletinInput, CameraSecret } from './bulletin.ts';
import { generateDeviceKeys, generateHpkeKeys, type DeviceKeys, type HpkeKeys } from './device-keys.ts';
import { verifyHpkeKey, type HpkeKey } from './hpke-key.ts';
import type { AnnouncedKey } from './key-list.ts';
import type { HomeNames } from './names.ts';
import { buildGenesis, buildNextRoster, type RosterChange } from './next-roster.ts';
import { signHpkeKey, signRoster } from './sign.ts';
import { verifyGenesis, verifyNext, type Head } from './verify-roster.ts';

export const PORCH: CameraId = cameraId('01'.repeat(16));
export const NURSERY: CameraId = cameraId('02'.repeat(16));
/** 2026-11-22, the clock of all tests. */
export const NOW: number = 1_795_000_000_000;

export interface Device {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
}

export interface TestHome {
  readonly admin: Device;
  readonly agent: Device;
  /** Sees all cameras. */
  readonly kitchen: Device;
  /** Sees the porch, until an hour after `NOW`. */
  readonly guest: Device;
  readonly rosters: readonly Uint8Array[];
  readonly genesis: Head;
  readonly head: Head;
  readonly hpkeKeys: ReadonlyMap<DeviceId, HpkeKey>;
  readonly names: HomeNames;
  readonly secrets: readonly CameraSecret[];
}

/** What the agent would derive of its secrets; any key ids do where nothing is sealed. */
export const ANNOUNCED: readonly AnnouncedKey[] = [
  { cameraId: PORCH, streamId: 0, kid: keyId('81'.repeat(8)) },
  { cameraId: PORCH, streamId: 3, kid: keyId('83'.repeat(8)) },
  { cameraId: NURSERY, streamId: 0, kid: keyId('82'.repeat(8)) },
];

export const GUEST_UNTIL: number = NOW + 3_600_000;

export async function newDevice(): Promise<Device> {
  return { keys: await generateDeviceKeys(), hpke: await generateHpkeKeys(1) };
}

/** One admin-signed next roster. */
export async function nextHead(head: Head, by: DeviceKeys, changes: readonly RosterChange[]): Promise<Head> {
  return await verifyNext(head, await signRoster(by, await buildNextRoster(head, by.deviceId, changes)));
}

export async function makeHome(): Promise<TestHome> {
  const [admin, agent, kitchen, guest] = await Promise.all([newDevice(), newDevice(), newDevice(), newDevice()]);
  const genesis = await verifyGenesis(
    await signRoster(admin.keys, await buildGenesis(admin.keys.sigPub, agent.keys.sigPub)),
  );
  const head = await nextHead(genesis, admin.keys, [
    { do: 'addDevice', sigPub: kitchen.keys.sigPub, role: 'viewer', grants: 'all' },
    { do: 'addDevice', sigPub: guest.keys.sigPub, role: 'viewer', grants: [PORCH], notAfterMs: millis(GUEST_UNTIL) },
  ]);
  return {
    admin,
    agent,
    kitchen,
    guest,
    rosters: [genesis.bytes, head.bytes],
    genesis,
    head,
    hpkeKeys: await hpkeKeysOf(head, [admin, kitchen, guest]),
    names: {
      homeName: 'Linden Street',
      cameras: [cameraName(PORCH, 'Porch', 0), cameraName(NURSERY, 'Nursery', 1)],
      members: [
        {
          deviceId: kitchen.keys.deviceId,
          name: 'Kitchen tablet',
          kind: 'display',
          model: 'lenovo tab m10',
          route: 'sealed',
        },
      ],
      recoveryUsedAtMs: millis(0),
    },
    secrets: [secretOf(PORCH, 1), secretOf(NURSERY, 2)],
  };
}

export async function hpkeKeysOf(head: Head, devices: readonly Device[]): Promise<Map<DeviceId, HpkeKey>> {
  const keys = await Promise.all(
    devices.map(async ({ keys: own, hpke }) => await verifyHpkeKey(head, await signHpkeKey(own, head.homeId, hpke))),
  );
  return new Map(keys.map((key) => [key.deviceId, key]));
}

export function bulletinInput(home: TestHome, change: Partial<BulletinInput> = {}): BulletinInput {
  return {
    head: home.head,
    keys: home.agent.keys,
    agentHpkePub: home.agent.hpke.hpkePub,
    epoch: epoch(NOW),
    issuedAtMs: millis(NOW),
    cameras: home.secrets,
    announced: ANNOUNCED,
    names: home.names,
    hpkeKeys: home.hpkeKeys,
    ...change,
  };
}

function cameraName(id: CameraId, name: string, order: number): HomeNames['cameras'][number] {
  return {
    cameraId: id,
    name,
    room: 'Outside',
    order,
    private: false,
    hasSub: true,
    hasAudio: false,
    mainCodec: 'h264',
    model: 'reolink rlc-520a',
    demo: false,
  };
}

function secretOf(camera: CameraId, fill: number): CameraSecret {
  return { cameraId: camera, sessionId: sessionId(`0${fill}`.repeat(8)), secret: new Uint8Array(32).fill(fill) };
}
