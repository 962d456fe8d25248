import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authorization, parseChallenges, type Challenge } from './digest.ts';

const MUFASA = { user: 'Mufasa', password: 'Circle of Life' };

function digestOf(header: string): Challenge {
  const challenge = parseChallenges([header])[0];
  if (challenge === undefined) throw new TypeError('no challenge');
  return challenge;
}

describe('signing in', () => {
  test('RFC 7616, 3.9.1: MD5 and SHA-256 with qop auth give the answers of the standard', () => {
    const fields =
      'realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
    const request = {
      method: 'GET',
      uri: '/dir/index.html',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      count: 1,
    };
    expect(authorization(digestOf(`Digest ${fields}, algorithm=MD5`), MUFASA, request)).toContain(
      'response="8ca523f5e9506fed4657c9700eebdbec"',
    );
    const sha = authorization(digestOf(`Digest ${fields}, algorithm=SHA-256`), MUFASA, request);
    expect(sha).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
    expect(sha).toContain('algorithm=SHA-256');
    expect(sha).toContain('nc=00000001');
  });

  test('RFC 2069 style, without qop: the answer of the standard (with its erratum)', () => {
    const challenge = digestOf(
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
    const answer = authorization(
      challenge,
      { user: 'Mufasa', password: 'CircleOfLife' },
      { method: 'GET', uri: '/dir/index.html', cnonce: 'x', count: 1 },
    );
    expect(answer).toContain('response="1949323746fe6a43ef61f9606e7febea"');
    expect(answer).not.toMatch(/qop|cnonce|algorithm/u);
  });

  test('RFC 7617: Basic', () => {
    expect(
      authorization(
        { scheme: 'basic' },
        { user: 'Aladdin', password: 'open sesame' },
        { method: 'A', uri: 'b', cnonce: '', count: 1 },
      ),
    ).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  });

  test('the strongest way in is chosen, whatever the order, in one header or several', () => {
    const basic = 'Basic realm="cam, era"';
    const md5 = 'Digest realm="r", nonce="n", algorithm="MD5", stale="FALSE"';
    const sha = 'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"';
    for (const headers of [[basic, md5, sha], [sha, md5, basic], [`${basic}, ${md5}, ${sha}`]]) {
      expect(parseChallenges(headers).map((each) => (each.scheme === 'basic' ? 'basic' : each.algorithm))).toEqual([
        'SHA-256',
        'MD5',
        'basic',
      ]);
    }
    expect(parseChallenges([md5])[0]).toMatchObject({ stale: false, qop: false });
  });

  test('what we cannot answer is no way in', () => {
    expect(
      parseChallenges([
        'Bearer realm="x"',
        'Digest realm="x"',
        'Digest nonce="n", algorithm=SHA-512',
        'Digest nonce="n", qop="auth-int"',
      ]),
    ).toEqual([]);
  });

  test('no header of a camera and no credentials can break out of the line', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (header, user, password) => {
        for (const challenge of parseChallenges([
          header.replaceAll(/[\r\n]/gu, ''),
          `Digest nonce="n", realm="${header.replaceAll(/["\\\r\n]/gu, '')}"`,
        ])) {
          try {
            expect(
              authorization(challenge, { user, password }, { method: 'PLAY', uri: 'rtsp://h/', cnonce: 'c', count: 1 }),
            ).not.toMatch(/[\r\n]/u);
          } catch (error) {
            expect(error).toMatchObject({ code: 'rtsp.password' });
          }
        }
      }),
    );
  });
});
