import { cameraId, equalBytes, homeId, millis, SealcamError, type DeviceId } from '@sealcam/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeHome, newDevice, nextHead, NOW, PORCH, type TestHome } from './home.fixture.ts';
import type { DeviceKeys } from './device-keys.ts';
import { buildGenesis, buildNextRoster } from './next-roster.ts';
import { recoveryKeys } from './recovery.ts';
import { decodeSignedRoster, encodeRoster, type Roster } from './roster.ts';
import { sign, signed, signRoster } from './sign.ts';
import { agentOf, extendHead, member, nextExpiryMs, verifyChain, verifyGenesis, verifyNext } from './verify-roster.ts';

let home: TestHome;
beforeAll(async () => {
  home = await makeHome();
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'accepted';
  } catch (error) {
    if (error instanceof SealcamError) return error.code;
    throw error;
  }
}

function changed(roster: Roster, change: Partial<Roster>): Roster {
  return { ...roster, ...change };
}

describe('a roster', () => {
  it('comes back from its bytes as it was', async () => {
    const camera = fc
      .uint8Array({ minLength: 16, maxLength: 16 })
      .map((bytes) => cameraId(Buffer.from(bytes).toString('hex')));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(camera, { maxLength: 20 }), fc.nat(), async (cameras, notAfter) => {
        const next = await buildNextRoster(home.head, home.admin.keys.deviceId, [
          { do: 'setGrants', deviceId: home.guest.keys.deviceId, grants: cameras },
          { do: 'setNotAfter', deviceId: home.guest.keys.deviceId, notAfterMs: millis(notAfter) },
          {
            do: 'addRoute',
            route: {
              routeId: new Uint8Array(16).fill(notAfter % 256),
              kind: 'homekit',
              linkId: new Uint8Array(16).fill(2),
              linkKeyHash: new Uint8Array(32).fill(3),
              cameras: cameras.toSorted(),
              notAfterMs: millis(notAfter),
            },
          },
        ]);
        const bytes = await signRoster(home.admin.keys, next);
        expect(decodeSignedRoster(bytes).roster).toEqual(next);
        expect((await verifyNext(home.head, bytes)).roster).toEqual(next);
      }),
      { numRuns: 25 },
    );
  });

  it('answers random bytes with an error of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(60), (noise, keep) => {
        const bytes = new Uint8Array([...home.head.bytes.subarray(0, keep), ...noise]);
        expect(() => decodeSignedRoster(bytes)).toThrow(SealcamError);
      }),
    );
  });

  it('is refused with any one byte changed, cut short or extended', async () => {
    const { bytes } = home.head;
    const tries: Promise<string>[] = [];
    for (let i = 0; i < bytes.length; i += 1) {
      const mutant = Uint8Array.from(bytes);
      mutant[i] = (mutant[i] ?? 0) ^ (1 + (i % 255));
      tries.push(codeOf(verifyNext(home.genesis, mutant)));
      if (i % 7 === 0) tries.push(codeOf(verifyNext(home.genesis, bytes.subarray(0, i))));
    }
    tries.push(codeOf(verifyNext(home.genesis, new Uint8Array([...bytes, 0]))));
    expect((await Promise.all(tries)).filter((code) => code === 'accepted')).toEqual([]);
  });

  it('as genesis is refused with any one byte changed, or names another home', async () => {
    const { bytes } = home.genesis;
    const ids = await Promise.all(
      [...bytes.keys()].map(async (i) => {
        const mutant = Uint8Array.from(bytes);
        mutant[i] = (mutant[i] ?? 0) ^ 0x40;
        return await codeOf(verifyGenesis(mutant));
      }),
    );
    expect(ids).not.toContain('accepted');
  });

  it('names the home by its own hash', async () => {
    const other = await verifyGenesis(
      await signRoster(home.admin.keys, await buildGenesis(home.admin.keys.sigPub, home.kitchen.keys.sigPub)),
    );
    expect(other.homeId).not.toBe(home.genesis.homeId);
    expect(await codeOf(verifyChain([other.bytes], home.genesis.homeId))).toBe('roster.forked');
    expect((await verifyChain(home.rosters, home.genesis.homeId)).version).toBe(2);
  });
});

describe('the next roster', () => {
  it('is signed by an admin of the one before, and nobody else', async () => {
    const roster = await buildNextRoster(home.head, home.kitchen.keys.deviceId, []);
    expect(await codeOf(verifyNext(home.head, await signRoster(home.kitchen.keys, roster)))).toBe('roster.invalid');
    const stranger = await newDevice();
    const ghost = await buildNextRoster(home.head, stranger.keys.deviceId, [
      { do: 'addDevice', sigPub: stranger.keys.sigPub, role: 'admin', grants: 'all' },
    ]);
    expect(await codeOf(verifyNext(home.head, await signRoster(stranger.keys, ghost)))).toBe('roster.invalid');
    const byAgent = await buildNextRoster(home.head, home.agent.keys.deviceId, []);
    expect(await codeOf(verifyNext(home.head, await signRoster(home.agent.keys, byAgent)))).toBe('roster.invalid');
  });

  it('may not be signed by an admin whom only it makes one', async () => {
    const promoted = await buildNextRoster(home.head, home.kitchen.keys.deviceId, [
      { do: 'setRole', deviceId: home.kitchen.keys.deviceId, role: 'admin' },
    ]);
    expect(await codeOf(verifyNext(home.head, await signRoster(home.kitchen.keys, promoted)))).toBe('roster.invalid');
  });

  it('loses against another admin who was faster', async () => {
    const second = await newDevice();
    const two = await nextHead(home.head, home.admin.keys, [
      { do: 'addDevice', sigPub: second.keys.sigPub, role: 'admin', grants: 'all' },
    ]);
    const first = await signRoster(home.admin.keys, await buildNextRoster(two, home.admin.keys.deviceId, []));
    const late = await signRoster(second.keys, await buildNextRoster(two, second.keys.deviceId, []));
    const head = await verifyNext(two, first);
    expect(await codeOf(verifyNext(head, late))).toBe('roster.stale');
    expect(await codeOf(extendHead(head, [late]))).toBe('roster.forked');
  });

  it('needs its place in the chain: no gap, no other home, no other ancestor', async () => {
    const roster = await buildNextRoster(home.head, home.admin.keys.deviceId, []);
    const by = async (change: Partial<Roster>) =>
      await codeOf(verifyNext(home.head, await signRoster(home.admin.keys, changed(roster, change))));
    expect(await by({})).toBe('accepted');
    expect(await by({ version: 4 })).toBe('roster.invalid');
    expect(await by({ version: 2 })).toBe('roster.stale');
    expect(await by({ homeId: homeId('ab'.repeat(16)) })).toBe('roster.invalid');
    expect(await by({ prevHash: new Uint8Array(32) })).toBe('roster.forked');
  });

  it('has one agent, an admin, and ids that are hashes of their keys', async () => {
    const roster = await buildNextRoster(home.head, home.admin.keys.deviceId, []);
    const without = (device: DeviceId) => roster.entries.filter((entry) => entry.deviceId !== device);
    const by = async (entries: Roster['entries']) =>
      await codeOf(verifyNext(home.head, await signRoster(home.admin.keys, changed(roster, { entries }))));
    expect(await by(without(home.agent.keys.deviceId))).toBe('roster.invalid');
    expect(await by(without(home.admin.keys.deviceId))).toBe('roster.invalid');
    expect(
      await by(
        roster.entries.map((entry) => ({
          ...entry,
          role: entry.role === 'viewer' ? 'agent' : entry.role,
          grants: 'all',
          notAfterMs: millis(0),
        })),
      ),
    ).toBe('roster.invalid');
    const stranger = await newDevice();
    const swapped = roster.entries.map((entry) =>
      entry.deviceId === home.kitchen.keys.deviceId ? { ...entry, sigPub: stranger.keys.sigPub } : entry,
    );
    expect(await by(swapped)).toBe('roster.invalid');
  });

  it('has one spelling: doubled, unsorted and half-meant entries have no encoding', () => {
    const { roster } = home.head;
    const [first] = roster.entries;
    const refused: Partial<Roster>[] = [
      { entries: roster.entries.toReversed() },
      { entries: first === undefined ? [] : [first, first] },
      { entries: roster.entries.map((entry) => ({ ...entry, notAfterMs: millis(NOW) })) },
      { entries: roster.entries.map((entry) => ({ ...entry, grants: [PORCH] })) },
      { entries: roster.entries.map((entry) => ({ ...entry, grants: [PORCH, PORCH], role: 'viewer' as const })) },
      { version: 1 },
      { homeId: undefined },
      { version: 0 },
    ];
    for (const change of refused) expect(() => encodeRoster(changed(roster, change))).toThrow(SealcamError);
  });
});

describe('recovery', () => {
  async function withSheet() {
    const sheet = await recoveryKeys(new Uint8Array(32).fill(7));
    const head = await nextHead(home.head, home.admin.keys, [{ do: 'setRecovery', sigPub: sheet.sigPub }]);
    return { sheet, head };
  }

  it('brings a new admin in and takes a lost one out', async () => {
    const { sheet, head } = await withSheet();
    const fresh = await newDevice();
    const next = await nextHead(head, sheet, [
      { do: 'removeDevice', deviceId: home.admin.keys.deviceId },
      { do: 'addDevice', sigPub: fresh.keys.sigPub, role: 'admin', grants: 'all' },
    ]);
    expect(next.signerRole).toBe('recovery');
    expect(member(next, fresh.keys.deviceId)?.role).toBe('admin');
    expect(member(next, home.admin.keys.deviceId)).toBeUndefined();
  });

  it('is refused when it touches a viewer, the agent, the sheet or a route', async () => {
    const { sheet, head } = await withSheet();
    const ghost = await newDevice();
    const guest = home.guest.keys.deviceId;
    const attempts = [
      [{ do: 'removeDevice', deviceId: guest }],
      [{ do: 'setGrants', deviceId: guest, grants: 'all' }],
      [{ do: 'setNotAfter', deviceId: guest, notAfterMs: millis(0) }],
      [{ do: 'addDevice', sigPub: ghost.keys.sigPub, role: 'viewer', grants: 'all' }],
      [{ do: 'setRecovery', sigPub: ghost.keys.sigPub }],
      [
        { do: 'removeDevice', deviceId: agentOf(head).deviceId },
        { do: 'addDevice', sigPub: ghost.keys.sigPub, role: 'agent', grants: 'all' },
      ],
      [
        {
          do: 'addRoute',
          route: {
            routeId: new Uint8Array(16),
            kind: 'google',
            linkId: new Uint8Array(16),
            linkKeyHash: new Uint8Array(32),
            cameras: [],
            notAfterMs: millis(0),
          },
        },
      ],
    ] as const;
    for (const changes of attempts) expect(await codeOf(nextHead(head, sheet, changes))).toBe('roster.invalid');
  });
});

describe('a device that holds a head', () => {
  it('takes what is longer, keeps what is equal, refuses what is lower or another', async () => {
    const next = await nextHead(home.head, home.admin.keys, []);
    expect((await extendHead(home.head, [...home.rosters, next.bytes])).version).toBe(3);
    expect((await extendHead(home.head, [next.bytes])).version).toBe(3);
    expect(await extendHead(home.head, home.rosters)).toBe(home.head);
    expect(await extendHead(home.head, [])).toBe(home.head);
    expect(await codeOf(extendHead(next, home.rosters))).toBe('roster.rollback');
    const other = await nextHead(home.genesis, home.admin.keys, []);
    expect(await codeOf(extendHead(home.head, [other.bytes]))).toBe('roster.forked');
  });

  it('calls forked only what its own admins signed: home and signature come before the hash', async () => {
    const stranger = await makeHome();
    expect(await codeOf(extendHead(home.head, [stranger.head.bytes]))).toBe('roster.invalid');
    expect(await codeOf(extendHead(home.genesis, [stranger.genesis.bytes]))).toBe('roster.invalid');
    const other = await buildNextRoster(home.genesis, home.admin.keys.deviceId, []);
    const by = async (keys: DeviceKeys, change: Partial<Roster> = {}) =>
      await codeOf(
        extendHead(home.head, [
          await signed(keys, encodeRoster(changed(other, { signerId: keys.deviceId, ...change }))),
        ]),
      );
    expect(await by(home.admin.keys)).toBe('roster.forked');
    expect(await by(home.kitchen.keys)).toBe('roster.invalid');
    expect(await by(stranger.admin.keys)).toBe('roster.invalid');
    expect(await by(home.admin.keys, { homeId: stranger.genesis.homeId })).toBe('roster.invalid');
    expect(await by(home.kitchen.keys, { signerId: home.admin.keys.deviceId })).toBe('roster.invalid');
    // The same for what would follow: another ancestor is said of what an admin signed, and of nothing else.
    const next = { version: 3, prevHash: new Uint8Array(32) };
    expect(await by(home.admin.keys, next)).toBe('roster.forked');
    expect(await by(stranger.admin.keys, next)).toBe('roster.invalid');
  });

  it('never calls a roster forked of which a byte was changed, or that is another home’s', async () => {
    const stranger = await makeHome();
    const fork = await nextHead(home.genesis, home.admin.keys, []);
    const after = await nextHead(home.head, home.admin.keys, []);
    const sources = [fork.bytes, home.head.bytes, after.bytes, stranger.head.bytes, home.genesis.bytes];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...sources),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (source, place, flip) => {
          const bytes = Uint8Array.from(source);
          const at = place % bytes.length;
          bytes[at] = (bytes[at] ?? 0) ^ flip;
          const offered = extendHead(home.head, [bytes]);
          const code = await codeOf(offered);
          // The signature of what we hold already is not looked at again.
          if (code === 'accepted') expect(await offered).toBe(home.head);
          else expect(code).toMatch(/^(roster\.(invalid|stale|rollback)|codec\.malformed)$/);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps its own bytes when the buffer it was verified from is used again', async () => {
    const buffer = Uint8Array.from(home.head.bytes);
    const head = await verifyNext(home.genesis, buffer);
    buffer.fill(0);
    expect(equalBytes(head.bytes, home.head.bytes)).toBe(true);
    expect(head.roster).toEqual(home.head.roster);
  });

  it('knows when the next guest has to go', () => {
    expect(nextExpiryMs(home.head, NOW)).toBe(NOW + 3_600_000);
    expect(nextExpiryMs(home.head, NOW + 3_600_000)).toBeUndefined();
  });
});

describe('building the next roster', () => {
  it('refuses changes to devices that are not there, or to what views nothing', async () => {
    const build = async (changes: Parameters<typeof buildNextRoster>[2]) =>
      await codeOf(buildNextRoster(home.head, home.admin.keys.deviceId, changes));
    const stranger = await newDevice();
    expect(await build([{ do: 'removeDevice', deviceId: stranger.keys.deviceId }])).toBe('device.unknown');
    expect(await build([{ do: 'addDevice', sigPub: home.kitchen.keys.sigPub, role: 'viewer', grants: 'all' }])).toBe(
      'roster.invalid',
    );
    expect(await build([{ do: 'setGrants', deviceId: home.agent.keys.deviceId, grants: [PORCH] }])).toBe(
      'roster.invalid',
    );
    expect(await build([{ do: 'setRole', deviceId: home.admin.keys.deviceId, role: 'viewer' }])).toBe('roster.invalid');
    expect(await build([{ do: 'forgetCamera', cameraId: PORCH }])).toBe('accepted');
  });

  it('signs only for the signer it names', async () => {
    const roster = await buildNextRoster(home.head, home.admin.keys.deviceId, []);
    expect(await codeOf(signRoster(home.kitchen.keys, roster))).toBe('roster.invalid');
    const bytes = await signed(home.kitchen.keys, encodeRoster(roster));
    expect(await codeOf(verifyNext(home.head, bytes))).toBe('roster.invalid');
    expect((await sign(home.admin.keys, bytes)).length).toBe(64);
  });
});
