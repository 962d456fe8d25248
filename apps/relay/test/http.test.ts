import { mkdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startRelay, type Relay } from '../src/index.ts';
import { House, Lab } from './house.ts';

const lab = new Lab();
afterEach(() => lab.end());

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** Node's own client: `fetch` would tidy the path up. */
function get(relay: Relay, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: relay.port, path, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function pages(): Promise<string> {
  const folder = await lab.folder();
  await mkdir(join(folder, 'assets'));
  const script = `console.log(${JSON.stringify('x'.repeat(3000))})`;
  const files = {
    'app.html': '<!doctype html>app',
    'display.html': '<!doctype html>display',
    'app.webmanifest': '{}',
    'secret.key': 'k',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'assets', 'app-Dk3_f9aZ.js'), script);
  return folder;
}

describe('pages', () => {
  it('are the app, the display and their assets, each with its own rule for caches', async () => {
    const relay = await lab.relay({ pages: await pages() });
    expect(await get(relay, '/')).toMatchObject({
      status: 302,
      headers: { location: '/app', 'cache-control': 'private, no-store' },
    });
    expect(await get(relay, '/app')).toMatchObject({
      status: 200,
      body: '<!doctype html>app',
      headers: { 'cache-control': 'no-cache' },
    });
    expect(await get(relay, '/display')).toMatchObject({ status: 200, body: '<!doctype html>display' });
    const asset = await get(relay, '/assets/app-Dk3_f9aZ.js', { 'accept-encoding': 'gzip, br' });
    expect(asset.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
    });
    const again = await get(relay, '/app', { 'if-none-match': String((await get(relay, '/app')).headers['etag']) });
    expect(again).toMatchObject({ status: 304, body: '' });
  });

  it('run nothing but their own files and talk to nobody but this relay', async () => {
    const relay = await lab.relay({ pages: await pages() });
    const { headers } = await get(relay, '/app');
    const csp = String(headers['content-security-policy']);
    expect(csp).toContain("default-src 'none'");
    expect(csp).toContain("script-src 'self';");
    expect(csp).toContain(`connect-src 'self' ws://127.0.0.1:${relay.port} wss://127.0.0.1:${relay.port}`);
    expect(csp).not.toContain('unsafe');
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
    const odd = await get(relay, '/app', { host: "x; script-src 'unsafe-inline'" });
    expect(String(odd.headers['content-security-policy'] ?? '')).not.toContain('unsafe');
  });

  it.each(
    ['/app', '/display', '/healthz', '/metrics', '/ws/viewer', '/'].flatMap((path) =>
      ['/x.css', '%2Fx.css', ';x.css', '/../app', '%00', '.html', '.css'].map((suffix) => `${path}${suffix}`),
    ),
  )('%s is not found, and not stored', async (path) => {
    const relay = await lab.relay({ pages: await pages() });
    const answer = await get(relay, path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers['cache-control']).toBe('private, no-store');
  });

  it('are no way to other files', async () => {
    const relay = await lab.relay({ pages: await pages() });
    for (const path of [
      '/secret.key',
      '/assets/../secret.key',
      '/assets/%2e%2e/secret.key',
      '//secret.key',
      '/assets/',
      '/ws/agent',
    ]) {
      expect((await get(relay, path)).status).toBe(404);
    }
  });

  it('are said to be missing where they are', async () => {
    const dataDir = await lab.folder();
    const start = startRelay({ host: '127.0.0.1', port: 0, open: true, dataDir, pages: join(dataDir, 'none') });
    await expect(start).rejects.toMatchObject({ code: 'config.invalid' });
    const tls = startRelay({ host: '127.0.0.1', port: 0, open: true, dataDir, tls: { key: 'no', cert: 'no' } });
    await expect(tls).rejects.toMatchObject({ code: 'config.invalid' });
  });
});

describe('health and metrics', () => {
  it('are for this machine, or for who has the bearer', async () => {
    const metricsToken = 'a token of some length';
    const relay = await lab.relay({ metricsToken });
    const house = await House.build(lab, relay);
    await house.ready();
    expect(await get(relay, '/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    const metrics = await get(relay, '/metrics');
    expect(metrics.body).toContain('sealcam_connections{kind="agent"} 1');
    expect(metrics.body).not.toContain(house.id);
    const proxied = { 'x-forwarded-for': '198.51.100.7' };
    expect((await get(relay, '/metrics', proxied)).status).toBe(404);
    expect((await get(relay, '/metrics', { ...proxied, authorization: 'Bearer something else' })).status).toBe(404);
    expect((await get(relay, '/metrics', { ...proxied, authorization: `Bearer ${metricsToken}` })).status).toBe(200);
  });

  it('are rate-limited like every request', async () => {
    const relay = await lab.relay({ limits: { requestsPerMinute: 3 } });
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1) statuses.push((await get(relay, '/healthz')).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });
});
