/** Homes of Sealcam with a display in a real browser: the relay, an agent of each as a process, its owner's page and its display's. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRelay, type Relay } from '@sealcam/relay';
import { ensurePages } from '../../../apps/sealcam/src/pages.ts';
import { systemTerminal } from '../../../apps/sealcam/src/terminal.ts';
import { App } from '../../../tests/browser/app.ts';
import type { Devices } from '../../../tests/browser/devices.ts';
import { Display, pairDisplay } from '../../../tests/browser/display.ts';
import { sealcam, type Child } from '../../../tests/harness/child.ts';
import type { Crossings } from './crossings.ts';
import { probeScript, WatchedPage } from './watched-page.ts';

/** What every home calls its camera. */
export const CAMERA = 'Porch';

export interface SealedScreens {
  /** The maker's own app: it dials past the middle. */
  readonly owner: WatchedPage;
  /** Behind the middle. */
  readonly display: WatchedPage;
}

export interface SourceRelay {
  readonly relay: Relay;
  close(): Promise<void>;
}

/** The real one, with the real pages. In this process, so that its books can be read. */
export async function startSource(): Promise<SourceRelay> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'sealcam-drill-'));
  const pages = await ensurePages(systemTerminal);
  const relay = await startRelay({ host: '127.0.0.1', port: 0, dataDir, open: true, pages });
  return {
    relay,
    close: async () => {
      await relay.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export interface AgentProcess {
  readonly claimLink: string;
  close(): Promise<void>;
}

/** `sealcam agent`, as it is typed. */
export async function startAgentProcess(relayUrl: string): Promise<AgentProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealcam-drill-'));
  const child: Child = sealcam(folder, 'agent', '--relay', relayUrl.replace(/^http/u, 'ws'), '--no-demo');
  const [claimLink] = await child.seen(/http\S+#claim=\S+/u);
  return {
    claimLink,
    close: async () => {
      await child.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The owner's page on the relay itself, whatever address a display behind a middle puts into its code. */
class StraightApp extends App {
  readonly relayUrl: string;

  constructor(page: App['page'], relayUrl: string) {
    super(page);
    this.relayUrl = relayUrl;
  }

  override async openLink(link: string): Promise<void> {
    const { pathname, hash } = new URL(link);
    await super.openLink(`${this.relayUrl}${pathname}${hash}`);
  }
}

/** Claims an agent, adds its camera and pairs a display, as people do it. */
export async function moveIn(
  home: string,
  cameraUrl: string,
  at: {
    readonly devices: Devices;
    readonly agent: AgentProcess;
    readonly relayUrl: string;
    readonly middleUrl: string;
    readonly crossings: Crossings;
  },
): Promise<SealedScreens> {
  const { devices, agent, relayUrl, middleUrl, crossings } = at;
  const before = await probeScript();
  const admin = await devices.add(`owner of ${home}`, 'phone', { before });
  const hub = await devices.add(`display of ${home}`, 'tablet', { before });
  const owner = new WatchedPage(admin.page, crossings);
  const display = new WatchedPage(hub.page, crossings);
  const app = new StraightApp(admin.page, relayUrl);
  await app.claim(agent.claimLink, home);
  await app.addCamera(CAMERA, { url: cameraUrl });
  await pairDisplay(app, new Display(hub.page), { url: middleUrl, home, name: 'Hub', cameras: [CAMERA] });
  await app.go('Pictures');
  return { owner, display };
}
