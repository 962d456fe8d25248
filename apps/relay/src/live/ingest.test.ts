/** What of an agent's units gets past the entrance: one refusal each, at its bound. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  cameraId,
  CodecError,
  encodeEnvelope,
  epoch,
  homeId,
  LIMITS,
  STREAM,
  type Envelope,
  type StreamId,
} from '@sealcam/protocol';
import { kidOf, sealedUnit } from '../../test/house.ts';
import { Ingest } from './ingest.ts';

const HOME = homeId('a'.repeat(32));
const CAMERA = cameraId('b'.repeat(32));
const KID = kidOf('ours');
const AT = 1_000_000;
const SEALED = sealedUnit(KID, 5, 3);

const envelope = (change: Partial<Envelope> = {}): Uint8Array =>
  encodeEnvelope({
    ...{ homeId: HOME, cameraId: CAMERA, streamId: 0, epoch: epoch(7), joinId: undefined, sealed: SEALED },
    ...change,
  });

describe('a unit', () => {
  let ingest: Ingest;
  const announce = (isPrivate = false, streams: readonly StreamId[] = [0, 3, 4]): void =>
    ingest.announce([{ cameraId: CAMERA, streams, private: isPrivate, model: '' }]);
  /** @returns `unit`, or why it was dropped */
  const check = (change: Partial<Envelope> = {}, nowMs = AT): string => {
    const found = ingest.check(envelope(change), nowMs);
    return found.at === 'unit' ? 'unit' : found.reason;
  };

  beforeEach(() => {
    ingest = new Ingest(HOME);
    announce();
    ingest.bulletin(epoch(7), AT);
  });

  it('of an announced stream and the newest epoch goes on as it came, and a replayed one without its join', () => {
    const message = envelope();
    const found = ingest.check(message, AT);
    expect(found).toMatchObject({ at: 'unit', joinId: undefined, unit: { homeId: HOME, cameraId: CAMERA, epoch: 7 } });
    expect(found).toMatchObject({ unit: { header: { kid: KID, ctr: 5, gopCtr: 3 } } });
    expect(found.at === 'unit' && found.unit.message).toBe(message);
    const replayed = ingest.check(envelope({ joinId: 9 }), AT);
    expect(replayed).toMatchObject({ at: 'unit', joinId: 9 });
    expect(replayed.at === 'unit' && replayed.unit.message).toEqual(message);
  });

  it('of another home is dropped, also where camera and epoch are the same', () => {
    expect(check({ homeId: homeId('c'.repeat(32)) })).toBe('home');
  });

  it('of a camera or a stream that nobody announced is dropped', () => {
    expect(check({ cameraId: cameraId('d'.repeat(32)) })).toBe('unannounced');
    expect(check({ streamId: 1 })).toBe('unannounced');
    announce(false, [1]);
    expect([check(), check({ streamId: 1 })]).toEqual(['unannounced', 'unit']);
  });

  it('of a private camera is dropped unless it is the state', () => {
    announce(true);
    expect([0, 3, 4].map((streamId) => check({ streamId: streamId as StreamId }))).toEqual([
      'private',
      'private',
      'unit',
    ]);
    announce(false);
    expect(check()).toBe('unit');
  });

  it('before any bulletin, or of an epoch above the newest, is dropped', () => {
    ingest = new Ingest(HOME);
    announce();
    expect(check()).toBe('epoch');
    ingest.bulletin(epoch(7), AT);
    expect([check(), check({ epoch: epoch(8) })]).toEqual(['unit', 'epoch']);
  });

  it('of an older epoch is good for the hand-over to its last millisecond, which a bulletin said twice does not lengthen', () => {
    const old = { epoch: epoch(6) };
    expect(check(old, AT + LIMITS.oldEpochMs)).toBe('unit');
    ingest.bulletin(epoch(7), AT + LIMITS.oldEpochMs);
    expect(check(old, AT + LIMITS.oldEpochMs + 1)).toBe('epoch');
    ingest.bulletin(epoch(8), AT + 10_000);
    expect(check({}, AT + 10_000 + LIMITS.oldEpochMs)).toBe('unit');
    expect(check({}, AT + 10_001 + LIMITS.oldEpochMs)).toBe('epoch');
  });

  it('that is kept for who comes later is of the newest epoch alone, and answers no join', () => {
    for (const streamId of [STREAM.still, STREAM.state]) {
      expect(check({ streamId })).toBe('unit');
      expect(check({ streamId, epoch: epoch(6) })).toBe('epoch');
      expect(check({ streamId, joinId: 9 })).toBe('join');
    }
  });

  it('without a header that parses is dropped, and what is no envelope at all is an error', () => {
    expect(check({ sealed: new Uint8Array(40) })).toBe('header');
    expect(check({ sealed: SEALED.subarray(0, 20) })).toBe('header');
    expect(() => ingest.check(envelope().subarray(0, 20), AT)).toThrow(CodecError);
  });
});
