/**
 * An admin who changes the home without a pause and remembers what was acknowledged. A change that was under way when something
 * died may be there or not; everything else must be there.
 */
import { generateDeviceKeys, type Command, type Reply } from '@sealcam/home';
import type { HomeClient } from '@sealcam/player/viewer';
import type { CameraId, DeviceId } from '@sealcam/protocol';
import { change, type Device } from '../harness/household.ts';
import { until } from '../harness/until.ts';

/** One fact of the home, and its value as text; `undefined`: not there. */
type Facts = Map<string, string | undefined>;

export interface CameraToAdd {
  readonly url: string;
}

export class BusyAdmin {
  readonly #admin: Device;
  #client: HomeClient;
  readonly #camera: CameraToAdd | undefined;
  readonly #acknowledged: Facts = new Map();
  #underWay: readonly [string, string | undefined] | undefined;
  #stopping = false;
  #n = 0;
  #guests: DeviceId[] = [];
  #added: CameraId[] = [];
  acknowledgments = 0;
  version = 1;

  constructor(admin: Device, client: HomeClient, camera?: CameraToAdd) {
    this.#admin = admin;
    this.#client = client;
    this.#camera = camera;
  }

  /** Goes on over another line. */
  on(client: HomeClient): this {
    this.#client = client;
    return this;
  }

  /** Changes one thing after another until `stop`, or until something dies. @returns stop, which waits for the change under way */
  work(): () => Promise<void> {
    this.#stopping = false;
    const working = this.#work();
    return async () => {
      this.#stopping = true;
      await working;
    };
  }

  /**
   * Waits until everything before is in the home's names and roster, then looks.
   * @returns what was acknowledged and is not there
   */
  async lost(): Promise<readonly string[]> {
    this.#n += 1;
    const mark = `mark ${this.#n}`;
    const { deviceId } = this.#admin.keys;
    // What came before it is in the bulletin that it is in.
    await this.#tell({ do: 'member.rename', deviceId, name: mark, kind: 'browser' });
    const home = await until(
      this.#client.home,
      ({ names }) => names?.members.some(({ name }) => name === mark) === true,
    );
    const truth: Facts = new Map([['home', home.names?.homeName]]);
    for (const { cameraId, name, private: isPrivate } of home.names?.cameras ?? [])
      truth.set(cameraId, `${name}/${isPrivate}`);
    for (const { deviceId: device, grants } of home.head.roster.entries) truth.set(device, JSON.stringify(grants));
    const lost: string[] = [];
    for (const [key, value] of this.#acknowledged) {
      const now = truth.get(key);
      const maybe = this.#underWay?.[0] === key && this.#underWay[1] === now;
      if (now !== value && !maybe) lost.push(`${key}: ${value} became ${now}`);
      this.#acknowledged.set(key, now);
    }
    if (home.head.version < this.version) lost.push(`roster ${this.version} became ${home.head.version}`);
    this.#underWay = undefined;
    this.#guests = this.#guests.filter((guest) => truth.has(guest));
    this.#added = this.#added.filter((camera) => truth.has(camera));
    return lost;
  }

  async #work(): Promise<void> {
    const { names } = await until(this.#client.home, (home) => home.names !== undefined);
    const [demo] = names?.cameras ?? [];
    try {
      while (!this.#stopping && demo !== undefined) {
        this.#n += 1;
        await this.#one(this.#n % 7, demo.cameraId);
        this.acknowledgments += 1;
        this.#underWay = undefined;
      }
    } catch {
      // Something died under it, and what was under way stays in doubt.
    }
  }

  async #one(kind: number, demo: CameraId): Promise<void> {
    const n = this.#n;
    const [guest] = this.#guests;
    if (kind === 0)
      return await this.#fact('home', `Home ${n}`, () => this.#tell({ do: 'home.rename', name: `Home ${n}` }));
    if (kind === 1 || kind === 4)
      return await this.#fact(demo, `Porch ${n}/false`, () =>
        this.#tell({ do: 'camera.update', cameraId: demo, name: `Porch ${n}`, room: '' }),
      );
    if (kind === 2 && this.#guests.length < 6) return await this.#addGuest(demo);
    if (kind === 3 && guest !== undefined) {
      const grants = n % 2 === 0 ? ('all' as const) : [demo];
      return await this.#fact(guest, JSON.stringify(grants), () =>
        this.#roster([{ do: 'setGrants', deviceId: guest, grants }]),
      );
    }
    if (kind === 5 && this.#guests.length >= 4 && guest !== undefined) {
      this.#guests.shift();
      return await this.#fact(guest, undefined, () => this.#roster([{ do: 'removeDevice', deviceId: guest }]));
    }
    if (kind === 6) return await this.#cameras();
  }

  async #addGuest(demo: CameraId): Promise<void> {
    const { sigPub, deviceId } = await generateDeviceKeys();
    await this.#fact(deviceId, JSON.stringify([demo]), () =>
      this.#roster([{ do: 'addDevice', sigPub, role: 'viewer', grants: [demo] }]),
    );
    this.#guests.push(deviceId);
  }

  async #cameras(): Promise<void> {
    const [old] = this.#added;
    if (this.#camera === undefined) return;
    if (this.#added.length >= 2 && old !== undefined) {
      this.#added.shift();
      return await this.#fact(old, undefined, () => this.#tell({ do: 'camera.remove', cameraId: old }));
    }
    const { url } = this.#camera;
    const found = await this.#tell({ do: 'camera.try', url, user: '', password: '', transport: 'tcp' });
    if (found.is !== 'still') throw new Error(`the camera did not answer: ${JSON.stringify(found)}`);
    const name = `Garden ${this.#n}`;
    const added = await this.#tell({ do: 'camera.add', tryId: found.tryId, name, room: '' });
    if (added.is !== 'added') throw new Error('not added');
    this.#acknowledged.set(added.cameraId, `${name}/false`);
    this.#added.push(added.cameraId);
  }

  async #fact(key: string, value: string | undefined, ask: () => Promise<unknown>): Promise<void> {
    this.#underWay = [key, value];
    await ask();
    this.#acknowledged.set(key, value);
  }

  async #tell(command: Command): Promise<Reply> {
    const reply = await this.#client.command(command);
    if (reply.is === 'failed') throw new Error(`${command.do}: ${reply.code}`);
    return reply;
  }

  async #roster(changes: Parameters<typeof change>[2]): Promise<void> {
    this.version = await change(this.#admin, this.#client, changes);
  }
}
