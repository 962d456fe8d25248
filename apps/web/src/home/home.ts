/** A paired device's home as the pages read it: the viewer's observables as signals, and the changes an admin makes. */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import {
  buildNextRoster,
  mayView,
  member,
  signRoster,
  type CameraName,
  type Command,
  type MemberKind,
  type Reply,
  type RosterChange,
  type RosterEntry,
} from '@sealcam/home';
import { HomeClient } from '@sealcam/player/viewer';
import {
  ERRORS,
  isVersionCode,
  NO_MODEL,
  SEALED_ROUTE,
  SealcamError,
  type CameraId,
  type DeviceId,
} from '@sealcam/protocol';
import type { KeyStore } from '../keys/key-store.ts';
import { browserPorts, socketUrl } from './browser-ports.ts';
import { reloadOnce } from './fresh-page.ts';

type Client = Awaited<ReturnType<typeof HomeClient.open>>;
type Value<R extends { get(): unknown }> = ReturnType<R['get']>;

export interface MemberView {
  readonly entry: RosterEntry;
  readonly id: DeviceId;
  readonly name: string;
  readonly kind: MemberKind;
  /** As it declared them when it was paired. */
  readonly model: string;
  readonly route: string;
  readonly isMe: boolean;
}

export interface Home {
  readonly client: Client;
  readonly keys: KeyStore;
  readonly connection: ReadonlySignal<Value<Client['connection']>>;
  readonly agent: ReadonlySignal<Value<Client['agent']>>;
  readonly facts: ReadonlySignal<Value<Client['home']>>;
  readonly alarms: ReadonlySignal<Value<Client['alarms']>>;
  /** Since when the home's computer is behind what this device has seen. */
  readonly agentBehind: ReadonlySignal<Value<Client['agentBehind']>>;
  /** What the relay's operator has to tell, unread. */
  readonly notices: ReadonlySignal<Value<Client['notices']>>;
  readonly name: ReadonlySignal<string>;
  /** In the order of the grid; undefined until the first bulletin: nobody knows yet. */
  readonly cameras: ReadonlySignal<readonly CameraName[] | undefined>;
  /** Those who view; not the agent, not the recovery sheet. */
  readonly members: ReadonlySignal<readonly MemberView[]>;
  readonly isAdmin: ReadonlySignal<boolean>;
  /** Unix milliseconds, once a second: for ages and expiries. */
  readonly now: ReadonlySignal<number>;
  close(): void;
}

/** @throws {SealcamError} `device.unknown` when the keys are gone */
export async function openHome(keys: KeyStore, id: Parameters<KeyStore['of']>[0]): Promise<Home> {
  const client = await HomeClient.open({ url: socketUrl('/ws/viewer'), ports: browserPorts(keys.of(id)) });
  const stops: (() => void)[] = [];
  const follow = <T>(readable: {
    get(): T;
    subscribe(listener: (value: T) => void): () => void;
  }): ReadonlySignal<T> => {
    const copy = signal(readable.get());
    stops.push(readable.subscribe((value) => (copy.value = value)));
    return copy;
  };
  const facts = follow(client.home);
  stops.push(
    client.connection.subscribe((line) => {
      if (line.state === 'offline' && line.code === 'protocol.page-old') reloadOnce();
    }),
  );
  const now = signal(Date.now());
  const timer = setInterval(() => (now.value = client.serverTimeMs), 1000);
  // A home that was claimed a moment ago: its agent has yet to bring it to the relay, which refuses us until then.
  const eager = client.device.mark === undefined ? setInterval(knock, EAGER_MS) : undefined;
  const eagerUntil = performance.now() + EAGER_FOR_MS;
  function knock(): void {
    const now = client.connection.get();
    if (now.state === 'offline' && !isVersionCode(now.code)) client.reconnect();
    if (client.device.mark !== undefined || performance.now() > eagerUntil) clearInterval(eager);
  }
  const awake = (): void => {
    if (!document.hidden) client.reconnect();
  };
  addEventListener('online', awake);
  document.addEventListener('visibilitychange', awake);
  return {
    client,
    keys,
    facts,
    now,
    connection: follow(client.connection),
    agent: follow(client.agent),
    alarms: follow(client.alarms),
    agentBehind: follow(client.agentBehind),
    notices: follow(client.notices),
    name: computed(() => facts.value.names?.homeName ?? ''),
    cameras: computed(() =>
      facts.value.names?.cameras.toSorted((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1)),
    ),
    members: computed(() => membersOf(facts.value, client.device.keys.deviceId)),
    isAdmin: computed(() => facts.value.me?.role === 'admin'),
    close: () => {
      for (const stop of stops) stop();
      clearInterval(timer);
      clearInterval(eager);
      removeEventListener('online', awake);
      document.removeEventListener('visibilitychange', awake);
      client.close();
    },
  };
}

function membersOf({ head, names }: Value<Client['home']>, me: DeviceId): readonly MemberView[] {
  return head.roster.entries
    .filter(({ role }) => role === 'admin' || role === 'viewer')
    .map((entry) => {
      const named = names?.members.find(({ deviceId }) => deviceId === entry.deviceId);
      const isMe = entry.deviceId === me;
      return {
        entry,
        id: entry.deviceId,
        name: named?.name ?? (isMe ? 'This device' : 'A new device'),
        kind: named?.kind ?? 'browser',
        model: named?.model ?? NO_MODEL,
        route: named?.route ?? SEALED_ROUTE,
        isMe,
      };
    })
    .sort((a, b) => Number(b.isMe) - Number(a.isMe) || (a.name < b.name ? -1 : 1));
}

/** Who can open this camera's pictures now, by the roster that this device verified itself. */
export function whoCanOpen(home: Home, camera: CameraId): readonly MemberView[] {
  const { head } = home.facts.value;
  return home.members.value.filter(({ id }) => mayView(head, id, camera, home.now.value).may);
}

/** Routes that let this camera's picture leave the sealed path. */
export function routesOf(home: Home, camera: CameraId): readonly { readonly kind: string }[] {
  const now = home.now.value;
  return home.facts.value.head.roster.routes.filter(
    ({ cameras, notAfterMs }) => cameras.includes(camera) && (notAfterMs === 0 || notAfterMs > now),
  );
}

const EAGER_MS = 700;
const EAGER_FOR_MS = 60_000;
const STALE_TRIES = 3;
const ONLINE_MS = 12_000;

/**
 * Signs and hands in the next roster; somebody else's change in between is built upon.
 * @returns the signed rosters since `from` (or this one alone) and the version to wait for with `rekeyed`
 */
export async function changeRoster(
  home: Home,
  changes: readonly RosterChange[],
): Promise<{ readonly version: number; readonly signed: Uint8Array }> {
  await online(home);
  for (let attempt = 1; ; attempt += 1) {
    const { head } = home.facts.peek();
    const { keys } = home.client.device;
    const next = await buildNextRoster(head, keys.deviceId, changes);
    const signed = await signRoster(keys, next);
    try {
      await home.client.putRoster(signed);
      return { version: next.version, signed };
    } catch (error) {
      const stale = error instanceof SealcamError && error.code === 'roster.stale';
      if (!stale || attempt === STALE_TRIES) throw error;
      // The newer roster is on its way over the same ordered socket.
      await newerThan(home, head.version);
    }
  }
}

/** A press in the second in which the connection comes back is not lost. @throws {SealcamError} `home.offline` */
async function online(home: Home): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let stop: () => void = () => undefined;
    const timer = setTimeout(() => {
      stop();
      reject(new SealcamError('home.offline'));
    }, ONLINE_MS);
    stop = home.client.connection.subscribe(({ state }) => {
      if (state !== 'online') return;
      clearTimeout(timer);
      queueMicrotask(() => {
        stop();
      });
      resolve();
    });
  });
}

async function newerThan(home: Home, version: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new SealcamError('roster.stale'));
    }, 5_000);
    const stop = home.client.home.subscribe(({ head }) => {
      if (head.version <= version) return;
      clearTimeout(timer);
      queueMicrotask(() => {
        stop();
      });
      resolve();
    });
  });
}

/** Sends a command and turns a refusal into an error with the agent's words. */
export async function ask(
  home: Pick<Home, 'client'>,
  command: Command,
  onReply?: (reply: Reply) => void,
): Promise<Reply> {
  const reply = await home.client.command(command, onReply);
  if (reply.is === 'failed') throw new Refusal(reply.code, reply.words);
  return reply;
}

/** The agent said no, in words for this very case. */
export class Refusal extends SealcamError {
  readonly said: string;
  constructor(code: SealcamError['code'], said: string) {
    super(code);
    this.said = said;
  }
}

/** What a person reads of any error. */
export function wordsOf(error: unknown): string {
  if (error instanceof Refusal && error.said !== '') return error.said;
  return error instanceof SealcamError ? error.words : ERRORS.internal.words;
}

export function memberName(home: Home, device: DeviceId): string {
  const known = home.members.value.find(({ id }) => id === device);
  if (known !== undefined) return known.name;
  return home.facts.value.names?.members.find(({ deviceId }) => deviceId === device)?.name ?? 'A removed device';
}

export function cameraName(home: Home, camera: CameraId): string {
  const known = home.cameras.value?.find(({ cameraId }) => cameraId === camera);
  // A viewer hears the names of its own cameras only: one that it does not know is not a removed one for that.
  return known?.name ?? (home.isAdmin.value ? 'A removed camera' : 'a camera this device may not see');
}

/** Whether this device is a member still. */
export function isMember(home: Home): boolean {
  return member(home.facts.value.head, home.client.device.keys.deviceId) !== undefined;
}
