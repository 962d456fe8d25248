import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from './bytes.ts';
import { decodeEnvelope, encodeEnvelope, stripReplay, type Envelope } from './envelope.ts';
import { cameraId, epoch, homeId, streamId, trackKey } from './ids.ts';
import { LIMITS } from './limits.ts';

const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString('hex'));

const envelope: fc.Arbitrary<Envelope> = fc.record({
  homeId: hex(16).map(homeId),
  cameraId: hex(16).map(cameraId),
  streamId: fc.integer({ min: 0, max: 4 }).map(streamId),
  epoch: fc.maxSafeNat().map(epoch),
  joinId: fc.option(fc.nat(0xffff_ffff), { nil: undefined }),
  sealed: fc.uint8Array({ maxLength: 100 }),
});

describe('envelope', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(envelope, (value) => {
        expect(decodeEnvelope(encodeEnvelope(value))).toEqual(value);
      }),
    );
  });

  it('of a replayed unit becomes the same unit without its join number', () => {
    fc.assert(
      fc.property(envelope, fc.nat(0xffff_ffff), (value, joinId) => {
        const stripped = decodeEnvelope(stripReplay(encodeEnvelope({ ...value, joinId })));
        expect(stripped).toEqual({ ...value, joinId: undefined });
      }),
    );
  });

  it('refuses random and oversized bytes with CodecError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          decodeEnvelope(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
    );
    expect(() => decodeEnvelope(new Uint8Array(LIMITS.binaryMessageBytes + 1))).toThrow(CodecError);
  });
});

describe('track key', () => {
  it('differs whenever home, camera or stream differs', () => {
    fc.assert(
      fc.property(envelope, envelope, (a, b) => {
        const same = a.homeId === b.homeId && a.cameraId === b.cameraId && a.streamId === b.streamId;
        expect(trackKey(a) === trackKey(b)).toBe(same);
      }),
    );
  });

  it('cannot be built from half an identity', () => {
    const whole = { homeId: homeId('a'.repeat(32)), cameraId: cameraId('b'.repeat(32)), streamId: streamId(0) };
    expect(() => trackKey({ ...whole, homeId: '' as never })).toThrow(CodecError);
    expect(() => trackKey({ ...whole, cameraId: undefined as never })).toThrow();
  });
});
