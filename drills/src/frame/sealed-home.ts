/** A home of a drill in Sealcam: real keys, a real signed roster, an agent on the relay, displays that are members. */
import {
  buildGenesis,
  buildNextRoster,
  generateDeviceKeys,
  generateHpkeKeys,
  signRoster,
  verifyGenesis,
  verifyNext,
  type DeviceKeys,
  type Head,
  type HpkeKey,
  type RosterChange,
} from '@sealcam/home';
import type { ViewerPorts } from '@sealcam/player/viewer';
import type { DeviceId, HomeId, KeyId } from '@sealcam/protocol';
import { DrillAgent } from './drill-agent.ts';
import type { DialLine } from './dial-line.ts';
import type { LineFaults } from './line-faults.ts';
import { SealedCamera } from './sealed-camera.ts';
import { SealedDisplay } from './sealed-display.ts';
import type { DisplayPlan, HomePlan, StageHome } from './stage.ts';
import type { Truth } from './truth.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A line to the relay that lasts through reconnections: its faults stay. */
export interface Access {
  readonly line: LineFaults;
  readonly dial: DialLine;
  /** Seeded: even how long a viewer waits before it dials again. */
  readonly random: ViewerPorts['random'];
}

export interface SealedHomeParts {
  readonly clock: VirtualClock;
  readonly truth: Truth;
  agentAccess(): Access;
  displayAccess(home: HomeId, device: DeviceId, plan: DisplayPlan, cameras: readonly SealedCamera[]): Access;
}

interface NewDevice {
  readonly plan: DisplayPlan;
  readonly keys: DeviceKeys;
  readonly hpke: Awaited<ReturnType<typeof generateHpkeKeys>>;
}

export class SealedHome implements StageHome {
  readonly homeId: HomeId;
  readonly cameras: readonly SealedCamera[];
  readonly displays: readonly SealedDisplay[];
  readonly line: LineFaults;
  readonly agent: DrillAgent;
  /** Who signs rosters; not a display. For drills that change the home. */
  readonly founder: DeviceKeys;

  private constructor(parts: Pick<SealedHome, 'homeId' | 'cameras' | 'displays' | 'line' | 'agent' | 'founder'>) {
    this.homeId = parts.homeId;
    this.cameras = parts.cameras;
    this.displays = parts.displays;
    this.line = parts.line;
    this.agent = parts.agent;
    this.founder = parts.founder;
  }

  static async create(plan: HomePlan, parts: SealedHomeParts): Promise<SealedHome> {
    const { clock, truth } = parts;
    const [founder, agentKeys, agentHpke] = await Promise.all([
      generateDeviceKeys(),
      generateDeviceKeys(),
      generateHpkeKeys(1),
    ]);
    const genesis = await signRoster(founder, await buildGenesis(founder.sigPub, agentKeys.sigPub));
    const devices = await Promise.all(plan.displays.map(newDevice));
    const { head, roster } = await withDevices(await verifyGenesis(genesis), founder, devices);
    const { homeId } = head;
    const uplink: { agent?: DrillAgent } = {};
    const send = (message: Uint8Array): void => uplink.agent?.sendUnit(message);
    const sealed = (kid: KeyId, ctr: number): void => uplink.agent?.counters.sealed(kid, ctr);
    const made = plan.cameras.map((model) => new SealedCamera(homeId, model, { clock, truth, send, sealed }));
    const cameras = made.toSorted((a, b) => (a.cameraId < b.cameraId ? -1 : 1));
    const displays = devices.map((device) => {
      const access = parts.displayAccess(homeId, device.keys.deviceId, device.plan, made);
      return new SealedDisplay({ ...device, ...access, clock, truth, homeId, rosters: [genesis, roster] });
    });
    const hpkeKeys = new Map<DeviceId, HpkeKey>(devices.map((device) => [device.keys.deviceId, keyOf(homeId, device)]));
    const access = parts.agentAccess();
    const agent = new DrillAgent({
      ...{ clock, head, genesis, cameras, hpkeKeys, dial: access.dial },
      keys: agentKeys,
      hpke: agentHpke,
      rosters: [roster],
      displays: displays.map(({ deviceId, model, plan: { route = 'sealed' } }) => ({ deviceId, model, route })),
    });
    uplink.agent = agent;
    agent.connect();
    return new SealedHome({ homeId, cameras: made, displays, line: access.line, agent, founder });
  }
}

async function newDevice(plan: DisplayPlan): Promise<NewDevice> {
  return { plan, keys: await generateDeviceKeys(), hpke: await generateHpkeKeys(1) };
}

function keyOf(homeId: HomeId, { keys, hpke }: NewDevice): HpkeKey {
  return { homeId, deviceId: keys.deviceId, keySeq: hpke.keySeq, hpkePub: hpke.hpkePub };
}

async function withDevices(
  head: Head,
  founder: DeviceKeys,
  devices: readonly NewDevice[],
): Promise<{ readonly head: Head; readonly roster: Uint8Array }> {
  const changes = devices.map(({ keys, plan }): RosterChange => ({
    do: 'addDevice',
    sigPub: keys.sigPub,
    role: plan.role ?? 'viewer',
    grants: 'all',
  }));
  const roster = await signRoster(founder, await buildNextRoster(head, founder.deviceId, changes));
  return { head: await verifyNext(head, roster), roster };
}
