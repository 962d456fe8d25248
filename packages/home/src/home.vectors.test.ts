/** Claim: no change of ours makes an old roster, bulletin, message or sheet unreadable. The layout is checked in clear bytes beside it. */
import { fromHex } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { BULLETIN_VECTOR, BULLETIN_VECTOR_READ } from './bulletin.vectors.ts';
import { readBulletinVector, readVectors } from './home.vectors.check.ts';
import { HOME_VECTORS, HOME_VECTORS_READ } from './home.vectors.ts';

/** A format as SEALING writes it: field lengths in order, labels with their 0x00. */
function layout(hex: string): { label: string; rest: number } {
  const bytes = Buffer.from(fromHex(hex));
  const end = bytes.indexOf(0);
  return { label: bytes.subarray(0, end).toString(), rest: bytes.length - end - 1 };
}

describe('own vectors', () => {
  it('are read today as on the day they were made', async () => {
    expect(await readVectors(HOME_VECTORS)).toEqual(HOME_VECTORS_READ);
    expect(await readBulletinVector(BULLETIN_VECTOR)).toEqual(BULLETIN_VECTOR_READ);
  });

  it('have the fields of SEALING, to the byte', () => {
    const entry = 16 + 65 + 1 + 1 + 8;
    const route = 16 + 1 + 16 + 32 + 2 + 16 + 8;
    const track = 16 + 2 + 8 + 8 + 8 + 8;
    const sig = 64;
    const [, , roster = ''] = HOME_VECTORS.rosters;
    expect(layout(roster)).toEqual({
      label: 'sealcam/1 roster',
      rest: 16 + 8 + 32 + 2 + 3 * entry + 2 + route + 16 + sig,
    });
    expect(layout(BULLETIN_VECTOR.manifest)).toEqual({
      label: 'sealcam/2 bulletin',
      rest: 16 + 8 + 32 + 8 + 8 + 65 + 32 + 2 + 2 * (16 + 8 + 32) + sig,
    });
    expect(BULLETIN_VECTOR.keys.length / 2).toBe(2 + 3 * (16 + 2 + 8));
    expect(layout(HOME_VECTORS.hpkeKey)).toEqual({ label: 'sealcam/1 hpke', rest: 16 + 16 + 8 + 65 + sig });
    expect(layout(HOME_VECTORS.live)).toEqual({
      label: 'sealcam/1 live',
      rest: 16 + 16 + 16 + 8 + 32 + 8 + 8 + 2 + track + sig,
    });
    expect(layout(HOME_VECTORS.report)).toEqual({
      label: 'sealcam/1 refused',
      rest: 16 + 16 + 8 + 8 + 16 + 2 + 1 + 8 + 8 + 32 + sig,
    });
    expect(layout(HOME_VECTORS.receipt)).toEqual({
      label: 'sealcam/1 shown',
      rest: 16 + 16 + 8 + 8 + 2 + (16 + 2 + 8 + 8 + 8 + 4) + sig,
    });
  });
});
