/** What the household picks instead of a URL: brand, address, user, password. Pure data; patterns as in the catalogue (COMPAT). */
import { SealcamError } from '@sealcam/protocol';
import { cameraAddress, parseCameraAddress, type CameraAddress } from './address.ts';

export interface Brand {
  /** Stable, kebab-case: `reolink`. */
  readonly id: string;
  /** As the maker writes it. */
  readonly name: string;
  /** `rtsps://`. */
  readonly secure: boolean;
  /** Where it listens; the first is the usual one. */
  readonly ports: readonly number[];
  /**
   * Paths to try in this order; `{channel}` is the camera's number on a recorder, from 1, `{channel2}` the same in two digits.
   * Empty: the maker's app shows the whole address, which is to be pasted.
   */
  readonly main: readonly string[];
  /** The smaller stream, in the same order as `main`; empty where none is known. */
  readonly sub: readonly string[];
  /** What to switch on in that camera first, one or two sentences. */
  readonly hint: string;
}

/** Of the largest recorders. */
const CHANNELS = 64;
const RTSP = { secure: false, ports: [554] } as const;
const DAHUA = {
  ...RTSP,
  main: ['/cam/realmonitor?channel={channel}&subtype=0'],
  sub: ['/cam/realmonitor?channel={channel}&subtype=1'],
} as const;
const HIKVISION = {
  ...RTSP,
  main: ['/Streaming/Channels/{channel}01'],
  sub: ['/Streaming/Channels/{channel}02'],
} as const;

/** The four everyone has first, then by name. */
export const BRANDS: readonly Brand[] = [
  {
    id: 'reolink',
    name: 'Reolink',
    ...RTSP,
    main: ['/h264Preview_{channel2}_main', '/Preview_{channel2}_main'],
    sub: ['/h264Preview_{channel2}_sub', '/Preview_{channel2}_sub'],
    hint: 'In the Reolink app: Settings, Network, Advanced, Server settings: switch RTSP on. Battery cameras have no such stream.',
  },
  {
    id: 'tapo',
    name: 'TP-Link Tapo',
    ...RTSP,
    main: ['/stream1'],
    sub: ['/stream2'],
    hint: 'In the Tapo app: make a camera account under Advanced settings and use it here, and switch on third-party compatibility.',
  },
  {
    id: 'hikvision',
    name: 'Hikvision',
    ...HIKVISION,
    hint: 'In the camera: switch RTSP on under Network, and set its authentication to digest.',
  },
  {
    id: 'dahua',
    name: 'Dahua',
    ...DAHUA,
    hint: 'In the camera: RTSP is on under Network, Port. Use an account that may watch live.',
  },
  { id: 'abus', name: 'ABUS', ...RTSP, main: ['/h264'], sub: [], hint: 'In the camera: set the stream to H.264.' },
  {
    id: 'amcrest',
    name: 'Amcrest',
    ...DAHUA,
    hint: 'RTSP is on by default; the user is the one of the camera itself, mostly admin.',
  },
  {
    id: 'annke',
    name: 'Annke',
    ...RTSP,
    main: ['/H264/ch{channel}/main/av_stream', '/Streaming/Channels/{channel}01'],
    sub: ['/H264/ch{channel}/sub/av_stream', '/Streaming/Channels/{channel}02'],
    hint: 'In the camera: choose H.264 where it offers it; not every display plays H.265.',
  },
  {
    id: 'axis',
    name: 'Axis',
    ...RTSP,
    main: ['/axis-media/media.amp'],
    sub: ['/axis-media/media.amp?videocodec=h264&resolution=640x480'],
    hint: 'In the camera: make a viewer account under System, Users.',
  },
  {
    id: 'd-link',
    name: 'D-Link',
    ...RTSP,
    main: ['/live1.sdp', '/play1.sdp'],
    sub: ['/live2.sdp', '/play2.sdp'],
    hint: 'In the camera: choose H.264 under Video; the password may be the PIN on its label.',
  },
  {
    id: 'doorbird',
    name: 'DoorBird',
    secure: false,
    ports: [8557],
    main: ['/mpeg/720p/media.amp'],
    sub: [],
    hint: 'In the DoorBird app: give your user the permission to watch always.',
  },
  {
    id: 'eufy',
    name: 'eufy',
    ...RTSP,
    main: ['/live0'],
    sub: [],
    hint: 'In the eufy app: Storage, NAS (RTSP): switch it on; it then shows the address, user and password. Battery cameras wake only for events.',
  },
  {
    id: 'ezviz',
    name: 'EZVIZ',
    ...HIKVISION,
    hint: 'In the EZVIZ app: switch on LAN live view or local RTSP. The user is admin, the password is the verification code on the label.',
  },
  {
    id: 'foscam',
    name: 'Foscam',
    secure: false,
    ports: [88, 554],
    main: ['/videoMain'],
    sub: ['/videoSub'],
    hint: 'Use the account of the camera itself. Its port is the one of its web page, mostly 88.',
  },
  {
    id: 'imou',
    name: 'IMOU',
    ...DAHUA,
    hint: 'In the IMOU app: switch local RTSP on and its encryption (TLS) off. The user is admin, the password is the safety code on the label.',
  },
  {
    id: 'instar',
    name: 'INSTAR',
    ...RTSP,
    main: ['/livestream/11', '/11'],
    sub: ['/livestream/12', '/12'],
    hint: 'In the camera: RTSP is on under Network, IP settings.',
  },
  { id: 'lorex', name: 'Lorex', ...DAHUA, hint: 'On a recorder, give the number of the camera as channel.' },
  {
    id: 'sonoff',
    name: 'SONOFF',
    ...RTSP,
    main: ['/av_stream/ch0'],
    sub: ['/av_stream/ch1'],
    hint: 'In the eWeLink app: switch RTSP on; it then shows user and password.',
  },
  {
    id: 'unifi',
    name: 'UniFi Protect',
    secure: true,
    ports: [7441],
    main: [],
    sub: [],
    hint: 'In Protect: open the camera, Settings, Advanced: switch RTSP on for a quality, and paste the address it shows.',
  },
  {
    id: 'uniview',
    name: 'Uniview',
    ...RTSP,
    main: ['/video1', '/unicast/c{channel}/s0/live'],
    sub: ['/video2', '/unicast/c{channel}/s1/live'],
    hint: 'In the camera: RTSP is on under Network, Port.',
  },
  {
    id: 'other',
    name: 'Another brand',
    ...RTSP,
    main: ['/live/ch00_0', '/ch0_0.h264', '/live', '/stream1', '/11', '/h264_stream', '/ch0_unicast_firststream'],
    sub: [],
    hint: 'Search its manual for "RTSP" and paste the whole address. Otherwise Sealcam tries the usual paths.',
  },
];

export interface BrandAddresses {
  /** To be tried in this order, the next one only after `rtsp.not-found` or `rtsp.refused`. Empty: the address is to be pasted. */
  readonly main: readonly CameraAddress[];
  /** `sub[i]` belongs to `main[i]`. Empty where none is known. */
  readonly sub: readonly CameraAddress[];
}

/**
 * @param host IP address or name of the camera, optionally with `:port`, which then is the only one
 * @param channel of a recorder, 1..64
 * @throws {SealcamError} `rtsp.address` for an unknown brand or a host that is none
 */
export function brandAddresses(brandId: string, host: string, channel = 1): BrandAddresses {
  const brand = BRANDS.find(({ id }) => id === brandId);
  if (brand === undefined) throw new SealcamError('rtsp.address', 'unknown brand');
  if (!Number.isInteger(channel) || channel < 1 || channel > CHANNELS)
    throw new SealcamError('rtsp.address', 'not a channel');
  const { named, port } = parseHost(host.trim());
  const ports = port === undefined ? brand.ports : [port];
  const fill = (templates: readonly string[]): CameraAddress[] =>
    ports.flatMap((each) =>
      templates.map((template) =>
        cameraAddress({ secure: brand.secure, host: named, port: each, path: fillPath(template, channel) }),
      ),
    );
  return { main: fill(brand.main), sub: fill(brand.sub) };
}

/**
 * The smaller stream that belongs to a pasted main stream, by the patterns of the brands; undefined where none matches.
 * A guess: it is tried before it is used.
 */
export function smallerStreamOf(address: CameraAddress): CameraAddress | undefined {
  for (const brand of BRANDS) {
    for (const [at, template] of brand.main.entries()) {
      const smaller = brand.sub[at];
      const channel = smaller === undefined ? undefined : channelIn(template, address.path);
      if (smaller !== undefined && channel !== undefined) {
        return cameraAddress({ ...address, path: fillPath(smaller, channel) });
      }
    }
  }
  return undefined;
}

/** The channel with which the template is this path. */
function channelIn(template: string, path: string): number | undefined {
  const channels = Array.from({ length: CHANNELS }, (_, at) => at + 1);
  return channels.find((channel) => fillPath(template, channel) === path);
}

/** The same rules as for a pasted address; a bare IPv6 address may come without brackets. */
function parseHost(text: string): { named: string; port: number | undefined } {
  const authority = /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/iu.test(text) ? `[${text}]` : text;
  const { address, credentials } = parseCameraAddress(`rtsp://${authority}`);
  if (credentials !== undefined || address.path !== '' || /[/?#@]/u.test(text))
    throw new SealcamError('rtsp.address', 'not a host');
  return { named: address.host, port: /:\d+$/u.test(authority) ? address.port : undefined };
}

function fillPath(template: string, channel: number): string {
  return template.replaceAll('{channel2}', String(channel).padStart(2, '0')).replaceAll('{channel}', String(channel));
}
