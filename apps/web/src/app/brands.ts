/** The brands as the form offers them: ids as the agent knows them (apps/agent/src/cameras/brands.ts), and what to switch on first. */

export interface BrandChoice {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
}

export const BRANDS: readonly BrandChoice[] = [
  {
    id: 'reolink',
    name: 'Reolink',
    hint: 'In the Reolink app: Settings, Network, Advanced, Server settings: switch RTSP on. Battery cameras have no such stream.',
  },
  {
    id: 'tapo',
    name: 'TP-Link Tapo',
    hint: 'In the Tapo app: make a camera account under Advanced settings and use it here, and switch on third-party compatibility.',
  },
  {
    id: 'hikvision',
    name: 'Hikvision',
    hint: 'In the camera: switch RTSP on under Network, and set its authentication to digest.',
  },
  {
    id: 'dahua',
    name: 'Dahua',
    hint: 'In the camera: RTSP is on under Network, Port. Use an account that may watch live.',
  },
  {
    id: 'abus',
    name: 'ABUS',
    hint: 'In the camera: set the stream to H.264.',
  },
  {
    id: 'amcrest',
    name: 'Amcrest',
    hint: 'RTSP is on by default; the user is the one of the camera itself, mostly admin.',
  },
  {
    id: 'annke',
    name: 'Annke',
    hint: 'In the camera: choose H.264 where it offers it; not every display plays H.265.',
  },
  {
    id: 'axis',
    name: 'Axis',
    hint: 'In the camera: make a viewer account under System, Users.',
  },
  {
    id: 'd-link',
    name: 'D-Link',
    hint: 'In the camera: choose H.264 under Video; the password may be the PIN on its label.',
  },
  {
    id: 'doorbird',
    name: 'DoorBird',
    hint: 'In the DoorBird app: give your user the permission to watch always.',
  },
  {
    id: 'eufy',
    name: 'eufy',
    hint: 'In the eufy app: Storage, NAS (RTSP): switch it on; it then shows the address, user and password. Battery cameras wake only for events.',
  },
  {
    id: 'ezviz',
    name: 'EZVIZ',
    hint: 'In the EZVIZ app: switch on LAN live view or local RTSP. The user is admin, the password is the verification code on the label.',
  },
  {
    id: 'foscam',
    name: 'Foscam',
    hint: 'Use the account of the camera itself. Its port is the one of its web page, mostly 88.',
  },
  {
    id: 'imou',
    name: 'IMOU',
    hint: 'In the IMOU app: switch local RTSP on and its encryption (TLS) off. The user is admin, the password is the safety code on the label.',
  },
  {
    id: 'instar',
    name: 'INSTAR',
    hint: 'In the camera: RTSP is on under Network, IP settings.',
  },
  {
    id: 'lorex',
    name: 'Lorex',
    hint: 'On a recorder, give the number of the camera as channel.',
  },
  {
    id: 'sonoff',
    name: 'SONOFF',
    hint: 'In the eWeLink app: switch RTSP on; it then shows user and password.',
  },
  {
    id: 'unifi',
    name: 'UniFi Protect',
    hint: 'In Protect: open the camera, Settings, Advanced: switch RTSP on for a quality, and paste the address it shows.',
  },
  {
    id: 'uniview',
    name: 'Uniview',
    hint: 'In the camera: RTSP is on under Network, Port.',
  },
  {
    id: 'other',
    name: 'Another brand',
    hint: 'Search its manual for "RTSP" and paste the whole address. Otherwise Sealcam tries the usual paths.',
  },
];
