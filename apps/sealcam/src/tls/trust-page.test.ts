/** The page on port + 1: it helps a tablet trust the authority, and there is nothing else on that port. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localCertificate, type LocalCertificate } from './authority.ts';
import { startTrustPage, type TrustPage } from './trust-page.ts';

let folder: string;
let certificate: LocalCertificate;
let page: TrustPage;
const names = ['localhost', '127.0.0.1'];
const pagesUrl = 'https://192.168.1.20:8420';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealcam-trust-'));
  certificate = await localCertificate(folder, names, new Date());
  const { authority } = certificate;
  page = await startTrustPage({ host: '127.0.0.1', port: 0, httpsPort: 8420, names, authority, pagesUrl });
});
afterAll(async () => {
  await page.close();
  await rm(folder, { recursive: true });
});

const get = (path: string, init?: RequestInit): Promise<Response> =>
  fetch(`http://127.0.0.1:${page.port}${path}`, init);

describe('the trust page', () => {
  it('shows the fingerprint, the steps, and the link by the name it was asked under', async () => {
    const answer = await get('/');
    const text = await answer.text();
    expect(text).toContain(certificate.fingerprint);
    expect(text).toContain('https://127.0.0.1:8420/display');
    expect(text).toContain('Android');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('sends who came by another name to an address that others can open, not to this machine’s own', async () => {
    const asked = request({ port: page.port, headers: { host: 'somewhere.example:8421' } }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
    expect(text).toContain(`<a href="${pagesUrl}/display">`);
    expect(text).not.toContain('localhost');
  });

  it('hands out the authority’s certificate and not its key', async () => {
    const answer = await get('/sealcam.crt');
    expect(answer.headers.get('content-type')).toBe('application/x-x509-ca-cert');
    const served = new X509Certificate(Buffer.from(await answer.arrayBuffer()));
    expect(served.fingerprint256).toBe(certificate.fingerprint);
  });

  it('has nothing else', async () => {
    for (const path of [
      '/app',
      '/display',
      '/ws/viewer',
      '/healthz',
      '/metrics',
      '/../authority.key',
      '/sealcam.key',
      '//',
      '/%00',
    ]) {
      expect((await get(path)).status, path).toBe(404);
    }
    expect((await get('/', { method: 'POST', body: 'x' })).status).toBe(405);
  });

  it('says in words that its port is taken', async () => {
    const { authority } = certificate;
    const again = startTrustPage({ host: '127.0.0.1', port: page.port, httpsPort: 1, names, authority, pagesUrl });
    await expect(again).rejects.toMatchObject({ code: 'port.in-use' });
  });
});
