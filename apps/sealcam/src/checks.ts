/** What `sealcam doctor` looks at. Each check says what it found and, where something is amiss, what to do. */
import { connectControl } from '@sealcam/agent';
import { ERRORS, isErrorCode, type Reach } from '@sealcam/protocol';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { request as askHttp, type IncomingMessage } from 'node:http';
import { request as askHttps } from 'node:https';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { agentFolder } from './data-folder.ts';
import { explain } from './explain.ts';
import { makeFront } from './front.ts';
import { listen } from './listen.ts';
import { homeHosts, reachOf, remedyOf } from './reach.ts';
import { checkRunning } from './running-check.ts';
import type { Asked } from './running.ts';
import { checkRestored } from './restore-check.ts';
import type { Settings } from './settings.ts';
import { checkRelayStore } from './store-check.ts';
import { isLoopback } from './tls/addresses.ts';
import { checkVersions } from './version-check.ts';

export interface Finding {
  /** `mind`: works, but know it. `wrong`: help is needed. */
  readonly verdict: 'well' | 'mind' | 'wrong';
  readonly words: string;
}

interface Patient {
  /** Who runs on the data folder. */
  readonly asked: Asked;
  /** Those that are judged: of the process that runs, or else doctor's own. */
  readonly settings: Settings;
  /** Doctor's own. */
  readonly own: Settings;
  readonly settingsFile: string;
  readonly now: Date;
}

type Check = (patient: Patient) => Promise<readonly Finding[]>;

const well = (words: string): readonly Finding[] => [{ verdict: 'well', words }];
const mind = (words: string): readonly Finding[] => [{ verdict: 'mind', words }];
const wrong = (words: string): readonly Finding[] => [{ verdict: 'wrong', words }];

const GIGABYTE = 1024 ** 3;
const DAY_MS = 86_400_000;
/** A build older than this clock is running would be signed in the future. */
const BUILT_MS = Date.UTC(2026, 10, 1);
const CLOCK_SLACK_MS = 30_000;
const RELAY_ANSWERS_MS = 5_000;

export const CHECKS: Readonly<Record<string, Check>> = {
  running: ({ asked, own }) => Promise.resolve(checkRunning(asked, own)),
  node: checkNode,
  versions: ({ settings }) => checkVersions(settings.data),
  settings: ({ settingsFile }) => Promise.resolve(well(`${settingsFile} (flags and SEALCAM_* variables win over it).`)),
  data: checkData,
  disk: checkDisk,
  store: ({ settings }) => checkRelayStore(settings.data),
  restored: ({ settings }) => checkRestored(settings.data),
  port: checkPorts,
  certificate: checkCertificate,
  reach: checkReach,
  proxy: checkProxy,
  clock: checkClock,
  ffmpeg: checkFfmpeg,
  agent: checkAgent,
};

function checkNode(): Promise<readonly Finding[]> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) return Promise.resolve(well(`Node ${process.versions.node}.`));
  return Promise.resolve(
    wrong(`Node ${process.versions.node} is too old. Start through npx sealcam, which brings its own.`),
  );
}

async function checkData({ settings: { data } }: Patient): Promise<readonly Finding[]> {
  const found = await stat(data).catch(() => undefined);
  if (found === undefined) return mind(`${data} is not there yet; the first start makes it.`);
  if (!found.isDirectory()) return wrong(`${data} is not a folder. Choose another with --data.`);
  try {
    await access(data, constants.W_OK | constants.R_OK | constants.X_OK);
  } catch {
    return wrong(`${data} cannot be written by this user. Give it to them, or choose another with --data.`);
  }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    return mind(`${data} is open to other users of this machine. Close it: chmod 700 ${data}`);
  }
  return well(`${data} is ours alone.`);
}

async function checkDisk({ settings: { data } }: Patient): Promise<readonly Finding[]> {
  let folder = data;
  while ((await stat(folder).catch(() => undefined)) === undefined && dirname(folder) !== folder)
    folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / GIGABYTE;
  const words = `${free.toFixed(1)} GB free at ${folder}.`;
  if (free < 0.1) return wrong(`${words} Make room: members and the ledger can no longer be written.`);
  return free < 1 ? mind(`${words} Make room before it runs out.`) : well(words);
}

/** An agent that runs alone opens nothing; what is opened is its relay's, and elsewhere. */
function isAgentAlone({ asked }: Patient): boolean {
  return asked.at === 'told' && asked.running.command === 'agent';
}

async function checkPorts(patient: Patient): Promise<readonly Finding[]> {
  const { asked, settings } = patient;
  if (isAgentAlone(patient)) return well('sealcam agent opens none.');
  const ports = settings.tls === 'local' && settings.port > 0 ? [settings.port, settings.port + 1] : [settings.port];
  if (asked.at === 'told') return well(`sealcam ${asked.running.command} has ${settings.host}:${ports.join(' and ')}.`);
  if (asked.at === 'older' && asked.command !== 'agent')
    return well(`sealcam ${asked.command} runs on this data folder and has its ports.`);
  const findings = await Promise.all(ports.map((port) => checkPort(settings.host, port)));
  return findings.flat();
}

async function checkPort(host: string, port: number): Promise<readonly Finding[]> {
  const server = createServer();
  try {
    await listen(server, port, host);
    return well(`${host}:${port} is free.`);
  } catch (error) {
    return wrong(`${explain(error)} Stop that program, or choose another with --port.`);
  } finally {
    server.close();
  }
}

async function checkCertificate(patient: Patient): Promise<readonly Finding[]> {
  const { settings, now } = patient;
  if (isAgentAlone(patient)) return well('sealcam agent needs none: it is its relay’s.');
  if (settings.tls === 'none') {
    if (isLoopback(settings.host)) return well('None is needed on this machine alone.');
    if (settings.url?.startsWith('https:') === true) return well(`${settings.url} has its own.`);
    return wrong(
      'Browsers open pictures over plain HTTP on this machine alone. Start with --tls local for the others.',
    );
  }
  if (settings.tls === 'local' && (await stat(join(settings.data, 'tls')).catch(() => undefined)) === undefined) {
    return mind('The certificate authority is made at the first start.');
  }
  const { tls, local } = await makeFront(settings, now);
  const { X509Certificate } = await import('node:crypto');
  const certificate = new X509Certificate(tls?.cert ?? '');
  const days = Math.floor((new Date(certificate.validTo).getTime() - now.getTime()) / DAY_MS);
  if (days < 0) return wrong('The certificate has run out. Put a new one at tls-cert and tls-key.');
  if (days < 14 && local === undefined) return mind(`The certificate runs out in ${days} days. Renew it.`);
  return well(`Good for ${days} days and for ${certificate.subjectAltName ?? 'no name'}.`);
}

/** Whether a tablet can open the pages, and where. */
async function checkReach({ asked, settings, now }: Patient): Promise<readonly Finding[]> {
  const { port } = settings;
  if (asked.at === 'told') return reachFinding(asked.running.reach, asked.running.command);
  // A certificate of files says its names itself; one of the home's own authority may not be made yet.
  const reach =
    settings.tls === 'files'
      ? (await makeFront(settings, now)).reach(port, undefined)
      : reachOf(settings, { port, names: homeHosts(settings.host) });
  return reachFinding(reach, 'up');
}

function reachFinding(reach: Reach, command: string): readonly Finding[] {
  const remedy = remedyOf(reach, command);
  if (remedy !== undefined) return mind(`${remedy.why} ${remedy.todo} ${remedy.line}`);
  return well(`A display opens ${reach.addresses.map((address) => `${address}/display`).join(' or ')}.`);
}

/** Whoever has TLS ended elsewhere has a proxy, and would see all the world as that one address. */
function checkProxy(patient: Patient): Promise<readonly Finding[]> {
  const { settings } = patient;
  if (isAgentAlone(patient)) return Promise.resolve(well('None is in front of an agent.'));
  if (settings.proxy !== undefined)
    return Promise.resolve(well(`${settings.proxy} says whom it speaks for (${settings['proxy-speaks']}).`));
  if (settings.tls !== 'none' || settings.url?.startsWith('https:') !== true)
    return Promise.resolve(well('None is in front.'));
  return Promise.resolve(
    mind(`A proxy serves ${settings.url}. Name its address with --proxy, or all who come through it count as one.`),
  );
}

async function checkClock({ settings, now }: Patient): Promise<readonly Finding[]> {
  if (now.getTime() < BUILT_MS)
    return wrong(`The clock says ${now.toISOString()}. Set it, and switch time synchronization on.`);
  if (settings.relay === undefined) return well(`${now.toISOString()}.`);
  const theirs = await relayTime(settings.relay, settings.trust);
  if (theirs === undefined)
    return wrong(`${settings.relay} does not answer. Check the address, and that the relay runs.`);
  const apart = Math.abs(theirs - Date.now());
  if (apart <= CLOCK_SLACK_MS) return well('This machine and the relay agree on the time.');
  return wrong(`This clock and the relay's are ${Math.round(apart / 1000)} s apart. Switch time synchronization on.`);
}

/** @param trust file of the authority that vouches for it, where that is one of its own */
async function relayTime(relay: string, trust: string | undefined): Promise<number | undefined> {
  const url = new URL('/healthz', relay.replace(/^ws/, 'http'));
  try {
    const ca = trust === undefined ? undefined : await readFile(trust, 'utf8');
    const options = { agent: false, signal: AbortSignal.timeout(RELAY_ANSWERS_MS), ...(ca !== undefined && { ca }) };
    const asked = url.protocol === 'https:' ? askHttps(url, options) : askHttp(url, options);
    const [answer] = (await once(asked.end(), 'response')) as [IncomingMessage];
    answer.destroy();
    return Date.parse(answer.headers.date ?? '') || undefined;
  } catch {
    return undefined;
  }
}

async function checkFfmpeg(): Promise<readonly Finding[]> {
  const version = await new Promise<string | undefined>((done) => {
    const child = spawn('ffmpeg', ['-version'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.once('error', () => done(undefined));
    child.once('close', () => done(/^ffmpeg version (\S+)/.exec(text)?.[1]));
  });
  if (version !== undefined) return well(`ffmpeg ${version}.`);
  return mind(
    'ffmpeg is not installed. Nothing needs it today; platforms that want a JPEG will (apt-get install ffmpeg).',
  );
}

async function checkAgent({ settings }: Patient): Promise<readonly Finding[]> {
  const control = await connectControl(agentFolder(settings.data));
  if (control === undefined)
    return mind('No agent runs on this data folder, so its cameras were not asked. Start Sealcam, then look again.');
  try {
    const status = await control.status();
    const findings: Finding[] = [];
    if (status.at === 'unclaimed')
      findings.push(...mind('The home has no admin yet. Open the claim link: npx sealcam home code'));
    if (status.problem !== undefined) findings.push(...wrong(inWords(status.problem)));
    if (status.recoveryCode !== undefined)
      findings.push(...wrong('A recovery waits. If it is yours: npx sealcam home confirm'));
    for (const camera of status.cameras) {
      const words = camera.code === undefined ? camera.state : inWords(camera.code);
      findings.push(...(camera.state === 'gone' ? wrong : well)(`${camera.name}: ${words}`));
    }
    return findings.length > 0 ? findings : well(status.at);
  } finally {
    control.close();
  }
}

function inWords(code: string): string {
  return isErrorCode(code) ? `${ERRORS[code].words} (${code})` : code;
}
