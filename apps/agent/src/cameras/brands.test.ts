import { expect, test } from 'vitest';
import { BRANDS, brandAddresses, smallerStreamOf } from './brands.ts';
import { parseCameraAddress } from './address.ts';

test.each([
  ['reolink', 'rtsp://192.168.1.20/h264Preview_01_main', 'rtsp://192.168.1.20/h264Preview_01_sub'],
  ['tapo', 'rtsp://192.168.1.20/stream1', 'rtsp://192.168.1.20/stream2'],
  ['hikvision', 'rtsp://192.168.1.20/Streaming/Channels/101', 'rtsp://192.168.1.20/Streaming/Channels/102'],
  [
    'dahua',
    'rtsp://192.168.1.20/cam/realmonitor?channel=1&subtype=0',
    'rtsp://192.168.1.20/cam/realmonitor?channel=1&subtype=1',
  ],
  ['foscam', 'rtsp://192.168.1.20:88/videoMain', 'rtsp://192.168.1.20:88/videoSub'],
])('%s: the patterns of the catalogue', (id, main, sub) => {
  const addresses = brandAddresses(id, '192.168.1.20');
  expect(addresses.main[0]?.url).toBe(main);
  expect(addresses.sub[0]?.url).toBe(sub);
});

test('a channel of a recorder and a port of one’s own are filled in', () => {
  expect(brandAddresses('reolink', 'nvr.local:8554', 12).main.map(({ url }) => url)).toEqual([
    'rtsp://nvr.local:8554/h264Preview_12_main',
    'rtsp://nvr.local:8554/Preview_12_main',
  ]);
  expect(brandAddresses('hikvision', 'nvr', 2).sub[0]?.path).toBe('/Streaming/Channels/202');
  expect(brandAddresses('foscam', 'cam:554').main).toHaveLength(1);
  expect(brandAddresses('tapo', 'fe80::1').main[0]?.url).toBe('rtsp://[fe80::1]/stream1');
});

test('a pasted main stream brings its smaller one, for every brand and channel that has one', () => {
  for (const brand of BRANDS) {
    for (const channel of [1, 2, 12, 64]) {
      const { main, sub } = brandAddresses(brand.id, 'nvr.local:8554', channel);
      for (const [at, smaller] of sub.entries()) {
        const found = smallerStreamOf(main[at]!)?.url;
        // Several brands share a main path; a guess of any of them is tried before it is used.
        const guesses = BRANDS.flatMap((other) => brandAddresses(other.id, 'nvr.local:8554', channel).sub);
        expect(guesses.map(({ url }) => url.replace('rtsps:', 'rtsp:'))).toContain(found?.replace('rtsps:', 'rtsp:'));
        if (brand.id === 'reolink') expect(found).toBe(smaller.url);
      }
    }
  }
  expect(smallerStreamOf(parseCameraAddress('rtsp://10.0.0.1/unknown').address)).toBeUndefined();
  expect(smallerStreamOf(parseCameraAddress('rtsp://10.0.0.1/Streaming/Channels/9901').address)).toBeUndefined();
});

test('every brand is whole: unique, a hint, addresses that parse, sub streams in step with main ones', () => {
  expect(new Set(BRANDS.map(({ id }) => id)).size).toBe(BRANDS.length);
  for (const brand of BRANDS) {
    expect(brand.hint.length).toBeGreaterThan(20);
    const { main, sub } = brandAddresses(brand.id, '10.0.0.1');
    for (const address of [...main, ...sub]) {
      expect(parseCameraAddress(address.url).address).toEqual(address);
      expect(address.url).not.toMatch(/[{}]/u);
    }
    if (brand.sub.length > 0) expect(sub).toHaveLength(main.length);
  }
});

test.each([
  ['nobody', '10.0.0.1', 1],
  ['tapo', '10.0.0.1/x', 1],
  ['tapo', 'user@10.0.0.1', 1],
  ['tapo', '', 1],
  ['tapo', 'a b', 1],
  ['tapo', '10.0.0.1', 0],
])('%s at %j, channel %d is refused with rtsp.address', (id, host, channel) => {
  expect(() => brandAddresses(id, host, channel)).toThrow(expect.objectContaining({ code: 'rtsp.address' }) as Error);
});
