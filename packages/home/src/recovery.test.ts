import { fromHex, SealcamError } from '@sealcam/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { householdCode } from './household-code.ts';
import {
  newRecoverySeed,
  notOnSheets,
  recoveryKeys,
  recoveryQrText,
  recoveryWords,
  seedFromQrText,
  seedFromWords,
} from './recovery.ts';
import { sign } from './sign.ts';
import { verifySignature } from './signature.ts';

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('the recovery sheet', () => {
  it('says the same in words and in its code', () => {
    fc.assert(
      fc.property(seed, (bytes) => {
        const words = recoveryWords(bytes);
        expect(words.split(' ')).toHaveLength(24);
        expect(seedFromWords(`  ${words.toUpperCase().replaceAll(' ', '  ')}\n`)).toEqual(bytes);
        expect(seedFromQrText(recoveryQrText(bytes))).toEqual(bytes);
      }),
      { numRuns: 30 },
    );
  });

  it("is BIP-39: the standard's words for its all-zero entropy", () => {
    expect(recoveryWords(new Uint8Array(32))).toBe(`${'abandon '.repeat(23)}art`);
  });

  it('refuses a wrong word, a wrong order, and what is no sheet', () => {
    const words = recoveryWords(newRecoverySeed()).split(' ');
    const refused = [words.with(3, 'sealcam').join(' '), words.slice(1).join(' '), '', 'abandon '.repeat(24)];
    for (const text of refused) expect(() => seedFromWords(text)).toThrow(SealcamError);
    for (const text of [
      '',
      'sealcam-recovery:1:',
      'sealcam-recovery:2:AAAA',
      recoveryQrText(newRecoverySeed()).slice(0, -2),
    ]) {
      expect(() => seedFromQrText(text)).toThrow(SealcamError);
    }
  });

  it('tells whoever is typing which word is on no sheet, and lets them finish the one at hand', () => {
    expect(notOnSheets('')).toEqual([]);
    expect(notOnSheets('abandon ABILITY aban')).toEqual([]);
    expect(notOnSheets('abandon sealcam ability sealcam ')).toEqual(['sealcam']);
    expect(notOnSheets('aban ability')).toEqual(['aban']);
    expect(notOnSheets('xq')).toEqual(['xq']);
  });

  it('makes one key, always the same, that signs and cannot be taken out', async () => {
    const keys = await recoveryKeys(new Uint8Array(32).fill(1));
    const again = await recoveryKeys(new Uint8Array(32).fill(1));
    const other = await recoveryKeys(new Uint8Array(32).fill(2));
    expect(again.sigPub).toEqual(keys.sigPub);
    expect(other.deviceId).not.toBe(keys.deviceId);
    expect(keys.signKey.extractable).toBe(false);
    expect(await verifySignature(again.sigPub, seedBytes, await sign(keys, seedBytes))).toBe(true);
    // Own vector: a later version must still read every sheet that was ever printed.
    expect(keys.deviceId).toBe('2e962e3c050c683ef8002b1cb45ad008');
  });
});

const seedBytes = Uint8Array.of(1, 2, 3);

describe('the household code', () => {
  it('is six groups of five digits, fixed for a list of members', async () => {
    const code = await householdCode(new Uint8Array(32).fill(5));
    expect(code).toHaveLength(6);
    for (const group of code) expect(group).toMatch(/^\d{5}$/);
    expect(code).toEqual(['04115', '44921', '24453', '21138', '67724', '80672']);
    expect(await householdCode(fromHex('06'.repeat(32)))).not.toEqual(code);
  });
});
