/** One home of the tests' viewer: its admin, its agent with real Sealers and real bulletins, its display's keys. No wire. */
import {
  buildBulletin,
  buildGenesis,
  buildNextRoster,
  decodeSealedCommand,
  generateDeviceKeys,
  generateHpkeKeys,
  openCommand,
  signLiveAnswer,
  signRoster,
  verifyGenesis,
  type Bulletin,
  type DeviceKeys,
  type Head,
  type HpkeKey,
  type HpkeKeys,
  type LiveAnswer,
  type OpenedCommand,
  type RosterChange,
  type SealedCommand,
} from '@sealcam/home';
import {
  cameraId,
  epoch,
  fromBase64Url,
  micros,
  millis,
  type CameraId,
  type DeviceId,
  type Envelope,
} from '@sealcam/protocol';
import { ManualClock } from './manual-clock.ts';
import { SealedCamera } from './sealed-camera.ts';

export class ScriptedHome {
  readonly clock = new ManualClock();
  readonly cameras = new Map<CameraId, SealedCamera>();
  readonly hpkeKeys = new Map<DeviceId, HpkeKey>();
  readonly rosters: Uint8Array[] = [];
  admin!: DeviceKeys;
  agent!: DeviceKeys;
  agentHpke!: HpkeKeys;
  display!: DeviceKeys;
  head!: Head;
  epoch = 0;
  /** When the recovery sheet was used, as the agent says; 0 for never. */
  recoveryUsedMs = 0;

  /** Keys for all three, the first roster, the cameras. */
  async found(cameras: readonly string[]): Promise<void> {
    [this.admin, this.agent, this.display] = await Promise.all([
      generateDeviceKeys(),
      generateDeviceKeys(),
      generateDeviceKeys(),
    ]);
    this.agentHpke = await generateHpkeKeys(1);
    const genesis = await signRoster(this.admin, await buildGenesis(this.admin.sigPub, this.agent.sigPub));
    this.head = await verifyGenesis(genesis);
    this.rosters.push(genesis);
    for (const id of cameras) this.#addCamera(id);
  }

  camera(id: string): SealedCamera {
    const camera = this.cameras.get(cameraId(id.repeat(16)));
    if (camera === undefined) throw new Error(`no camera ${id}`);
    return camera;
  }

  async signNext(...changes: readonly RosterChange[]): Promise<Uint8Array> {
    return signRoster(this.admin, await buildNextRoster(this.head, this.admin.deviceId, changes));
  }

  /** The agent: new secrets for all cameras. */
  rekey(at: number): void {
    this.epoch = at;
    for (const camera of this.cameras.values()) camera.rekey(at);
  }

  async makeBulletin(at: number): Promise<Bulletin> {
    const cameras = [...this.cameras.values()].map(({ cameraId: id, sessionId, secret }) => ({
      cameraId: id,
      sessionId,
      secret,
    }));
    return buildBulletin({
      head: this.head,
      keys: this.agent,
      agentHpkePub: this.agentHpke.hpkePub,
      epoch: epoch(at),
      issuedAtMs: millis(this.clock.wallMs()),
      // Nobody of these tests is a relay: what is announced to one is not looked at.
      announced: [],
      cameras: cameras.sort((a, b) => (a.cameraId < b.cameraId ? -1 : 1)),
      names: this.#names(),
      hpkeKeys: this.hpkeKeys,
    });
  }

  async liveAnswer(nonce: Uint8Array, lies: Partial<LiveAnswer> = {}): Promise<Uint8Array> {
    const tracks = [...this.cameras.values()].flatMap((camera) =>
      ([0, 4] as const).map((streamId) => {
        const sealer = camera.sealer(streamId);
        const { cameraId: id, sessionId } = camera;
        return {
          cameraId: id,
          streamId,
          epoch: epoch(camera.epoch),
          sessionId,
          nextCtr: sealer.nextCtr,
          gopCtr: sealer.gopCtr ?? 0,
        };
      }),
    );
    return signLiveAnswer(this.agent, {
      homeId: this.head.homeId,
      deviceId: this.display.deviceId,
      nonce,
      rosterVersion: this.head.version,
      rosterHash: this.head.hash,
      epoch: epoch(this.epoch),
      agentTimeUs: micros(this.clock.wallMs() * 1000),
      tracks: tracks.sort((a, b) => (a.cameraId < b.cameraId ? -1 : 1)),
      ...lies,
    });
  }

  /** A unit captured just now. */
  now(camera: SealedCamera, keyframe: boolean): Envelope {
    camera.timeUs = Math.max(camera.timeUs, this.clock.wallMs() * 1000 - 40_000);
    return camera.unit(keyframe);
  }

  async openedCommand({ sealed: bytes }: { readonly sealed: string }): Promise<OpenedCommand & SealedCommand> {
    const { deviceId } = this.display;
    const sealed = decodeSealedCommand(fromBase64Url(bytes));
    const at = { head: this.head, hpke: this.agentHpke, deviceId, nowMs: this.clock.wallMs() };
    return { ...sealed, ...(await openCommand({ ...at, sealed })) };
  }

  #addCamera(id: string): void {
    const camera = new SealedCamera(this.head.homeId, cameraId(id.repeat(16)), this.clock.wallMs() * 1000 - 40_000);
    this.cameras.set(camera.cameraId, camera);
  }

  #names() {
    const cameras = [...this.cameras.keys()].sort().map((id, order) => ({
      ...{
        cameraId: id,
        name: `Camera ${id.slice(0, 2)}`,
        room: '',
        order,
        private: false,
        hasSub: true,
        hasAudio: false,
      },
      ...{ mainCodec: 'h264' as const, demo: false, model: '' },
    }));
    return { homeName: 'Test home', cameras, members: [], recoveryUsedAtMs: millis(this.recoveryUsedMs) };
  }
}
