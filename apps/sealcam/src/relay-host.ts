/** The relay of this process with its certificate: started, watched over, and started anew when the certificate must change. */
import type { Reach } from '@sealcam/protocol';
import { startRelay, type Relay, type RelayOptions } from '@sealcam/relay';
import type { Logger } from 'pino';
import { makeFront, type Front } from './front.ts';
import { listed, type Settings } from './settings.ts';
import { certificateNames } from './tls/addresses.ts';
import { RENEW_BEFORE_DAYS } from './tls/authority.ts';
import { startTrustPage, type TrustPage } from './tls/trust-page.ts';

export interface RelayHost {
  /** The one that runs now: a renewed certificate starts it anew, so do not keep it. */
  readonly relay: Relay;
  readonly port: number;
  readonly front: Front;
  /** Of the page that helps a tablet trust the certificate authority. */
  readonly trustPort: number | undefined;
  /** By which addresses others open the pages now. */
  readonly reach: Reach;
  invite(validMs?: number): Promise<string>;
  close(): Promise<void>;
}

/** Runs beside each relay of this process that there is, one after the other. @returns ends it, while that relay still runs */
export type Beside = (relay: Relay, front: Front) => () => Promise<void>;

const WATCH_MS = 60_000;

/** @param watchMs how often it looks after its certificate. @param beside started with each relay. @throws {SealcamError} as `startRelay`; `config.invalid` for settings of tls that do not fit together */
export async function startRelayHost(
  settings: Settings,
  pages: string,
  logger: Logger,
  { watchMs = WATCH_MS, beside }: { readonly watchMs?: number; readonly beside?: Beside } = {},
): Promise<RelayHost> {
  let front = await makeFront(settings, new Date());
  let running = await start(front, settings.port, trustPortOf(settings));
  const { port } = running.relay;
  const trustPort = running.trustPage?.port;
  let renewal = Promise.resolve();
  let stopped = false;
  let endBeside = beside?.(running.relay, front);

  async function start(
    with_: Front,
    at: number,
    trustAt: number,
  ): Promise<{ relay: Relay; trustPage: TrustPage | undefined }> {
    let trustPage: TrustPage | undefined;
    const relay = await startRelay({
      host: settings.host,
      port: at,
      dataDir: settings.data,
      open: settings.open,
      operator: settings.operator,
      pages,
      reach: (listening) => with_.reach(listening, trustPage?.port),
      logger,
      ...doorOf(settings),
      limits: { allowances: Number(settings.allowance) },
      ...(with_.tls && { tls: with_.tls }),
      ...(settings['metrics-token'] !== undefined && { metricsToken: settings['metrics-token'] }),
    });
    if (with_.local === undefined) return { relay, trustPage };
    const { names, authority } = with_.local;
    try {
      const about = { host: settings.host, names, authority, httpsPort: relay.port };
      trustPage = await startTrustPage({ ...about, port: trustAt, pagesUrl: with_.pagesUrl(relay.port) });
      return { relay, trustPage };
    } catch (error) {
      await relay.close();
      throw error;
    }
  }

  async function renew(): Promise<void> {
    try {
      if (!stopped && !(await isOutdated(front, settings, new Date()))) return;
      const next = await makeFront(settings, new Date());
      await stop();
      running = await start(next, port, trustPort ?? 0);
      front = next;
      stopped = false;
      endBeside = beside?.(running.relay, front);
      logger.info('the certificate was renewed');
    } catch (error) {
      // Most likely the network is just coming up, or files are half written; the next look tries again.
      logger.warn({ err: error }, 'the certificate could not be renewed');
    }
  }

  async function stop(): Promise<void> {
    if (stopped) return;
    stopped = true;
    await endBeside?.();
    await running.trustPage?.close();
    await running.relay.close();
  }

  const timer = setInterval(() => {
    renewal = renewal.then(renew);
  }, watchMs);
  return {
    get relay() {
      return running.relay;
    },
    port,
    trustPort,
    get front() {
      return front;
    },
    get reach() {
      return front.reach(port, trustPort);
    },
    invite: (validMs) => running.relay.invite(validMs),
    close: async () => {
      clearInterval(timer);
      await renewal;
      await stop();
    },
  };
}

/** By which names it is reached, and through whom. */
function doorOf(settings: Settings): Pick<RelayOptions, 'names' | 'proxy'> {
  const { url, 'proxy-speaks': speaks } = settings;
  const addresses = listed(settings.proxy);
  return {
    names: [...listed(settings.name), ...(url === undefined ? [] : [new URL(url).hostname])],
    ...(addresses.length > 0 && { proxy: { addresses, speaks } }),
  };
}

function trustPortOf(settings: Settings): number {
  return settings.port === 0 || settings.port === 65535 ? 0 : settings.port + 1;
}

/** Whether addresses came or went, or the end is near; for files of the operator, whether they are others now. */
async function isOutdated(front: Front, settings: Settings, now: Date): Promise<boolean> {
  if (front.local === undefined) {
    if (front.tls === undefined) return false;
    const { tls } = await makeFront(settings, now);
    return tls?.cert !== front.tls.cert || tls.key !== front.tls.key;
  }
  const left = front.local.notAfter.getTime() - now.getTime();
  const names = certificateNames(settings.host);
  return left < RENEW_BEFORE_DAYS * 86_400_000 || names.join() !== front.local.names.join();
}
