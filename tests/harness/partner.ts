/**
 * The fixture partner: a platform whose displays homes have linked, until the assistants are in. Its displays pair like any other,
 * say at pairing that they are its own, and watch.
 */
import type { Grants } from '@sealcam/home';
import type { HomeClient } from '@sealcam/player/viewer';
import type { CameraId } from '@sealcam/protocol';
import { Eye } from './eye.ts';
import { pairDisplay, type Device } from './household.ts';
import type { Line, Tap } from './node-ports.ts';

/** A home that links displays of the partner: its first admin, online. */
export interface LinkingHome {
  readonly admin: Device;
  readonly client: HomeClient;
}

export interface PartnerDisplay {
  readonly device: Device;
  readonly client: HomeClient;
  /** What it sees of a camera; it begins to watch when it is first asked for. */
  watch(cameraId: CameraId): Eye;
}

export interface PartnerOptions {
  readonly model?: string;
  readonly grants?: Grants;
  /** What a network could do to the displays. */
  readonly line?: Line | Tap;
}

export const FIXTURE_PARTNER = 'fixture';
const MODEL = 'fixture hub';

export class Partner {
  readonly name: string;
  readonly displays: PartnerDisplay[] = [];
  readonly #relayUrl: string;

  /** @param relayUrl `ws://host:port` */
  constructor(relayUrl: string, name: string = FIXTURE_PARTNER) {
    this.#relayUrl = relayUrl;
    this.name = name;
  }

  /** Pairs so many new displays with a home and opens them. @returns those, online or about to be */
  async link(home: LinkingHome, count: number, options: PartnerOptions = {}): Promise<PartnerDisplay[]> {
    const { model = MODEL, grants = 'all', line } = options;
    const added: PartnerDisplay[] = [];
    for (let i = 0; i < count; i += 1) {
      const wish = { name: `${this.name} ${this.displays.length + 1}`, model, route: this.name };
      const device = await pairDisplay(this.#relayUrl, home.admin, home.client, grants, wish);
      const display = displayOf(device, await device.open(line));
      added.push(display);
      this.displays.push(display);
    }
    return added;
  }

  close(): void {
    for (const { client } of this.displays.splice(0)) client.close();
  }
}

function displayOf(device: Device, client: HomeClient): PartnerDisplay {
  const eyes = new Map<CameraId, Eye>();
  return {
    device,
    client,
    watch: (cameraId) => {
      const eye = eyes.get(cameraId) ?? new Eye(client, cameraId);
      eyes.set(cameraId, eye);
      return eye;
    },
  };
}
