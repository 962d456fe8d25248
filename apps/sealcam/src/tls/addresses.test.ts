/** Which addresses of a machine the others of the home can open. */
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { localName, reachableAddresses } from './addresses.ts';

/** As `os.networkInterfaces()` tells them. */
function found(address: string): NetworkInterfaceInfo {
  const more = { address, netmask: '', mac: '', cidr: null, internal: address === '127.0.0.1' || address === '::1' };
  return address.includes(':') ? { ...more, family: 'IPv6', scopeid: 0 } : { ...more, family: 'IPv4' };
}
const machine = (interfaces: Readonly<Record<string, readonly string[]>>): NodeJS.Dict<NetworkInterfaceInfo[]> =>
  Object.fromEntries(Object.entries(interfaces).map(([name, addresses]) => [name, addresses.map(found)]));

const LAN = { lo: ['127.0.0.1', '::1'], eth0: ['192.168.1.20', 'fd00::2', 'fe80::1', '2001:db8::9', '169.254.7.7'] };

describe('listening everywhere, the others of the home open', () => {
  it.each([
    ['the address of the home network; on 0.0.0.0 none of IPv6', '0.0.0.0', LAN, ['192.168.1.20']],
    ['those of IPv6 after those of IPv4, where :: listens on both', '::', LAN, ['192.168.1.20', 'fd00::2']],
    ['nothing by loopback and link-local addresses', '::', { lo: LAN.lo, eth0: ['fe80::1', '169.254.7.7'] }, []],
    ['nothing by an address that the authority may not vouch for', '0.0.0.0', { eth0: ['203.0.113.7'] }, []],
    [
      'nothing by what leads to containers of the machine, where there is another',
      '0.0.0.0',
      { docker0: ['172.17.0.1'], 'br-1f2e3d4c5b6a': ['172.18.0.1'], virbr0: ['192.168.122.1'], wlan0: ['10.0.0.7'] },
      ['10.0.0.7'],
    ],
    ['a bridge of its own name, as home servers have one', '0.0.0.0', { br0: ['192.168.1.20'] }, ['192.168.1.20']],
    [
      'what there is, where there is nothing else',
      '0.0.0.0',
      { 'vEthernet (LAN)': ['192.168.1.20'] },
      ['192.168.1.20'],
    ],
    [
      'an overlay last',
      '0.0.0.0',
      { tailscale0: ['100.64.0.9'], eth0: ['192.168.1.20'], wlan0: ['192.168.1.21'] },
      ['192.168.1.20', '192.168.1.21', '100.64.0.9'],
    ],
  ] as const)('%s', (_, host, interfaces, expected) => {
    expect(reachableAddresses(host, machine(interfaces))).toEqual(expected);
  });
});

it.each([
  ['10.0.0.5', ['10.0.0.5']],
  ['fd00::2', ['fd00::2']],
  ['203.0.113.7', []],
  ['127.0.0.1', []],
  ['localhost', []],
])('listening on %s alone, they open %j', (host, expected) => {
  expect(reachableAddresses(host, machine(LAN))).toEqual(expected);
});

it('the name is that of the host, where it can be one', () => {
  expect(localName('Kitchen-PC.fritz.box')).toBe('kitchen-pc.local');
  for (const none of ['localhost', '', 'my_pc', '-a', 'büro']) expect(localName(none)).toBeUndefined();
});
