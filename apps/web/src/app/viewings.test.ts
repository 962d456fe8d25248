import { cameraId, deviceId, STREAM, type LedgerRow, type StreamId } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { GAP_MS, viewingsOf } from './viewings.ts';

const row = (streamId: StreamId, fromMs: number, toMs: number, more: Partial<LedgerRow> = {}): LedgerRow =>
  ({
    ...{ deviceId: deviceId('1'.repeat(32)), cameraId: cameraId('2'.repeat(32)), streamId, fromMs, toMs },
    ...{ shown: 1, delivered: 2, refused: 0, closed: true },
    ...more,
  }) as LedgerRow;

describe('rows of the ledger', () => {
  it('of live, stills and sound at one time are one viewing, with all of its pictures', () => {
    const rows = [
      row(STREAM.main, 10_000, 20_000),
      row(STREAM.still, 5_000, 19_000),
      row(STREAM.audio, 10_000, 18_000),
      row(STREAM.state, 0, 20_000),
    ];
    expect(viewingsOf(rows)).toMatchObject([
      { what: 'live', fromMs: 5_000, toMs: 20_000, shown: 3, delivered: 6, closed: true },
    ]);
  });

  it('that lie apart, or are of another display or camera, are others', () => {
    const apart = [row(STREAM.main, GAP_MS + 1_000, 90_000), row(STREAM.main, 0, 1_000)];
    expect(viewingsOf(apart)).toHaveLength(2);
    const near = [row(STREAM.main, GAP_MS + 999, 90_000), row(STREAM.main, 0, 1_000)];
    expect(viewingsOf(near)).toHaveLength(1);
    const others = [
      row(STREAM.main, 0, 1),
      row(STREAM.main, 0, 1, { deviceId: deviceId('3'.repeat(32)) }),
      row(STREAM.main, 0, 1, { cameraId: cameraId('4'.repeat(32)) }),
    ];
    expect(viewingsOf(others)).toHaveLength(3);
  });

  it('have ended where the newest of each stream has', () => {
    const open = { closed: false };
    expect(viewingsOf([row(STREAM.main, 5, 9), row(STREAM.main, 0, 5, open)])[0]?.closed).toBe(true);
    expect(viewingsOf([row(STREAM.main, 5, 9), row(STREAM.still, 0, 8, open)])[0]?.closed).toBe(false);
    expect(viewingsOf([row(STREAM.still, 5, 9)])[0]?.what).toBe('still');
  });
});
