/** A household in Node: claims an agent, pairs displays, removes them, exactly as the pages do, over real sockets. */
import {
  buildNextRoster,
  claimReceive,
  decodePairingLink,
  generateDeviceKeys,
  generateHpkeKeys,
  qrAdminReceive,
  qrAdmit,
  qrDevicePress,
  qrDeviceReceive,
  scanQr,
  showQr,
  signRoster,
  startClaim,
  verifyChain,
  type Claim,
  type DeviceKeys,
  type Grants,
  type Head,
  type HpkeKeys,
  type QrAdmin,
  type QrDevice,
  type RosterChange,
} from '@sealcam/home';
import { HomeClient, newStoredDevice } from '@sealcam/player/viewer';
import { epoch, mailboxId, toHex, type HomeId } from '@sealcam/protocol';
import { lineOf, memoryStore, nodePorts, type Line, type Tap } from './node-ports.ts';
import { PairSocket } from './pair-socket.ts';

/** A paired device: what it stores, and a client on it. */
export interface Device {
  readonly keys: DeviceKeys;
  readonly homeId: HomeId;
  readonly store: ReturnType<typeof memoryStore>;
  /** Loads and dials; close it. @param line what a relay or a network could do to it */
  open(line?: Line | Tap): Promise<HomeClient>;
}

interface Paired {
  readonly keys: DeviceKeys;
  readonly hpke: HpkeKeys;
  readonly homeId: HomeId;
  readonly rosters: readonly Uint8Array[];
  readonly epochFloor: number;
}

/** A member that the roster names already, without the words of a pairing: for tests about something else. */
export async function memberOf(relayUrl: string, admin: Device, keys: DeviceKeys): Promise<Device> {
  const { rosters } = await headOf(admin);
  return device(relayUrl, { keys, hpke: await generateHpkeKeys(1), homeId: admin.homeId, rosters, epochFloor: 0 });
}

function device(relayUrl: string, paired: Paired): Device {
  const store = memoryStore(newStoredDevice({ ...paired, nowMs: Date.now() }));
  return {
    keys: paired.keys,
    homeId: paired.homeId,
    store,
    open: (line) => HomeClient.open({ url: `${relayUrl}/ws/viewer`, ports: nodePorts(store, lineOf(line)) }),
  };
}

/** Opens the claim link as the first admin. @param relayUrl `ws://host:port` */
export async function claim(relayUrl: string, link: string, homeName: string): Promise<Device> {
  const keys = await generateDeviceKeys();
  const hpke = await generateHpkeKeys(1);
  const parsed = decodePairingLink(link);
  const socket = await PairSocket.open(relayUrl);
  await socket.join({ mailboxId: parsed.mailboxId });
  let state: Claim = startClaim({ keys, link: parsed, homeName, nowMs: Date.now() });
  while (state.at === 'waiting' || state.at === 'offered') {
    const step = await claimReceive(state, await socket.mail(), Date.now());
    state = step.state;
    socket.post(step.send);
  }
  socket.close();
  if (state.at === 'failed') throw new Error(`claim failed: ${state.code}`);
  const { head, rosters } = state.claimed;
  return device(relayUrl, { keys, hpke, homeId: head.homeId, rosters, epochFloor: 0 });
}

/** The head a device verified last, with its whole chain. */
export async function headOf(
  paired: Device,
): Promise<{ readonly head: Head; readonly rosters: readonly Uint8Array[] }> {
  const rosters = paired.store.now()?.rosters ?? [];
  return { head: await verifyChain(rosters, paired.homeId), rosters };
}

/** Signs the next roster with these changes and hands it to the relay. @returns its version */
export async function change(admin: Device, client: HomeClient, changes: readonly RosterChange[]): Promise<number> {
  const { head } = await headOf(admin);
  const next = await buildNextRoster(head, admin.keys.deviceId, changes);
  await client.putRoster(await signRoster(admin.keys, next));
  return next.version;
}

/** What a display says of itself at pairing. */
export interface DisplayWish {
  readonly name?: string;
  readonly model?: string;
  /** A partner's name: it is that platform's display. */
  readonly route?: string;
}

/** Pairs a new display by QR with an admin whose client runs. The display's person presses OK at once. */
export async function pairDisplay(
  relayUrl: string,
  admin: Device,
  client: HomeClient,
  grants: Grants,
  { name = 'Kitchen tablet', ...said }: DisplayWish = {},
): Promise<Device> {
  const keys = await generateDeviceKeys();
  const hpke = await generateHpkeKeys(1);
  const box = mailboxId(toHex(globalThis.crypto.getRandomValues(new Uint8Array(16))));
  const display = await PairSocket.open(relayUrl);
  await display.openMailbox(box, false);
  const shown = await showQr({
    keys,
    hpke,
    mailboxId: box,
    kind: 'display',
    name,
    ...said,
    nowMs: Date.now(),
  });
  display.post(shown.send);
  const [joined] = await Promise.all([
    runDisplay(display, shown.state),
    runAdmin(relayUrl, admin, client, shown.link, grants),
  ]);
  display.close();
  if (joined.at !== 'joined') throw new Error(`pairing ended as ${joined.at}`);
  const { head, rosters, epoch: epochFloor } = joined.home;
  return device(relayUrl, { keys, hpke, homeId: head.homeId, rosters, epochFloor });
}

async function runDisplay(socket: PairSocket, first: QrDevice): Promise<QrDevice> {
  let state = first;
  while (state.at !== 'joined' && state.at !== 'failed') {
    const received = await qrDeviceReceive(state, await socket.mail(), Date.now());
    state = received.state;
    socket.post(received.send);
    if (state.at === 'offered') {
      const pressed = await qrDevicePress(state, Date.now());
      state = pressed.state;
      socket.post(pressed.send);
    }
  }
  return state;
}

async function runAdmin(
  relayUrl: string,
  admin: Device,
  client: HomeClient,
  link: Parameters<typeof scanQr>[0]['link'],
  grants: Grants,
): Promise<void> {
  const socket = await PairSocket.open(relayUrl);
  await socket.join({ mailboxId: link.mailboxId });
  const { head, rosters } = await headOf(admin);
  const highest = epoch(admin.store.now()?.mark?.epoch ?? 0);
  const home = { head, rosters, homeName: 'Home', epoch: highest };
  let state: QrAdmin = scanQr({ keys: admin.keys, link, home, nowMs: Date.now() });
  while (state.at !== 'failed' && state.at !== 'done') {
    const step = await qrAdminReceive(state, await socket.mail(), Date.now());
    state = step.state;
    socket.post(step.send);
    if (state.at === 'offered' && state.pressed) {
      const { sigPub, deviceId, name, kind, model, route } = state.device;
      // The home knows what it is before it can get a picture.
      if (model !== '' || route !== 'sealed') {
        const declared = { model, route };
        const told = await client.command({ do: 'member.rename', deviceId, name, kind, declared });
        if (told.is !== 'ok') throw new Error(`not declared: ${JSON.stringify(told)}`);
      }
      const next = await buildNextRoster(head, admin.keys.deviceId, [
        { do: 'addDevice', sigPub, role: 'viewer', grants },
      ]);
      const bytes = await signRoster(admin.keys, next);
      await client.putRoster(bytes);
      const admitted = await qrAdmit(state, bytes, Date.now());
      state = admitted.state;
      socket.post(admitted.send);
    }
  }
  socket.close();
  if (state.at === 'failed') throw new Error(`pairing failed: ${state.code}`);
}
