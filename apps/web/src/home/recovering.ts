/**
 * A browser that has a recovery sheet and nothing else: finds the sheet's home, signs the next roster with the sheet, and waits at the
 * relay until somebody confirmed it at the agent's machine (SEALING, recovery). The sheet itself opens no picture.
 */
import {
  buildNextRoster,
  generateDeviceKeys,
  generateHpkeKeys,
  member,
  signAuth,
  signRoster,
  verifyChain,
  type DeviceKeys,
  type Head,
  type MemberKind,
  type RosterChange,
} from '@sealcam/home';
import { Connection, HomeClient, newStoredDevice, type StoredDevice, type ViewerStore } from '@sealcam/player/viewer';
import {
  fromBase64Url,
  firstAnswer,
  isErrorCode,
  parseMessage,
  PROGRAM_VERSION,
  PROTOCOL_VERSION,
  SealcamError,
  toBase64Url,
  ToPairing,
  type DeviceId,
  type HomeId,
} from '@sealcam/protocol';
import { browserPorts, dial, socketUrl } from './browser-ports.ts';
import { ask } from './home.ts';

/** What the sheet leads to: the home as its members last signed it. */
export interface SheetHome {
  readonly sheet: DeviceKeys;
  readonly head: Head;
  /** Oldest first, from the genesis on. */
  readonly rosters: readonly Uint8Array[];
  /** Admin devices that are there now. */
  readonly admins: readonly DeviceId[];
}

/** The device that becomes an admin once it is confirmed; kept in this browser meanwhile, so that a reload loses nothing. */
export interface Recovering {
  readonly device: StoredDevice;
  readonly name: string;
  readonly kind: MemberKind;
}

const SOON_MS = 12_000;

/**
 * @param sheet the keys of the words or the code
 * @throws {SealcamError} `home.unknown` where no home has this sheet, `home.offline` where the relay does not answer
 */
export async function homeOfSheet(sheet: DeviceKeys): Promise<SheetHome> {
  const homeId = await findHome(sheet.deviceId);
  const rosters = await fetchChain(sheet, homeId);
  const head = await verifyChain(rosters, homeId);
  if (member(head, sheet.deviceId)?.role !== 'recovery') throw new SealcamError('home.unknown');
  const admins = head.roster.entries.filter(({ role }) => role === 'admin').map(({ deviceId }) => deviceId);
  return { sheet, head, rosters, admins };
}

/**
 * The next roster, with a new admin device for this browser. Nothing has left this browser yet.
 * @param keepAdmins whether the admin devices that are there stay
 */
export async function prepareRecovery(
  { sheet, head, rosters, admins }: SheetHome,
  { keepAdmins, name, kind }: { readonly keepAdmins: boolean; readonly name: string; readonly kind: MemberKind },
): Promise<Recovering> {
  const keys = await generateDeviceKeys();
  const changes: RosterChange[] = [{ do: 'addDevice', sigPub: keys.sigPub, role: 'admin', grants: 'all' }];
  if (!keepAdmins) changes.push(...admins.map((deviceId) => ({ do: 'removeDevice', deviceId }) as const));
  const signed = await signRoster(sheet, await buildNextRoster(head, sheet.deviceId, changes));
  const device = newStoredDevice({
    homeId: head.homeId,
    keys,
    hpke: await generateHpkeKeys(1),
    rosters: [...rosters, signed],
    epochFloor: 0,
    nowMs: Date.now(),
  });
  return { device, name, kind };
}

/**
 * Hands the roster to the agent, sealed, where it waits for its confirmation.
 * @param onWaiting the agent has it
 * @returns when it was confirmed
 * @throws {SealcamError} `home.offline` where the agent is away, `roster.stale` when another change overtook it
 */
export async function proposeRecovery(
  { sheet, rosters }: SheetHome,
  { device }: Recovering,
  onWaiting: () => void,
): Promise<void> {
  const { homeId } = device;
  const hpke = await generateHpkeKeys(Date.now());
  const guest = newStoredDevice({ homeId, keys: sheet, hpke, rosters, epochFloor: 0, nowMs: Date.now() });
  const client = await HomeClient.open({ url: socketUrl('/ws/viewer'), ports: browserPorts(inMemory(guest)) });
  try {
    await heard(client);
    const roster = device.rosters.at(-1) ?? new Uint8Array();
    await ask({ client }, { do: 'recovery.propose', roster }, ({ is }) => {
      if (is === 'waiting') onWaiting();
    });
  } finally {
    client.close();
  }
}

/** The new device at the relay's door: let in once the recovery is confirmed. */
export interface Waiting {
  /** Knocks at once. */
  hurry(): void;
  stop(): void;
}

/** @param onAdmitted the device as it is to be stored. @param onRefused with words: it will never be let in */
export function waitForAdmission(
  { device, name, kind }: Recovering,
  onAdmitted: (device: StoredDevice) => void,
  onRefused: (error: unknown) => void,
): Waiting {
  let client: HomeClient | undefined;
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    client?.close();
  };
  const run = async (): Promise<void> => {
    client = await HomeClient.open({ url: socketUrl('/ws/viewer'), ports: browserPorts(inMemory(device)) });
    if (isOver) return void client.close();
    await heard(client, Infinity);
    const { deviceId } = device.keys;
    // The name is for the others to read; a home that is away for a moment does not keep an admin out.
    await ask({ client }, { do: 'member.rename', deviceId, name, kind }).catch(() => undefined);
    const now = client.device;
    stop();
    onAdmitted(now);
  };
  run().catch((error: unknown) => {
    if (!isOver) onRefused(error);
    stop();
  });
  return { hurry: () => client?.reconnect(), stop };
}

/** Until the agent's key is known, which the newest bulletin says. */
async function heard(client: HomeClient, withinMs = SOON_MS): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = withinMs === Infinity ? undefined : setTimeout(() => end(new SealcamError('home.offline')), withinMs);
    const stops = [
      client.home.subscribe(({ manifest }) => {
        if (manifest !== undefined) end();
      }),
      client.connection.subscribe((now) => {
        if (now.state === 'offline' && now.final) end(new SealcamError(now.code ?? 'auth.refused'));
      }),
    ];
    function end(error?: SealcamError): void {
      clearTimeout(timer);
      queueMicrotask(() => {
        for (const stop of stops) stop();
      });
      if (error === undefined) resolve();
      else reject(error);
    }
  });
}

function inMemory(device: StoredDevice): ViewerStore {
  let now = device;
  return {
    load: () => Promise.resolve(now),
    update: (change) => Promise.resolve((now = change(now))),
  };
}

async function findHome(deviceId: DeviceId): Promise<HomeId> {
  return await new Promise<HomeId>((resolve, reject) => {
    const end = (outcome: HomeId | SealcamError): void => {
      clearTimeout(timer);
      if (outcome instanceof SealcamError) reject(outcome);
      else resolve(outcome);
      socket.close(); // which is told to us, too: only the first end counts
    };
    const socket = dial(socketUrl('/ws/pair'), {
      opened: () => {
        socket.send(JSON.stringify({ t: 'home.find', id: 1, version: PROTOCOL_VERSION, deviceId }));
      },
      text: (text) => {
        try {
          const message = parseMessage(ToPairing, text);
          if (message.t === 'home.found') end(message.homeId);
          else if (message.t === 'error')
            end(new SealcamError(isErrorCode(message.code) ? firstAnswer(message.code) : 'internal', message.words));
        } catch (error) {
          end(error instanceof SealcamError ? error : new SealcamError('internal'));
        }
      },
      binary: () => undefined,
      closed: () => {
        end(new SealcamError('home.offline'));
      },
    });
    const timer = setTimeout(() => {
      end(new SealcamError('home.offline'));
    }, SOON_MS);
  });
}

/** Signed in with the sheet's own key, as the member that it is. */
async function fetchChain(sheet: DeviceKeys, homeId: HomeId): Promise<readonly Uint8Array[]> {
  const nothing = (): void => undefined;
  const connection = new Connection(socketUrl('/ws/viewer'), browserPorts(NO_STORE), {
    authenticate: async (nonce, host) => {
      const sig = toBase64Url(await signAuth(sheet, homeId, nonce, host));
      return { t: 'auth', version: PROTOCOL_VERSION, program: PROGRAM_VERSION, homeId, deviceId: sheet.deviceId, sig };
    },
    online: nothing,
    event: nothing,
    unit: nothing,
    lost: nothing,
  });
  try {
    connection.start();
    await signedIn(connection);
    const rosters: Uint8Array[] = [];
    for (;;) {
      const chain = await connection.request({ t: 'roster.get', from: rosters.length + 1 });
      if (chain.t !== 'roster.chain') throw new SealcamError('protocol.unexpected');
      if (chain.rosters.length === 0) return rosters;
      rosters.push(...chain.rosters.map((roster) => fromBase64Url(roster)));
    }
  } finally {
    connection.close();
  }
}

async function signedIn(connection: Connection): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      end(new SealcamError('home.offline'));
    }, SOON_MS);
    const stop = connection.state.subscribe((now) => {
      if (now.state === 'online') end();
      else if (now.state === 'offline' && now.code !== undefined) end(new SealcamError(now.code));
    });
    function end(error?: SealcamError): void {
      clearTimeout(timer);
      queueMicrotask(() => {
        stop();
      });
      if (error === undefined) resolve();
      else reject(error);
    }
  });
}

const NO_STORE: ViewerStore = {
  load: () => Promise.resolve(undefined),
  update: () => Promise.reject(new SealcamError('internal', 'nothing is stored')),
};
