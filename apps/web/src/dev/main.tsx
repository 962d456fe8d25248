/** Not shipped: every page with a scripted home, to be looked at. `/dev.html?page=display&case=states`; the place is in the fragment. */
import { computed, signal } from '@preact/signals';
import { generateDeviceKeys, type CameraName, type HomeNames } from '@sealcam/home';
import type { PictureState } from '@sealcam/player/viewer';
import { cameraId, deviceId, millis, toHex, type LedgerRow, type Notice } from '@sealcam/protocol';
import { render } from 'preact';
import { Frame } from '../app/frame.tsx';
import { Board } from '../display/board.tsx';
import type { Home, MemberView } from '../home/home.ts';
import { startRouter } from '../router.ts';

const query = new URLSearchParams(location.search);
const now = Date.now();
const id = (n: number): string => toHex(new Uint8Array(16).fill(n));
const cam = (n: number, name: string, room: string, more: Partial<CameraName> = {}): CameraName => ({
  cameraId: cameraId(id(n)),
  name,
  room,
  order: n,
  private: false,
  hasSub: true,
  hasAudio: n === 1,
  mainCodec: 'h264',
  model: '',
  demo: false,
  ...more,
});
const states: readonly (readonly [string, PictureState])[] = [
  ['Porch', { state: 'opening', sinceMs: now }],
  ['Garden', { state: 'live', ageMs: 80 }],
  ['Front door', { state: 'late', ageMs: 5_200, why: 'old-frames' }],
  ['Shed', { state: 'asleep', sinceMs: now }],
  ['Driveway', { state: 'gone', sinceMs: now - 400_000, code: 'rtsp.unreachable' }],
  ['Nursery', { state: 'private', sinceMs: now }],
  ['Cellar', { state: 'refused', sinceMs: now, code: 'seal.foreign' }],
  ['Gate', { state: 'suspended', width: 'pair', sinceMs: now - 3_600_000 }],
  ['Office', { state: 'not-sealed', sinceMs: now }],
  ['Attic', { state: 'offline', why: 'home', sinceMs: now - 60_000 }],
  ['Garage', { state: 'offline', why: 'device', sinceMs: now - 60_000 }],
  ['Living room with a long name', { state: 'late', ageMs: 9_000, why: 'no-frames' }],
];
const count = Number(query.get('n') ?? (query.get('page') === 'display' ? 6 : 12));
const cameras = states
  .slice(0, count)
  .map(([name], n) => cam(n + 1, name, n % 2 ? 'Outside' : '', n === 5 ? { private: true } : {}));
const members: MemberView[] = (
  [
    [1, 'My phone', 'phone', 'admin', 'all', 0],
    [
      2,
      'Kitchen tablet',
      'display',
      'viewer',
      [cameras[0]?.cameraId, cameras[1]?.cameraId].filter((x) => x !== undefined),
      0,
    ],
    [3, 'Grandma', 'phone', 'viewer', 'all', now + 5 * 86_400_000],
  ] as const
).map(([n, name, kind, role, grants, notAfterMs]) => ({
  entry: { deviceId: deviceId(id(n)), sigPub: new Uint8Array(65), role, grants, notAfterMs: millis(notAfterMs) },
  id: deviceId(id(n)),
  name,
  kind,
  model: '',
  route: 'sealed',
  isMe: n === 1,
}));
const rows: LedgerRow[] = Array.from({ length: 12 }, (_, n) => ({
  deviceId: members[n % 2]?.id ?? deviceId(id(1)),
  cameraId: cameras[n % 3]?.cameraId ?? cameraId(id(1)),
  streamId: n % 4 === 0 ? 3 : 0,
  route: 'sealed',
  fromMs: now - n * 400_000 - 60_000,
  toMs: now - n * 400_000,
  closed: n > 0,
  delivered: 900,
  shown: n % 5 === 0 ? 0 : 880,
  refused: 0,
}));
const keys = { ...(await generateDeviceKeys()), deviceId: deviceId(id(1)) };
const names: HomeNames = { homeName: 'Maple Street', cameras, members: [], recoveryUsedAtMs: millis(0) };
const head = {
  homeId: id(9),
  version: 3,
  hash: new Uint8Array(32),
  roster: { entries: members.map(({ entry }) => entry), routes: [] },
};
const tick = signal(now);
setInterval(() => (tick.value = Date.now()), 1000);
const home = {
  client: {
    watch: (camera: string, stream: number) => ({
      picture: {
        get: () => states[0]?.[1],
        subscribe: (tell: (state: PictureState) => void) => {
          const found = states[cameras.findIndex(({ cameraId: each }) => each === camera)];
          if (found !== undefined && stream !== 3) tell(found[1]);
          return () => undefined;
        },
      },
      gop: () => [],
      painted: () => undefined,
      stop: () => undefined,
    }),
    ledger: () =>
      query.get('case') === 'empty'
        ? Promise.resolve([])
        : query.get('case') === 'error'
          ? Promise.reject(new Error())
          : Promise.resolve(rows),
    command: (command: { do: string }, onReply: (reply: object) => void) => {
      if (command.do === 'agent.status')
        return Promise.resolve({
          is: 'status',
          version: '0.1.0',
          startedMs: now - 7_200_000,
          recoveryWaiting: false,
          cameras: [],
        });
      for (const step of ['reached', 'rtsp']) onReply({ is: 'step', step, words: '' });
      return Promise.resolve({
        is: 'failed',
        code: 'rtsp.password',
        words: 'Reached 192.168.1.20, but the password was refused.',
      });
    },
    rekeyed: () => new Promise(() => undefined),
    putRoster: () => Promise.resolve(),
    dismiss: () => undefined,
    letAgentGoOn: () => Promise.resolve(),
    readNotice: () => new Promise(() => undefined),
    device: { keys, homeId: id(9), rosters: [] },
    serverTimeMs: now,
    home: { subscribe: () => () => undefined },
    close: () => undefined,
  },
  keys: { fact: () => Promise.resolve(undefined), keepFact: () => Promise.resolve() },
  connection: signal({
    state: query.get('case') === 'offline' ? 'offline' : 'online',
    sinceMs: now - 120_000,
    code: undefined,
    final: false,
  }),
  agent: signal({ online: true, sinceMs: now }),
  notices: signal(noticesOf(query.get('notice'))),
  agentBehind: signal(query.get('case') === 'behind' ? now - 60_000 : undefined),
  alarms: signal(query.get('case') === 'alarm' ? [{ kind: 'forked', sinceMs: now }] : []),
  facts: signal({
    head,
    code: ['04821', '99310', '51274', '00083', '77120', '31415'],
    me: members[0]?.entry,
    names,
    manifest: undefined,
  }),
  name: signal('Maple Street'),
  cameras: computed(() => (query.get('case') === 'waiting' ? undefined : query.get('case') === 'empty' ? [] : cameras)),
  members: signal(members),
  isAdmin: signal(query.get('role') !== 'viewer'),
  now: tick,
  close: () => undefined,
} as unknown as Home;

function noticesOf(kind: string | null): readonly Notice[] {
  if (kind !== 'was' && kind !== 'could-have-been' && kind !== 'not-affected') return [];
  const seen = {
    was: '12 pictures of your cameras were sent, sealed, to one display of another home. The display refused 12 pictures and showed nothing of them. We have no record that anyone saw them.',
    'could-have-been':
      'We have no record that a picture of your home went to anyone else, or that one of another home came to you. You use the cameras and displays that the mix-up was about, so it could have happened. Every picture leaves your home sealed: another home’s display cannot open it.',
    'not-affected': 'Nobody else saw a picture of your home, and no picture of another home came to you.',
  };
  return [
    {
      ...{ noticeId: '0'.repeat(32), kind, atMs: now - 600_000, fromMs: now - 7_200_000, toMs: now - 3_600_000 },
      title:
        kind === 'was'
          ? 'A mix-up touched your home'
          : kind === 'not-affected'
            ? 'A mix-up did not touch your home'
            : 'A mix-up could have touched your home',
      happened:
        'For a time, pictures of some cameras (xiaomi mijia 1080p) that were asked for on some displays (nest hub) were mixed up between homes on their way.',
      seen: seen[kind],
      did: 'We went through our record of every sealed picture that was sent in that time, home by home. This notice comes from that record.',
      todo: 'You need not change anything. If you want to look yourself: Activity, in this app, lists every viewing of your cameras.',
    },
  ];
}

const root = document.getElementById('root');
if (root !== null) {
  startRouter();
  if (query.get('page') === 'display') {
    document.body.className = 'dark';
    await import('../styles/display.css');
    render(<Board home={home} onLeave={() => undefined} />, root);
  } else {
    await import('../styles/app.css');
    render(<Frame home={home} onLeave={() => undefined} />, root);
  }
}
