/** `sealcam doctor` beside real processes: it judges what runs, and says of addresses what terminal and pages say. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates, setDefaultCACertificates } from 'node:tls';
import { decodeReach } from '@sealcam/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sealcam as start, type Child } from '../../../../tests/harness/child.ts';
import { claim } from '../../../../tests/harness/household.ts';
import { isLoopback } from '../tls/addresses.ts';

// Several processes start in each of these; on a loaded machine that takes its time.
vi.setConfig({ testTimeout: 120_000 });
let folder: string;
let data: string;
const running: Child[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealcam-doctor-'));
  data = join(folder, 'data');
});
afterEach(async () => {
  setDefaultCACertificates(rootCertificates);
  for (const child of running.splice(0)) await child.end();
  await rm(folder, { recursive: true });
});

function sealcam(at: string, ...args: string[]): Child {
  const child = start(at, ...args);
  running.push(child);
  return child;
}

/** What it says behind the name of one check. */
function told(out: string, check: string): string[] {
  const lines = out.split('\n').filter((line) => line.slice(6).startsWith(`${check} `));
  return lines.map((line) => line.slice(19));
}

async function get(url: string, host = new URL(url).host): Promise<{ status: number | undefined; text: string }> {
  const asked = request(url, { agent: false, servername: 'localhost', headers: { host } }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
  return { status: answer.statusCode, text };
}

it('judges the process that runs, by its settings and not by its own, and says where they differ', async () => {
  const before = (await sealcam(data, 'doctor').ended).out;
  expect(told(before, 'running')[0]).toMatch(/^Nothing runs on \S+\. Judged by these flags, SEALCAM_\* variables/u);

  const up = sealcam(data, 'up', '--port', '0', '--host', '0.0.0.0', '--metrics-token', 'a token that nobody reads');
  const [, port = ''] = await up.seen(/listens on 0\.0\.0\.0:(\d+)/u);
  const { out, code } = await sealcam(data, 'doctor').ended;
  const [who = '', differs, ...more] = told(out, 'running');
  expect(who).toMatch(new RegExp(`^sealcam up, process ${up.pid}, since \\S+Z\\. Judged by its settings\\.$`, 'u'));
  expect(Math.abs(Date.now() - Date.parse(/since (\S+)\./u.exec(who)?.[1] ?? ''))).toBeLessThan(120_000);
  expect(differs).toContain(`It runs with host 0.0.0.0, port ${port};`);
  expect(more).toEqual([]);
  expect(told(out, 'port')).toEqual([`sealcam up has 0.0.0.0:${port}.`]);
  // By doctor's own settings it would be well, for this machine alone needs no certificate.
  expect(out).toMatch(/^HELP {2}certificate .*--tls local/mu);
  expect(out).not.toContain('token');
  expect(code).toBe(1);
  const same = await sealcam(data, 'doctor', '--host', '0.0.0.0', '--port', port).ended;
  expect(told(same.out, 'running')).toHaveLength(1);
});

it('of an agent alone looks at its relay, by the authority that it trusts, and at no port', async () => {
  const there = join(folder, 'relay');
  const relay = sealcam(there, 'relay', '--port', '0', '--host', '0.0.0.0', '--tls', 'local', '--open');
  const [, port = ''] = await relay.seen(/listens on 0\.0\.0\.0:(\d+)/u);
  await relay.seen(/Any home may join/u);
  const trust = join(there, 'tls', 'authority.crt');
  const agent = sealcam(data, 'agent', '--relay', `wss://localhost:${port}`, '--trust', trust);
  await agent.seen(/#claim=/u);
  const { out } = await sealcam(data, 'doctor').ended;
  expect(told(out, 'running')[0]).toContain(`sealcam agent, process ${agent.pid}, since `);
  expect(told(out, 'clock')).toEqual(['This machine and the relay agree on the time.']);
  expect(told(out, 'port')).toEqual(['sealcam agent opens none.']);
  expect(told(out, 'reach')[0]).toContain('npx sealcam relay --host 0.0.0.0 --tls local');
  expect(out).not.toMatch(/^HELP/mu);
});

it('terminal, pages and doctor name the same addresses, and none that only this machine can open', async () => {
  const up = sealcam(data, 'up', '--port', '0', '--host', '0.0.0.0', '--tls', 'local', '--no-demo');
  const [, link = '', port = ''] = await up.seen(/(https:\/\/\S+?:(\d+)\/app#claim=\S+)/u);
  setDefaultCACertificates([await readFile(join(data, 'tls', 'authority.crt'), 'utf8')]);
  const here = `https://127.0.0.1:${port}`;
  const reach = decodeReach((await get(`${here}/reach`)).text);
  expect(reach.from).toBe('network');
  expect(reach.addresses.map((each) => new URL(each).hostname).filter(isLoopback)).toEqual([]);

  await claim(`wss://127.0.0.1:${port}`, link, 'Elm Street');
  const [, shown = ''] = await up.seen(/Elm Street is up[^]*?on a tablet[^\n]*\n((?: {2}https:\S+\n)*)/u);
  const links = reach.addresses.map((each) => `${each}/display`);
  expect(shown.trim().split(/\s+/u).filter(Boolean)).toEqual(links);

  // Whoever made the home there before there was a certificate has the keys there.
  const [, began = ''] = await up.seen(/that began at (http:\S+) goes on there\./u);
  expect((await fetch(`${began}/app`)).status).toBe(200);

  const { out } = await sealcam(data, 'doctor').ended;
  expect(told(out, 'reach')).toEqual([`A display opens ${links.join(' or ')}.`]);
  expect(told(out, 'port')[0]).toContain(`sealcam up has 0.0.0.0:${port}`);
  // Each is a name of its own: 421 is for others.
  for (const each of reach.addresses) expect((await get(`${here}/display`, new URL(each).host)).status).toBe(200);
  expect((await get(`${here}/reach`, `other.example:${port}`)).status).toBe(421);
});

it('while it listens to this machine alone, none of them names an address for a tablet', async () => {
  const up = sealcam(data, 'up', '--port', '0', '--no-demo');
  const [, link = ''] = await up.seen(/(http:\S+#claim=\S+)/u);
  const { origin } = new URL(link);
  expect(decodeReach(await (await fetch(`${origin}/reach`)).text())).toMatchObject({ from: 'machine', addresses: [] });
  await claim(origin.replace('http', 'ws'), link, 'Elm Street');
  await up.seen(/Elm Street is up[^]*Only this machine can open[^]*npm start -- --host 0\.0\.0\.0 --tls local/u);
  const { out, code } = await sealcam(data, 'doctor').ended;
  expect(out).toMatch(/^mind {2}reach .*npm start -- --host 0\.0\.0\.0 --tls local/mu);
  expect(code).toBe(0);
  expect(up.out).not.toContain('/display');
});
