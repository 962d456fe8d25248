/**
 * A certificate authority of the household's own: made once in `<data>/tls`, it signs the certificate of this machine.
 * Its key never leaves the folder, and it is constrained to home addresses and local names, so that a tablet that trusts
 * it does not trust it for anything else, even if the key were stolen.
 */
// The X.509 library's own dependency container wants it first.
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { SealcamError } from '@sealcam/protocol';
import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP, SocketAddress } from 'node:net';
import { join } from 'node:path';
import { HOME_RANGES } from './addresses.ts';

export interface LocalCertificate {
  /** PEM texts. `cert` is the machine's certificate and the authority's. */
  readonly key: string;
  readonly cert: string;
  readonly authority: string;
  /** SHA-256 of the authority's certificate, in pairs: what a person compares before trusting it. */
  readonly fingerprint: string;
  readonly notAfter: Date;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** Apple and Chrome refuse more than 398 days, even of one's own authority on some versions. */
const MACHINE_DAYS = 397;
export const RENEW_BEFORE_DAYS = 30;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const LOCAL_NAMES = ['localhost', 'local', 'lan', 'home.arpa', 'internal'];

/**
 * The authority and a certificate that is good for all `names`; made, kept or renewed as needed.
 * @param folder `<data>/tls`; made with mode 0700
 * @param names DNS names and addresses, home ones only
 * @throws {SealcamError} `store.corrupt` when the authority's files do not fit together (it is never replaced silently:
 *   every tablet would have to trust a new one)
 */
export async function localCertificate(folder: string, names: readonly string[], now: Date): Promise<LocalCertificate> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const authority = (await readAuthority(folder, now)) ?? (await makeAuthority(folder, now));
  const kept = await readMachine(folder, authority.cert, names, now);
  const { key, cert } = kept ?? (await makeMachine(folder, authority, names, now));
  return {
    key,
    cert: `${cert}\n${authority.cert}`,
    authority: authority.cert,
    fingerprint: new X509Certificate(authority.cert).fingerprint256,
    notAfter: new Date(new X509Certificate(cert).validTo),
  };
}

interface Pair {
  readonly key: string;
  readonly cert: string;
}

async function readAuthority(folder: string, now: Date): Promise<Pair | undefined> {
  const pair = await readPair(folder, 'authority');
  if (pair === undefined) return undefined;
  if (!fits(pair))
    throw new SealcamError('store.corrupt', `${folder}: authority.key and authority.crt do not belong together.`);
  const left = new Date(new X509Certificate(pair.cert).validTo).getTime() - now.getTime();
  return left > (MACHINE_DAYS + RENEW_BEFORE_DAYS) * DAY_MS ? pair : undefined;
}

async function readMachine(
  folder: string,
  authority: string,
  names: readonly string[],
  now: Date,
): Promise<Pair | undefined> {
  const pair = await readPair(folder, 'machine');
  if (pair === undefined || !fits(pair)) return undefined;
  const cert = new X509Certificate(pair.cert);
  const left = new Date(cert.validTo).getTime() - now.getTime();
  const begun = new Date(cert.validFrom).getTime() <= now.getTime();
  const good = begun && left > RENEW_BEFORE_DAYS * DAY_MS && cert.verify(new X509Certificate(authority).publicKey);
  const named = names.every((name) => (isIP(name) === 0 ? cert.checkHost(name) : cert.checkIP(name)) !== undefined);
  // More names than needed would vouch for an address that is now a neighbor's.
  return good && named && cert.subjectAltName?.split(', ').length === names.length ? pair : undefined;
}

async function readPair(folder: string, name: string): Promise<Pair | undefined> {
  try {
    const [key, cert] = await Promise.all(
      ['key', 'crt'].map((end) => readFile(join(folder, `${name}.${end}`), 'utf8')),
    );
    return key === undefined || cert === undefined ? undefined : { key, cert };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function fits(pair: Pair): boolean {
  try {
    return new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key));
  } catch {
    return false;
  }
}

async function makeAuthority(folder: string, now: Date): Promise<Pair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    // The random part tells two homes' authorities apart in a tablet's list.
    name: `CN=Sealcam home ${randomBytes(3).toString('hex')}`,
    serialNumber: randomBytes(16).toString('hex'),
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + AUTHORITY_DAYS * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      nameConstraints(),
    ],
  });
  return writePair(folder, 'authority', keys.privateKey, cert);
}

async function makeMachine(folder: string, authority: Pair, names: readonly string[], now: Date): Promise<Pair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const issuer = new x509.X509Certificate(authority.cert);
  const pkcs8 = createPrivateKey(authority.key).export({ type: 'pkcs8', format: 'der' });
  const cert = await x509.X509CertificateGenerator.create({
    subject: 'CN=Sealcam',
    issuer: issuer.subject,
    serialNumber: randomBytes(16).toString('hex'),
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + MACHINE_DAYS * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return writePair(folder, 'machine', keys.privateKey, cert);
}

/** Key first, certificate last, each by rename: an interrupted start finds a pair that fits, or makes a new one. */
async function writePair(folder: string, name: string, key: CryptoKey, cert: x509.X509Certificate): Promise<Pair> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  const pair = {
    key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
      .export({ type: 'pkcs8', format: 'pem' })
      .toString(),
    cert: `${cert.toString('pem')}\n`,
  };
  for (const [end, text, mode] of [
    ['key', pair.key, 0o600],
    ['crt', pair.cert, 0o644],
  ] as const) {
    const path = join(folder, `${name}.${end}`);
    await writeFile(`${path}.new`, text, { mode, flush: true });
    await chmod(`${path}.new`, mode);
    await rename(`${path}.new`, path);
  }
  return pair;
}

/** RFC 5280, 4.2.1.10: only these names may be vouched for. Critical, so that who does not know it refuses all. */
function nameConstraints(): x509.Extension {
  const subtrees = [
    ...LOCAL_NAMES.map((name) => der(0x30, der(0x82, Buffer.from(name, 'ascii')))),
    ...HOME_RANGES.map(([address, bits]) => der(0x30, der(0x87, addressAndMask(address, bits)))),
  ];
  return new x509.Extension('2.5.29.30', true, new Uint8Array(der(0x30, der(0xa0, ...subtrees))));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function addressAndMask(address: string, bits: number): Buffer {
  const bytes = addressBytes(address);
  const mask = bytes.map((_, i) => 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - 8 * i))));
  return Buffer.from([...bytes, ...mask]);
}

function addressBytes(address: string): number[] {
  if (isIP(address) === 4) return address.split('.').map(Number);
  const [head = '', tail = ''] = new SocketAddress({ address, family: 'ipv6' }).address.split('::');
  const words = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const front = words(head);
  const back = words(tail);
  const all = [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  return all.flatMap((word) => [word >> 8, word & 255]);
}

/** The names a certificate of one's own carries, for `--tls files`. */
export function namesOf(certificate: string): string[] {
  const names = new X509Certificate(certificate).subjectAltName ?? '';
  return names
    .split(', ')
    .flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1] ?? [])
    .filter((name) => !name.startsWith('*'));
}

/** @throws {SealcamError} `config.invalid` when key and certificate do not belong together or are not PEM */
export function checkPair(key: string, cert: string): void {
  try {
    const publicKey = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
    if (publicKey.equals(new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' }))) return;
  } catch (error) {
    throw new SealcamError('config.invalid', 'tls-key or tls-cert is not a PEM file that can be read.', {
      cause: error,
    });
  }
  throw new SealcamError('config.invalid', 'tls-key and tls-cert do not belong together.');
}
