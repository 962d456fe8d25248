/** `--tls files`: a certificate of the operator's own, from the command to the page, and its renewal. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { startAgent, type Agent } from '@sealcam/agent';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Child } from '../../../tests/harness/child.ts';
import { parseArguments } from './arguments.ts';
import { startRelayHost } from './relay-host.ts';
import { mergeSettings } from './settings.ts';

const MAIN = new URL('./main.ts', import.meta.url);
const quiet = pino({ level: 'silent' });
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealcam-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What an operator would do. @returns the certificate's file */
async function makePair(name: string): Promise<{ readonly key: string; readonly cert: string }> {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
    ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
  ]);
  return { key, cert };
}

/** The name on the certificate that is served there. */
async function served(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

async function page(url: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const asked = request(url, { rejectUnauthorized: false, agent: false }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
  return { status: answer.statusCode, text };
}

async function agentAt(agent: Agent, wanted: () => boolean): Promise<void> {
  if (wanted()) return;
  await new Promise<void>((done) => {
    const stop = agent.state.subscribe(() => {
      if (!wanted()) return;
      stop();
      done();
    });
  });
}

it('serves the pages with it, and the agent beside the relay trusts it', async () => {
  const { key, cert } = await makePair('first');
  const up = new Child(MAIN, [
    ...['up', '--port', '0', '--data', join(folder, 'data')],
    ...['--tls', 'files', '--tls-key', key, '--tls-cert', cert],
  ]);
  try {
    // The link is there when the agent has reached the relay over that certificate.
    const [link] = await up.seen(/https:\/\/localhost:\d+\/app#claim=\S+/);
    const { origin, port } = new URL(link);
    expect(await served(Number(port))).toBe('first');
    const app = await page(`${origin}/app`);
    expect(app.status).toBe(200);
    expect(app.text).toContain('<html');
  } finally {
    await up.end('SIGINT');
  }
});

it('renewed files are used within one look, half a renewal is left alone, and the agent comes back by itself', async () => {
  const [first, second] = [await makePair('first'), await makePair('second')];
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'chain.pem')];
  const use = async (from: string, to: string): Promise<void> => copyFile(from, to);
  await use(first.key, key);
  await use(first.cert, cert);
  const typed = ['--data', join(folder, 'data'), '--port', '0', '--open', '--tls', 'files'];
  const { flags } = parseArguments([...typed, '--tls-key', key, '--tls-cert', cert], []);
  const pages = join(folder, 'pages');
  await mkdir(pages);
  await writeFile(join(pages, 'app.html'), '<!doctype html>');
  const warned = Promise.withResolvers<string>();
  const logger = pino({ level: 'warn' }, { write: (line) => warned.resolve(line) });
  const host = await startRelayHost(mergeSettings(flags), pages, logger, { watchMs: 50 });
  const agent = await startAgent({
    dataDir: join(folder, 'agent'),
    relayUrl: host.front.dialUrl(host.port),
    pagesUrl: host.front.pagesUrl(host.port),
    demo: false,
    logger: quiet,
    trust: () => host.front.trust ?? '',
  });
  try {
    await agentAt(agent, () => agent.claimLink !== undefined);
    const before = agent.claimLink?.url;
    await use(second.cert, cert);
    expect(await warned.promise).toContain('could not be renewed');
    expect(await served(host.port)).toBe('first');
    await use(second.key, key);
    await agentAt(agent, () => agent.claimLink !== undefined && agent.claimLink.url !== before);
    expect(await served(host.port)).toBe('second');
  } finally {
    await agent.close();
    await host.close();
  }
});
