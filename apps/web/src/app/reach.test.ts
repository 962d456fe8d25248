/** Which addresses the pairing page shows. */
import type { Reach } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { isThisMachineAlone, openable } from './reach.ts';

const page = (origin: string) => ({ origin, hostname: new URL(origin).hostname });
const network: Reach = { from: 'network', addresses: ['https://192.168.1.20:8420', 'https://kitchen.local:8420'] };

describe('a new device opens', () => {
  it.each(['http://127.0.0.1:8420', 'http://localhost:8420', 'http://[::1]:8420', 'http://sealcam.localhost:8420'])(
    'never %s, which is of this machine alone',
    (origin) => {
      expect(isThisMachineAlone(new URL(origin).hostname)).toBe(true);
      expect(openable({ from: 'machine', addresses: [] }, page(origin)).addresses).toEqual([]);
      expect(openable(undefined, page(origin))).toEqual({ addresses: [], from: 'unknown', trust: undefined });
      expect(openable(network, page(origin)).addresses).toEqual(network.addresses);
    },
  );

  it('first the address that has led here already, each once', () => {
    expect(openable(network, page('https://kitchen.local:8420')).addresses).toEqual([
      'https://kitchen.local:8420',
      'https://192.168.1.20:8420',
    ]);
  });

  it('the address of this page where the relay knows no other: a proxy, a provider, an older relay', () => {
    for (const reach of [undefined, { from: 'machine', addresses: [] } as const])
      expect(openable(reach, page('https://cams.example')).addresses).toEqual(['https://cams.example']);
  });
});
