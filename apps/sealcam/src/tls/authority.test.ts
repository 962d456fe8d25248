/** The household's certificate authority: made once, trusted by real TLS, renewed when it must be, and good for a home only. */
import { SealcamError } from '@sealcam/protocol';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateNames, isHomeAddress } from './addresses.ts';
import { checkPair, localCertificate, type LocalCertificate } from './authority.ts';

const NOW = new Date();
const NAMES = ['localhost', 'kitchen.local', '127.0.0.1', '::1', '192.168.7.20'];
const inDays = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sealcam-tls-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Connects for real. @returns the name of the peer's certificate, or the reason for refusing it */
async function handshake(server: { key: string; cert: string }, trust: string, servername: string): Promise<string> {
  const listening = createServer(server, (socket) => socket.end());
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
  const { port } = listening.address() as AddressInfo;
  try {
    return await new Promise((done) => {
      // By name or by address: `servername` is what the certificate is checked against.
      const socket = connect(
        { port, host: '127.0.0.1', ca: trust, servername: /[a-z]/.test(servername) ? servername : '' },
        () => {
          done(socket.getPeerCertificate().subject.CN as string);
          socket.destroy();
        },
      );
      socket.on('error', (error: NodeJS.ErrnoException) =>
        done(error.code === 'UNSPECIFIED' ? error.message : (error.code ?? '')),
      );
    });
  } finally {
    listening.close();
  }
}

describe('the local certificate', () => {
  it('passes a real TLS handshake by name and by address', async () => {
    const made = await localCertificate(folder, NAMES, NOW);
    expect(await handshake(made, made.authority, 'localhost')).toBe('Sealcam');
    expect(await handshake(made, made.authority, 'kitchen.local')).toBe('Sealcam');
    expect(await handshake(made, made.authority, '127.0.0.1')).toBe('Sealcam');
    expect(await handshake(made, made.authority, 'elsewhere.local')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('stays the same from start to start, its keys readable by their owner alone', async () => {
    const first = await localCertificate(folder, NAMES, NOW);
    expect(await localCertificate(folder, NAMES, inDays(300))).toEqual(first);
    for (const name of ['authority.key', 'machine.key'])
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['an address was added', [...NAMES, '10.0.0.9'], 0],
    ['an address went away', NAMES.slice(0, -1), 0],
    ['its end is near', NAMES, 380],
    ['the clock went back behind its beginning', NAMES, -10],
  ])('is renewed under the same authority when %s', async (_why, names, days) => {
    const first = await localCertificate(folder, NAMES, NOW);
    const next = await localCertificate(folder, names, inDays(days));
    expect(next.cert).not.toBe(first.cert);
    expect(next.authority).toBe(first.authority);
  });

  it('is made anew after a start that was interrupted between key and certificate', async () => {
    const first = await localCertificate(folder, NAMES, NOW);
    await rm(join(folder, 'machine.crt'));
    const next = await localCertificate(folder, NAMES, NOW);
    expect(next.cert).not.toBe(first.cert);
    expect(await handshake(next, first.authority, 'localhost')).toBe('Sealcam');
  });

  it('is refused, not replaced, when the authority is damaged: every tablet would have to trust a new one', async () => {
    await localCertificate(folder, NAMES, NOW);
    await writeFile(join(folder, 'authority.key'), await readFile(join(folder, 'machine.key')));
    await expect(localCertificate(folder, NAMES, NOW)).rejects.toMatchObject({ code: 'store.corrupt' });
  });
});

describe('the authority', () => {
  /** As a thief of its key would: a certificate for any name at all. */
  async function forge(
    made: LocalCertificate,
    name: { type: 'dns' | 'ip'; value: string },
  ): Promise<{ key: string; cert: string }> {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const stolen = createPrivateKey(await readFile(join(folder, 'authority.key'), 'utf8')).export({
      type: 'pkcs8',
      format: 'der',
    });
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const cert = await x509.X509CertificateGenerator.create({
      subject: 'CN=forged',
      issuer: new x509.X509Certificate(made.authority).subject,
      notBefore: inDays(-1),
      notAfter: inDays(30),
      publicKey: keys.publicKey,
      signingKey: await crypto.subtle.importKey('pkcs8', stolen, algorithm, false, ['sign']),
      signingAlgorithm: algorithm,
      extensions: [new x509.SubjectAlternativeNameExtension([name])],
    });
    const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
    const pem = createPrivateKey({ key, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' });
    return { key: pem.toString(), cert: `${cert.toString('pem')}\n${made.authority}` };
  }

  it('can vouch for names and addresses of a home, and for nothing on the internet', async () => {
    const made = await localCertificate(folder, NAMES, NOW);
    expect(
      await handshake(await forge(made, { type: 'dns', value: 'tablet.local' }), made.authority, 'tablet.local'),
    ).toBe('forged');
    expect(
      await handshake(await forge(made, { type: 'dns', value: 'bank.example' }), made.authority, 'bank.example'),
    ).toBe('permitted subtree violation');
    expect(await handshake(await forge(made, { type: 'ip', value: '8.8.8.8' }), made.authority, '8.8.8.8')).toBe(
      'permitted subtree violation',
    );
    expect(await handshake(await forge(made, { type: 'ip', value: '127.0.0.1' }), made.authority, '127.0.0.1')).toBe(
      'forged',
    );
    expect(await handshake(await forge(made, { type: 'ip', value: '2001:db8::1' }), made.authority, 'x')).toBe(
      'permitted subtree violation',
    );
  });

  it('is a certificate authority for certificates of machines only', async () => {
    const { authority } = await localCertificate(folder, NAMES, NOW);
    const certificate = new X509Certificate(authority);
    expect(certificate.ca).toBe(true);
    expect(certificate.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });
});

describe('names of this machine', () => {
  it('are home names only', () => {
    for (const name of certificateNames('0.0.0.0'))
      expect(name === 'localhost' || name.endsWith('.local') || isHomeAddress(name)).toBe(true);
    expect(isHomeAddress('192.168.1.4')).toBe(true);
    expect(isHomeAddress('172.32.0.1')).toBe(false);
    expect(isHomeAddress('8.8.8.8')).toBe(false);
    expect(isHomeAddress('fd12::4')).toBe(true);
    expect(isHomeAddress('example.com')).toBe(false);
  });
});

describe('a certificate of one’s own', () => {
  it('whose key is another’s is refused', async () => {
    const { key, cert } = await localCertificate(folder, NAMES, NOW);
    expect(() => checkPair(key, cert)).not.toThrow();
    const other = await readFile(join(folder, 'authority.key'), 'utf8');
    expect(() => checkPair(other, cert)).toThrow(SealcamError);
    expect(() => checkPair('nonsense', cert)).toThrow(/PEM/);
  });
});
