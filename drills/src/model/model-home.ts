/** A home of the model: its roster and who signs it, its agent, its displays; each change told to the reference in the same tick. */
import { randomBytes } from 'node:crypto';
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
  type RosterChange,
} from '@sealcam/home';
import { cameraId, millis, type CameraId, type DeviceId, type HomeId, type StreamId } from '@sealcam/protocol';
import type { DisplayPlan } from '../frame/stage.ts';
import type { StandingLine } from '../frame/standing-line.ts';
import { ModelAgent, type Disk } from './model-agent.ts';
import { modelLine, Person, type Surroundings } from './person.ts';
import type { Member, Members, RefHome } from './reference.ts';

export interface CameraPlan {
  readonly cameraId: CameraId;
  readonly model: string;
}

const LATE_MS = [0, 0, 400, 2_000] as const;

export class ModelHome {
  readonly homeId: HomeId;
  readonly people: Person[] = [];
  readonly line: StandingLine;
  readonly disk: Disk;
  agent: ModelAgent;
  /** Its agent is gone for good. */
  isOver = false;
  readonly #around: Surroundings;
  readonly #founder: DeviceKeys;
  readonly #dial: ReturnType<typeof modelLine>['dial'];
  /** The newest that was signed, wherever it has got to. */
  #head: Head;
  readonly #rosters: Uint8Array[] = [];

  private constructor(around: Surroundings, founder: DeviceKeys, disk: Disk) {
    this.#around = around;
    this.#founder = founder;
    this.disk = disk;
    this.#head = disk.head;
    this.homeId = disk.head.homeId;
    const { line, dial } = modelLine(around, 'agent');
    this.line = line;
    this.#dial = dial;
    const members: Members = new Map([
      [founder.deviceId, { role: 'admin', grants: 'all', notAfterMs: 0, model: '', route: 'sealed' }],
    ]);
    this.ref.rosters.push(members);
    for (const camera of disk.cameras) this.#knowCamera(camera);
    this.agent = this.#newAgent();
    this.agent.connect();
  }

  static async create(around: Surroundings, cameras: readonly CameraPlan[]): Promise<ModelHome> {
    const founder = await generateDeviceKeys();
    const keys = await generateDeviceKeys();
    const hpke = await generateHpkeKeys(1);
    const genesis = await signRoster(founder, await buildGenesis(founder.sigPub, keys.sigPub));
    const head = await verifyGenesis(genesis);
    return new ModelHome(around, founder, {
      ...{ keys, hpke, genesis, head, rosters: [], epoch: 0, hpkeKeys: new Map(), private: new Set(), displays: [] },
      cameras: sorted(cameras),
    });
  }

  get ref(): RefHome {
    return this.#around.truth.home(this.homeId);
  }

  get cameras(): readonly CameraPlan[] {
    return this.disk.cameras;
  }

  /** The first display is an admin's, the maker's own app. @param through an admin's open app hands the roster to the relay */
  async pair(plan: DisplayPlan, grants: 'all' | readonly CameraId[], through?: Person): Promise<Person> {
    const keys = await generateDeviceKeys();
    const hpke = await generateHpkeKeys(1);
    const { deviceId } = keys;
    const { model, route = 'sealed', role = 'viewer' } = plan;
    const member: Member = { role, model, route, notAfterMs: 0, grants: grants === 'all' ? 'all' : new Set(grants) };
    this.disk.hpkeKeys.set(deviceId, { homeId: this.homeId, deviceId, keySeq: hpke.keySeq, hpkePub: hpke.hpkePub });
    this.disk.displays = [...this.disk.displays, { deviceId, model, route }].toSorted(byDevice);
    await this.change([{ do: 'addDevice', sigPub: keys.sigPub, role, grants }], with_(deviceId, member), through);
    const rosters = [this.disk.genesis, ...this.#rosters];
    const person = new Person(this.#around, { homeId: this.homeId, plan, keys, hpke, rosters });
    this.people.push(person);
    return person;
  }

  /** A guest's time, or other grants. */
  async alter(device: DeviceId, to: Partial<Pick<Member, 'grants' | 'notAfterMs'>>, through?: Person): Promise<void> {
    const member = this.ref.newest.get(device);
    if (member === undefined) return;
    const changes: RosterChange[] = [];
    const { grants, notAfterMs } = to;
    if (grants !== undefined)
      changes.push({
        do: 'setGrants',
        deviceId: device,
        grants: grants === 'all' ? 'all' : ([...grants] as CameraId[]),
      });
    if (notAfterMs !== undefined) changes.push({ do: 'setNotAfter', deviceId: device, notAfterMs: millis(notAfterMs) });
    await this.change(changes, with_(device, { ...member, ...to }), through);
  }

  async remove(device: DeviceId, through?: Person): Promise<void> {
    await this.change([{ do: 'removeDevice', deviceId: device }], without(device), through);
  }

  /**
   * Signs the next roster and brings it to the agent, or by somebody's app to the relay, as the pages do. What the relay did not
   * take is brought to the agent after all.
   */
  async change(
    changes: readonly RosterChange[],
    next: (members: Members) => Members,
    through: Person | undefined,
  ): Promise<void> {
    const roster = await signRoster(this.#founder, await buildNextRoster(this.#head, this.#founder.deviceId, changes));
    this.#head = await verifyNext(this.#head, roster);
    this.#rosters.push(roster);
    this.ref.rosters.push(next(this.ref.newest));
    const { version } = this.#head;
    const client = through?.display.client;
    if (client === undefined) return void this.agent.offer(this.#rosters);
    // Whoever waits for it waits longer than this operation: it goes on by itself.
    void client.putRoster(roster).then(
      () => (this.ref.acked = Math.max(this.ref.acked, version)),
      () => this.agent.offer(this.#rosters),
    );
  }

  setPrivate(camera: CameraId, on: boolean): void {
    const known = this.ref.cameras.get(camera);
    if (known === undefined) return;
    if (on) this.disk.private.add(camera);
    else this.disk.private.delete(camera);
    Object.assign(known, { private: on, privateAtRelayMs: undefined });
    this.agent.changed();
  }

  addCamera(camera: CameraPlan): void {
    this.#knowCamera(camera);
    this.disk.cameras = sorted([...this.disk.cameras, camera]);
    this.agent.changed();
  }

  async takeCamera(camera: CameraId): Promise<void> {
    this.ref.cameras.delete(camera);
    this.disk.private.delete(camera);
    this.disk.cameras = this.disk.cameras.filter((each) => each.cameraId !== camera);
    this.agent.changed();
    await this.change([{ do: 'forgetCamera', cameraId: camera }], forgetting(camera), undefined);
  }

  frame(camera: CameraId, stream: StreamId): boolean {
    return !this.isOver && this.agent.frame(camera, stream);
  }

  /** The agent's process ends and starts again. */
  restartAgent(): void {
    this.endAgent();
    this.agent = this.#newAgent();
    this.agent.connect();
  }

  endAgent(): void {
    this.agent.crash();
    this.line.reset();
  }

  #newAgent(): ModelAgent {
    const { clock, truth, random } = this.#around;
    return new ModelAgent({ clock, truth, dial: this.#dial, disk: this.disk, lateMs: random.pick(LATE_MS) });
  }

  #knowCamera({ cameraId: id, model }: CameraPlan): void {
    this.ref.cameras.set(id, { model, private: false, privateAtRelayMs: undefined });
  }
}

export function newCamera(model: string): CameraPlan {
  return { cameraId: cameraId(randomBytes(16).toString('hex')), model };
}

function sorted(cameras: readonly CameraPlan[]): readonly CameraPlan[] {
  return cameras.toSorted((a, b) => (a.cameraId < b.cameraId ? -1 : 1));
}

function byDevice(a: { readonly deviceId: string }, b: { readonly deviceId: string }): number {
  return a.deviceId < b.deviceId ? -1 : 1;
}

function with_(device: DeviceId, member: Member) {
  return (members: Members): Members => new Map([...members, [device, member]]);
}

function without(device: DeviceId) {
  return (members: Members): Members => new Map([...members].filter(([id]) => id !== device));
}

function forgetting(camera: CameraId) {
  return (members: Members): Members =>
    new Map(
      [...members].map(([id, member]) => {
        const { grants } = member;
        return [
          id,
          grants === 'all' ? member : { ...member, grants: new Set([...grants].filter((g) => g !== camera)) },
        ];
      }),
    );
}
