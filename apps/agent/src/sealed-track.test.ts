import { randomBytes } from 'node:crypto';
import {
  cameraId,
  decodeEnvelope,
  epoch,
  homeId,
  letGo,
  micros,
  parseSealedHeader,
  sessionId,
  STREAM,
  type SealedHeader,
} from '@sealcam/protocol';
import {
  deriveOpenKeys,
  deriveSealKeys,
  importEpochSecret,
  openFrame,
  readHeader,
  type PlainUnit,
} from '@sealcam/seal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NODE_SUITE } from './node-aead.ts';
import { runPipeline, sendUnit } from './pipeline.ts';
import type { SourceListener } from './source.ts';
import { HOLD_MS, SealedTrack } from './sealed-track.ts';

const track = { homeId: homeId('1'.repeat(32)), cameraId: cameraId('2'.repeat(32)), streamId: STREAM.main };
const session = sessionId('3'.repeat(16));

function unit(keyframe: boolean, at: number): PlainUnit {
  return {
    captureUs: micros(1_000_000 + at),
    durationUs: 0,
    keyframe,
    discontinuity: false,
    config: undefined,
    unit: Uint8Array.of(at & 255),
  };
}

/** A track with a clock of ours, what it sent, and a way to rotate it. */
function rig() {
  let nowMs = 0;
  let last = 100;
  const sealed = new SealedTrack(track, session, () => nowMs);
  const sent: { readonly header: SealedHeader; readonly epoch: number }[] = [];
  const publisher = {
    publish: (_track: unknown, message: Uint8Array) => {
      const envelope = decodeEnvelope(message);
      sent.push({ header: parseSealedHeader(envelope.sealed), epoch: envelope.epoch });
      return true;
    },
  };
  const headers = (messages: readonly Uint8Array[]) =>
    messages.map((message) => parseSealedHeader(decodeEnvelope(message).sealed));
  return {
    ...{ sealed, sent, headers },
    wait: (ms: number) => (nowMs += ms),
    feed: (keyframe: boolean, at = 0) => {
      for (const ready of sealed.admit(unit(keyframe, at))) sendUnit(sealed, ready, publisher);
    },
    rekey: () => {
      last += 1;
      for (const ready of sealed.rekey(epoch(last), randomBytes(32))) sendUnit(sealed, ready, publisher);
      return last;
    },
  };
}

describe('a track in a rotation', () => {
  it('seals nothing from the tick of the stop on, and goes on in mid-GOP when the keys are there in time', () => {
    const { sealed, sent, feed, rekey, wait } = rig();
    rekey();
    feed(true);
    feed(false);
    sealed.stop();
    feed(false);
    wait(HOLD_MS);
    feed(false);
    expect(sent).toHaveLength(2);
    const newer = rekey();
    expect(sent.map(({ header }) => header.ctr)).toEqual([0, 1, 2, 3]);
    expect(sent.map(({ header }) => header.gopCtr)).toEqual([0, 0, 0, 0]);
    expect(sent.slice(2).map((each) => each.epoch)).toEqual([newer, newer]);
  });

  it('drops to a keyframe, marked as a discontinuity, when the keys take longer than a second', () => {
    const { sealed, sent, feed, rekey, wait } = rig();
    rekey();
    feed(true);
    sealed.stop();
    feed(false);
    wait(HOLD_MS + 1);
    rekey();
    feed(false);
    expect(sent).toHaveLength(1);
    feed(true);
    feed(false);
    expect(sent.map(({ header }) => [header.ctr, header.gopCtr, header.flags])).toEqual([
      [0, 0, 1],
      [1, 1, 5],
      [2, 1, 0],
    ]);
  });

  it('holds a second and 16 MiB, and no more', () => {
    expect(HOLD_MS).toBe(1_000);
    const { sealed, rekey } = rig();
    rekey();
    sealed.stop();
    const piece = new Uint8Array(1024 * 1024);
    const held = (): number => sealed.rekey(epoch(1_000), randomBytes(32)).length;
    for (let n = 0; n < 16; n += 1) sealed.admit({ ...unit(n === 0, n), unit: piece });
    expect(held()).toBe(16);
    sealed.stop();
    for (let n = 0; n < 17; n += 1) sealed.admit({ ...unit(n === 0, n), unit: piece });
    expect(sealed.rekey(epoch(1_001), randomBytes(32))).toEqual([]);
  });

  it('sends nothing again that was sealed before the stop: a joiner waits for the next keyframe', () => {
    const { sealed, feed, rekey, headers } = rig();
    rekey();
    feed(true);
    feed(false);
    expect(headers(sealed.replay(7)).map(({ ctr }) => ctr)).toEqual([0, 1]);
    sealed.stop();
    expect(sealed.replay(7)).toEqual([]);
    rekey();
    feed(false);
    expect(sealed.replay(7)).toEqual([]);
    feed(true);
    expect(headers(sealed.replay(7)).map(({ ctr }) => ctr)).toEqual([3]);
  });

  it('gives what waited to the new key: it opens with that and with no other', async () => {
    const sealed = new SealedTrack(track, session, () => 0);
    const [old, next] = [randomBytes(32), randomBytes(32)];
    sealed.rekey(epoch(1), old);
    const frames = sealed.admit(unit(true, 1)).map((ready) => sealed.seal(ready));
    sealed.stop();
    expect(sealed.admit(unit(false, 2))).toEqual([]);
    frames.push(...sealed.rekey(epoch(2), next).map((ready) => sealed.seal(ready)));
    for (const [at, secret, other] of [
      [0, old, next],
      [1, next, old],
    ] as const) {
      const frame = frames[at];
      if (frame === undefined) throw new Error('not sealed');
      const context = { ...track, epoch: epoch(at + 1), sessionId: session };
      const header = readHeader(frame.bytes, STREAM.main);
      if (header === undefined) throw new Error('no header');
      const open = async (key: Uint8Array) => {
        const keys = await deriveOpenKeys(context, await importEpochSecret(key, crypto.subtle), crypto.subtle);
        return await openFrame(frame.bytes, header, keys, crypto.subtle);
      };
      expect(header.kid).toBe(deriveSealKeys(context, secret, NODE_SUITE.hkdf).kid);
      expect((await open(secret)).outcome).toBe('opened');
      expect((await open(other)).outcome).toBe('refused');
    }
  });

  it('is joined by fifty viewers at any moment: each gets a whole chain, and no counter is ever used twice', () => {
    const step = fc.constantFrom('delta', 'delta', 'delta', 'key', 'stop', 'rekey', 'wait');
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 120 }), (steps) => {
        const { sealed, sent, feed, rekey, wait, headers } = rig();
        const joiners: { readonly from: number; readonly replayed: readonly SealedHeader[] }[] = [];
        let hasKey = false;
        for (const [at, name] of steps.entries()) {
          if (name === 'key' || name === 'delta') feed(name === 'key', at);
          else if (name === 'wait') wait(400);
          else if (name === 'stop' && hasKey) {
            sealed.stop();
            hasKey = false;
          } else if (name === 'rekey' && !hasKey) {
            rekey();
            hasKey = true;
          }
          if (joiners.length < 50) joiners.push({ from: sent.length, replayed: headers(sealed.replay(at)) });
        }
        const used = new Set(sent.map(({ header }) => header.ctr));
        expect(used.size).toBe(sent.length);
        for (const { from, replayed } of joiners) {
          const chain = [...replayed, ...sent.slice(from).map(({ header }) => header)];
          // Nothing missing, nothing double between what is sent again and what follows live.
          for (const [at, header] of chain.entries())
            if (at > 0) expect(header.ctr).toBe((chain[at - 1]?.ctr ?? 0) + 1);
          if (replayed.length > 0) expect(replayed[0]?.gopCtr).toBe(replayed[0]?.ctr);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('forgets at once what was held and kept when its source stops', () => {
    const { sealed, sent, feed, rekey } = rig();
    rekey();
    feed(true);
    sealed.stop();
    feed(false);
    sealed.forget();
    rekey();
    feed(false);
    expect(sent).toHaveLength(1);
    expect(sealed.replay(1)).toEqual([]);
  });
});

describe('the memory of frames', () => {
  /** A pipeline over units of ours; what is sent is given back at once, as by a socket that is never slow. */
  function pipeline() {
    const video = new SealedTrack(track, session, () => 0);
    const secret = randomBytes(32);
    video.rekey(epoch(100), secret);
    const sent: string[] = [];
    let listener: SourceListener | undefined;
    runPipeline({
      read: (to) => {
        listener = to;
        return () => undefined;
      },
      video,
      publisher: {
        publish: (_track, envelope) => {
          sent.push(Buffer.from(decodeEnvelope(envelope).sealed).toString('hex'));
          letGo(envelope);
          return true;
        },
      },
      seen: () => undefined,
      onState: () => undefined,
    });
    const feed = (keyframe: boolean, captureUs: number) => {
      const data = new Uint8Array(randomBytes(8_000).buffer.slice(0, 8_000));
      listener?.onUnit({ codec: 'h264', keyframe, captureUs, durationUs: 0, data, discontinuity: false });
      return data;
    };
    return { video, sent, feed };
  }

  it('goes back with a delta that is sealed; a keyframe stays for whoever keeps it', () => {
    const { feed } = pipeline();
    expect(feed(true, 1).length).toBe(8_000);
    expect(feed(false, 2).length).toBe(0);
  });

  it('of what was sent is not the memory of the kept GOP: a join gets the same bytes', () => {
    const { video, sent, feed } = pipeline();
    for (const [keyframe, at] of [
      [true, 1],
      [false, 2],
      [true, 3],
      [false, 4],
      [false, 5],
    ] as const)
      feed(keyframe, at);
    const replayed = video.replay(9).map((message) => Buffer.from(decodeEnvelope(message).sealed).toString('hex'));
    expect(replayed).toEqual(sent.slice(2));
  });
});
