/** How the relay of this process is reached: certificate, address for people, address for the agent beside it. */
import { SealcamError, type Reach } from '@sealcam/protocol';
import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import { tlsFolder } from './data-folder.ts';
import { homeHosts, reachOf } from './reach.ts';
import type { Settings } from './settings.ts';
import { certificateNames, hostInUrl, isEverywhere, isLoopback, reachableAddresses } from './tls/addresses.ts';
import { checkPair, localCertificate, namesOf, type LocalCertificate } from './tls/authority.ts';

export interface Front {
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  /** Of the household's own authority, with `tls: local`. */
  readonly local: (LocalCertificate & { readonly names: readonly string[] }) | undefined;
  /** PEM of what the agent beside the relay must trust. */
  readonly trust: string | undefined;
  /** `https://192.168.1.20:8420`: where people open the pages. */
  pagesUrl(port: number): string;
  /** `wss://127.0.0.1:8420`: where the agent of this process dials. */
  dialUrl(port: number): string;
  /** `http://127.0.0.1:8420`: where this machine alone comes in past the certificate; undefined where there is none, or no loopback. */
  plainUrl(port: number): string | undefined;
  /** Where others open the pages; as long as this certificate is shown, it does not change. */
  reach(port: number, trustPort: number | undefined): Reach;
}

/** @throws {SealcamError} `config.invalid` for settings of tls that do not fit together */
export async function makeFront(settings: Settings, now: Date): Promise<Front> {
  if (settings.tls !== 'files' && (settings['tls-key'] ?? settings['tls-cert']) !== undefined) {
    throw new SealcamError('config.invalid', 'tls-key and tls-cert need tls: files.');
  }
  switch (settings.tls) {
    case 'none':
      return plainFront(settings);
    case 'local':
      return localFront(settings, now);
    case 'files':
      return filesFront(settings);
  }
}

function plainFront(settings: Settings): Front {
  // Over plain HTTP a browser opens pictures on this machine alone (secure context), so that is what the link names.
  const host = hostInUrl(isEverywhere(settings.host) ? '127.0.0.1' : settings.host);
  return {
    tls: undefined,
    local: undefined,
    trust: undefined,
    pagesUrl: (port) => settings.url ?? `http://${host}:${port}`,
    dialUrl: (port) => `ws://${host}:${port}`,
    plainUrl: () => undefined,
    reach: (port) => reachOf(settings, { port }),
  };
}

async function localFront(settings: Settings, now: Date): Promise<Front> {
  const names = certificateNames(settings.host);
  const hosts = homeHosts(settings.host);
  const certificate = await localCertificate(tlsFolder(settings.data), names, now);
  const [lan] = reachableAddresses(settings.host);
  const host = hostInUrl(lan ?? (isEverywhere(settings.host) ? 'localhost' : settings.host));
  const dial = hostInUrl(isEverywhere(settings.host) ? '127.0.0.1' : settings.host);
  return {
    tls: { key: certificate.key, cert: certificate.cert },
    local: { ...certificate, names },
    trust: certificate.authority,
    pagesUrl: (port) => settings.url ?? `https://${host}:${port}`,
    dialUrl: (port) => `wss://${dial}:${port}`,
    plainUrl: (port) => plainUrl(settings, port),
    reach: (port, trustPort) => reachOf(settings, { port, trustPort, names: hosts }),
  };
}

async function filesFront(settings: Settings): Promise<Front> {
  const [keyFile, certFile] = [settings['tls-key'], settings['tls-cert']];
  if (keyFile === undefined || certFile === undefined) {
    throw new SealcamError('config.invalid', 'tls: files needs tls-key and tls-cert.');
  }
  const [key, cert] = await Promise.all([readPem(keyFile), readPem(certFile)]);
  checkPair(key, cert);
  const names = namesOf(cert);
  const [name] = names;
  if (name === undefined && settings.url === undefined) {
    throw new SealcamError('config.invalid', 'The certificate names no host. Say which one with --url https://…');
  }
  const base = (port: number): string => settings.url ?? `https://${hostInUrl(name ?? '')}:${port}`;
  return {
    tls: { key, cert },
    local: undefined,
    // The agent dials by the certificate's own name; one that no public authority signed is trusted because it is ours.
    trust: [...rootCertificates, cert].join('\n'),
    pagesUrl: base,
    dialUrl: (port) => base(port).replace(/^http/, 'ws'),
    plainUrl: (port) => plainUrl(settings, port),
    reach: (port) => reachOf(settings, { port, names }),
  };
}

function plainUrl({ host }: Settings, port: number): string | undefined {
  if (isEverywhere(host)) return `http://127.0.0.1:${port}`;
  return isLoopback(host) ? `http://${hostInUrl(host)}:${port}` : undefined;
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new SealcamError('config.invalid', `${path} cannot be read (${code}).`, { cause: error });
  }
}
