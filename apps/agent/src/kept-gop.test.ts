import { epoch } from '@sealcam/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeptGop } from './kept-gop.ts';

interface Frame {
  readonly epoch: number;
  readonly keyframe: boolean;
  readonly bytes: Uint8Array;
}

const frame = fc.record({
  epoch: fc.integer({ min: 1, max: 3 }),
  keyframe: fc.boolean(),
  // Small ones share the first buffer, large ones make it grow, and a small GOP after a large one gives it back.
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.nat(200_000).map((n) => new Uint8Array(n + 1).fill(n)),
  ),
});

test('what joins gets the bytes since the newest keyframe, as they were', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 30 }), (frames) => {
      const gop = new KeptGop();
      let since: Frame[] = [];
      for (const each of frames) {
        const reused = each.bytes.slice();
        gop.append(epoch(each.epoch), reused, each.keyframe);
        reused.fill(0xee);
        if (each.keyframe) since = [each];
        else if (since.length > 0) since = [...since, each];
      }
      expect(gop.frames.length).toBe(since.length);
      for (const [index, kept] of gop.frames.entries()) {
        expect(kept.epoch).toBe(since[index]?.epoch);
        expect(Buffer.compare(kept.bytes, since[index]?.bytes ?? Buffer.of())).toBe(0);
      }
    }),
  );
});

test('nothing of a GOP is handed out after it is cleared, and deltas wait for the next keyframe', () => {
  const gop = new KeptGop();
  gop.append(epoch(1), Uint8Array.of(1), true);
  gop.clear();
  gop.append(epoch(1), Uint8Array.of(2), false);
  expect(gop.frames).toEqual([]);
});
