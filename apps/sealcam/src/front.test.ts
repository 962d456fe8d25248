/** How people and the agent beside it reach the relay of this process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { makeFront } from './front.ts';
import { mergeSettings, type Settings } from './settings.ts';
import { localCertificate } from './tls/authority.ts';

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sealcam-front-'));
});
afterEach(() => rm(data, { recursive: true }));

const settings = (...typed: string[]): Settings => mergeSettings(parseArguments(['--data', data, ...typed], []).flags);

describe('the front', () => {
  it('over plain HTTP names this machine alone, since only there a browser opens pictures', async () => {
    const front = await makeFront(settings('--host', '0.0.0.0'), new Date());
    expect([front.pagesUrl(1), front.dialUrl(1), front.tls, front.trust]).toEqual([
      'http://127.0.0.1:1',
      'ws://127.0.0.1:1',
      undefined,
      undefined,
    ]);
  });

  it('with a certificate of the home dials loopback and trusts its own authority only', async () => {
    const front = await makeFront(settings('--host', '0.0.0.0', '--tls', 'local'), new Date());
    expect(front.dialUrl(2)).toBe('wss://127.0.0.1:2');
    expect(front.pagesUrl(2)).toMatch(/^https:\/\/.+:2$/);
    expect(front.trust).toBe(front.local?.authority);
    expect(front.local?.names).toContain('127.0.0.1');
    expect(front.plainUrl(2)).toBe('http://127.0.0.1:2');
    const elsewhere = await makeFront(settings('--host', '192.168.1.20', '--tls', 'local'), new Date());
    expect(elsewhere.plainUrl(2)).toBeUndefined();
    expect(elsewhere.reach(2, 3)).toEqual({
      from: 'network',
      addresses: ['https://192.168.1.20:2'],
      trust: 'http://192.168.1.20:3',
    });
  });

  it('with given files dials the name in the certificate', async () => {
    await localCertificate(join(data, 'tls'), ['cams.local'], new Date());
    const [key, cert] = [join(data, 'tls', 'machine.key'), join(data, 'tls', 'machine.crt')];
    const front = await makeFront(settings('--tls', 'files', '--tls-key', key, '--tls-cert', cert), new Date());
    expect(front.dialUrl(3)).toBe('wss://cams.local:3');
    expect(front.pagesUrl(3)).toBe('https://cams.local:3');
    const proxied = await makeFront(
      settings('--tls', 'files', '--tls-key', key, '--tls-cert', cert, '--url', 'https://x.example/'),
      new Date(),
    );
    expect([proxied.pagesUrl(3), proxied.dialUrl(3)]).toEqual(['https://x.example', 'wss://x.example']);
  });

  it('refuses settings of TLS that do not fit together', async () => {
    const refused = (...typed: string[]) =>
      expect(makeFront(settings(...typed), new Date())).rejects.toMatchObject({ code: 'config.invalid' });
    await refused('--tls', 'files');
    await refused('--tls', 'files', '--tls-key', '/nowhere', '--tls-cert', '/nowhere');
    await refused('--tls-key', 'x');
  });
});
