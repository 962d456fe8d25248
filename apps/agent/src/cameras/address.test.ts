import { SealcamError } from '@sealcam/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cameraAddress, parseCameraAddress, redact } from './address.ts';

describe('a camera address', () => {
  test.each([
    ['rtsp://192.168.1.20/stream1', '192.168.1.20', 554, '/stream1', undefined],
    ['rtsp://admin:secret@cam.local:8554/a/b?x=1', 'cam.local', 8554, '/a/b?x=1', ['admin', 'secret']],
    ['rtsps://nvr:7441/TOKEN?enableSrtp', 'nvr', 7441, '/TOKEN?enableSrtp', undefined],
    ['rtspx://10.0.0.2:7441/t', '10.0.0.2', 7441, '/t', undefined],
    ['RTSP://[FE80::1%eth0]:554/x', 'fe80::1%eth0', 554, '/x', undefined],
    ['rtsp://[fe80::1%25enP4s0]/x', 'fe80::1%enP4s0', 554, '/x', undefined],
    ['rtsp://[fe80::1%2512]/x', 'fe80::1%12', 554, '/x', undefined],
    ['rtsp://[fe80::1%25]/x', 'fe80::1%25', 554, '/x', undefined],
    ['rtsp://u:p@[fe80::a%wlan0.2]:8554/x', 'fe80::a%wlan0.2', 8554, '/x', ['u', 'p']],
    ['rtsp://Front-Door.local./x', 'front-door.local.', 554, '/x', undefined],
    ['http://h/x', 'h', 80, '/x', undefined],
    ['https://u:p@h', 'h', 443, '', ['u', 'p']],
    ['https://h:8443/x?y', 'h', 8443, '/x?y', undefined],
    ['rtsp://u:p%40ss%2F1@h/', 'h', 554, '/', ['u', 'p@ss/1']],
    ['rtsp://u:p@ss@h/x', 'h', 554, '/x', ['u', 'p@ss']],
    ['rtsp://u:a/b@h/x', 'h', 554, '/x', ['u', 'a/b']],
    ['rtsp://u@h', 'h', 554, '', ['u', '']],
    ['  rtsp://h/live?a=b@c  ', 'h', 554, '/live?a=b@c', undefined],
    ['rtsp://10.0.0.9:554/live/user@room', '10.0.0.9', 554, '/live/user@room', undefined],
    ['rtsp://cam.example/live@1', 'cam.example', 554, '/live@1', undefined],
    ['rtsp://u:p@ss/w:rd#1?%zz@127.0.0.1:5540/cam', '127.0.0.1', 5540, '/cam', ['u', 'p@ss/w:rd#1?%zz']],
    ['rtsp://u:12/3@10.0.0.9/x', '10.0.0.9', 554, '/x', ['u', '12/3']],
    ['rtsp://u:a?b#c@[fe80::1%eth0]:554/x', 'fe80::1%eth0', 554, '/x', ['u', 'a?b#c']],
    ['rtsp://[fe80::1]/user@room', 'fe80::1', 554, '/user@room', undefined],
    ['rtsp://h?channel=1', 'h', 554, '/?channel=1', undefined],
    ['rtsp://h:1/x', 'h', 1, '/x', undefined],
    ['rtsp://h:65535/x', 'h', 65_535, '/x', undefined],
  ])('%s is understood', (text, host, port, path, account) => {
    const { address, credentials } = parseCameraAddress(text);
    expect([address.host, address.port, address.path]).toEqual([host, port, path]);
    expect(credentials && [credentials.user, credentials.password]).toEqual(account);
  });

  test.each([
    '',
    'ftp://h/x',
    'toString://h/x',
    'rtsp://[1::2::3]/',
    'rtsp://[%eth0]/',
    'rtsp://[::1%]/',
    'rtsp://[fe80::1%e/0]/',
    'rtsp://',
    'rtsp://:554/x',
    'rtsp://h:0/',
    'rtsp://h:65536/',
    'rtsp://h:70000/',
    'rtsp://h:x/',
    'rtsp://h/a b',
    'rtsp://h/\r\nX: y',
    'rtsp://[::g]/',
    'rtsp://-h/',
    'h/stream1',
    `rtsp://${'h'.repeat(3000)}/`,
  ])('%j is refused with rtsp.address', (text) => {
    expect(() => parseCameraAddress(text)).toThrow(expect.objectContaining({ code: 'rtsp.address' }) as Error);
  });

  test.each([
    'rtsp://u:pw@10.0.0.9/live@main',
    'rtsp://u:pw@10.0.0.9/live@10.0.0.8/x',
    'rtsp://nas:554/live/user@room',
    'rtsp://u:pa@ss/word@nas/x',
  ])('%s can be read in two ways, and is refused with rtsp.account', (text) => {
    expect(() => parseCameraAddress(text)).toThrow(expect.objectContaining({ code: 'rtsp.account' }) as Error);
  });

  test('no part of a password is ever taken for a host, whatever signs it has', () => {
    const password = fc.string({ minLength: 1, maxLength: 24, unit: fc.constantFrom(...Array.from('ab1:/@?#[]%.&=')) });
    const host = fc.constantFrom('192.168.1.20', 'cam.example', '[fe80::1]');
    fc.assert(
      fc.property(password, host, fc.constantFrom('', ':554'), (secret, name, port) => {
        try {
          const { address, credentials } = parseCameraAddress(`rtsp://admin:${secret}@${name}${port}/cam`);
          expect(address.url).toBe(`rtsp://${name}/cam`);
          expect(credentials?.user).toBe('admin');
        } catch (error) {
          expect((error as SealcamError).code).toBe('rtsp.account');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('no text whatever causes anything but an address or rtsp.address, and no error repeats it', () => {
    const part = fc.string({ unit: fc.constantFrom(...Array.from('ab:/@?#[]% \r\n.0-ü')) });
    fc.assert(
      fc.property(part, (text) => {
        try {
          const { address } = parseCameraAddress(`rtsp://${text}`);
          expect(address.url).not.toMatch(/\s/u);
          expect(address.port).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(SealcamError);
          expect(['rtsp.address', 'rtsp.account']).toContain((error as SealcamError).code);
          if (text.length > 8) expect((error as SealcamError).message).not.toContain(text);
        }
      }),
    );
  });

  test('credentials written escaped come back as they were, and never into the URL', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (user, password) => {
        const text = `rtsp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@camera.example/x`;
        const { address, credentials } = parseCameraAddress(text);
        expect(credentials).toEqual({ user, password });
        expect(address.url).toBe('rtsp://camera.example/x');
      }),
    );
  });

  test('a scheme says what is around the stream, and which transport is wanted', () => {
    const said = (text: string): unknown => {
      const { address, transport } = parseCameraAddress(text);
      return [address.secure, address.tunnel, address.port, transport];
    };
    expect(said('rtsp://h/x')).toEqual([false, undefined, 554, undefined]);
    expect(said('rtsps://h/x')).toEqual([true, undefined, 322, undefined]);
    expect(said('http://h/x')).toEqual([false, true, 80, undefined]);
    expect(said('https://h/x')).toEqual([true, true, 443, undefined]);
    expect(said('rtsph://h/x')).toEqual([false, true, 80, undefined]);
    expect(said('rtspt://h/x')).toEqual([false, undefined, 554, 'tcp']);
    expect(said('RTSPU://u:p@h/x')).toEqual([false, undefined, 554, 'udp']);
  });

  test('what is sent inside a tunnel is RTSP, and a zone is never sent', () => {
    const url = (text: string): string => parseCameraAddress(text).address.url;
    expect(url('http://h/x')).toBe('rtsp://h:80/x');
    expect(url('https://h/x')).toBe('rtsp://h:443/x');
    expect(url('https://h:554/x')).toBe('rtsp://h/x');
    expect(url('rtsp://[fe80::1%25eth0]:8554/x')).toBe('rtsp://[fe80::1]:8554/x');
    expect(url('https://[fe80::1%eth0]/x')).toBe('rtsp://[fe80::1]:443/x');
  });

  test('the URL of an address is that address again', () => {
    const address = cameraAddress({ secure: true, host: '::1', port: 322, path: '/x?y=1' });
    expect(address.url).toBe('rtsps://[::1]/x?y=1');
    expect(parseCameraAddress(address.url).address).toEqual(address);
  });
});

describe('redaction', () => {
  test('a password in a URL or a query never reaches a log', () => {
    const line = redact(
      'failed rtsp://admin:hunter2@10.0.0.9/x?user=admin&password=hunter2&channel=1 and rtsp://a:p@q@h/',
    );
    expect(line).not.toContain('hunter2');
    expect(line).not.toContain('p@q');
    expect(line).toContain('10.0.0.9/x');
    expect(line).toContain('channel=1');
  });
});
