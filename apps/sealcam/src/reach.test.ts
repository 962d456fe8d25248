/** By which addresses others open the pages, by what was set. */
import { MAX_REACH_ADDRESSES } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { homeHosts, reachOf } from './reach.ts';
import { localName } from './tls/addresses.ts';

const nothing = { from: 'machine', addresses: [] };

describe('others open', () => {
  it('nothing, while it listens to this machine alone, with a certificate or without', () => {
    for (const host of ['127.0.0.1', '127.0.0.2', '::1', 'localhost']) {
      for (const tls of ['none', 'local', 'files'] as const)
        expect(reachOf({ host, tls, url: undefined }, { port: 1, names: ['cams.local'] })).toEqual(nothing);
    }
  });

  it('nothing over plain HTTP: a browser has no keys there', () => {
    const reach = reachOf({ host: '0.0.0.0', tls: 'none', url: undefined }, { port: 1, names: ['192.168.1.20'] });
    expect(reach).toEqual({ from: 'plain', addresses: [] });
    expect(reachOf({ host: '0.0.0.0', tls: 'none', url: 'http://cams.example' }, { port: 1 })).toEqual(reach);
  });

  it('what the certificate names, loopback aside, IPv6 in brackets, a port that goes without saying left away', () => {
    const names = ['localhost', '127.0.0.1', '192.168.1.20', 'FD00:0:0:0:0:0:0:2', 'cams.local'];
    const on = (port: number) =>
      reachOf({ host: '::', tls: 'files', url: undefined }, { port, trustPort: 8421, names });
    expect(on(8420)).toEqual({
      from: 'network',
      addresses: ['https://192.168.1.20:8420', 'https://[fd00::2]:8420', 'https://cams.local:8420'],
      trust: 'http://192.168.1.20:8421',
    });
    expect(on(443).addresses[1]).toBe('https://[fd00::2]');
  });

  it('the address that was set, whatever it listens on', () => {
    const url = 'https://cams.example';
    for (const host of ['127.0.0.1', '0.0.0.0'])
      expect(reachOf({ host, tls: 'none', url }, { port: 1 })).toEqual({ from: 'network', addresses: [url] });
    expect(reachOf({ host: '0.0.0.0', tls: 'local', url: 'https://localhost:9' }, { port: 1 })).toEqual(nothing);
  });

  it('no more than are shown, the machine’s name among them', () => {
    const hosts = homeHosts('0.0.0.0');
    expect(hosts.length).toBeLessThanOrEqual(MAX_REACH_ADDRESSES);
    if (localName() !== undefined) expect(hosts.at(-1)).toBe(localName());
    expect(homeHosts('192.168.1.20')).toEqual(['192.168.1.20']);
  });
});
