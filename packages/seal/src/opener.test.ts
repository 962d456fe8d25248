import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cameraId,
  concat,
  epoch,
  fromHex,
  homeId,
  micros,
  sessionId,
  STREAM,
  toHex,
  type KeyId,
} from '@sealcam/protocol';
import { contexts, secrets, units } from '../test/arbitraries.ts';
import { nodeSuite } from '../test/node-suite.ts';
import { additionalData, contextBytes, type SealContext } from './context.ts';
import { deriveOpenKeys, deriveSealKeys, frameNonce, importEpochSecret, type OpenKeys } from './keys.ts';
import { openFrame, readHeader, type OpenOutcome } from './opener.ts';
import { plainParts, type PlainUnit } from './plain.ts';
import { SEALED_FRAMES } from './sealed-frame.vectors.ts';
import { Sealer } from './sealer.ts';

const fixedUnit: PlainUnit = {
  captureUs: micros(1_795_000_000_000_000),
  durationUs: 40_000,
  keyframe: true,
  discontinuity: false,
  config: Uint8Array.of(1, 2, 3),
  unit: Uint8Array.of(0, 0, 0, 1, 0x65, 9, 8, 7),
};

const { subtle } = globalThis.crypto;

const sealOne = (context: SealContext, secret: Uint8Array, unit: PlainUnit): Uint8Array<ArrayBuffer> => {
  const sealer = new Sealer(context, context.sessionId, nodeSuite);
  sealer.rekey(context.epoch, secret);
  return sealer.seal(unit).bytes;
};
const keysOf = async (context: SealContext, secret: Uint8Array): Promise<OpenKeys> =>
  deriveOpenKeys(context, await importEpochSecret(secret, subtle), subtle);
/** As a viewer would that trusted the KID on the wire: the worst case. */
const open = async (frame: Uint8Array<ArrayBuffer>, keys: OpenKeys): Promise<OpenOutcome> => {
  const header = readHeader(frame, keys.context.streamId);
  return header === undefined ? { outcome: 'refused', reason: 'malformed' } : openFrame(frame, header, keys, subtle);
};
const rewriteKid = (frame: Uint8Array<ArrayBuffer>, kid: KeyId): Uint8Array<ArrayBuffer> => {
  const out = Uint8Array.from(frame);
  out.set(fromHex(kid), 12);
  return out;
};

test('what was sealed opens, field by field', async () => {
  await fc.assert(
    fc.asyncProperty(contexts, secrets, units, async (context, secret, unit) => {
      const opened = await open(sealOne(context, secret, unit), await keysOf(context, secret));
      expect(opened).toMatchObject({ outcome: 'opened', ctr: 0, gopCtr: 0, context, ...unit });
    }),
    { numRuns: 60 },
  );
});

describe('own vectors, computed elsewhere', () => {
  const bytesOf = (config: string | undefined) => (config === undefined ? undefined : fromHex(config));

  test.each(SEALED_FRAMES)('stream $streamId, counter $ctr opens to what was sealed', async (vector) => {
    const { secret, sealed, kid, config, unit, ...said } = vector;
    const keys = await keysOf(contextOf(vector), fromHex(secret));
    expect(keys.kid).toBe(kid);
    const { ctr, gopCtr, keyframe, discontinuity, captureUs, durationUs } = said;
    expect(await open(fromHex(sealed), keys)).toEqual({
      outcome: 'opened',
      context: contextOf(vector),
      ...{ ctr, gopCtr, keyframe, discontinuity, captureUs, durationUs },
      config: bytesOf(config),
      unit: fromHex(unit),
    });
  });

  test.each(SEALED_FRAMES.filter(({ ctr }) => ctr < 1000))(
    'stream $streamId, counter $ctr is sealed to the same bytes',
    (vector) => {
      const sealer = new Sealer(contextOf(vector), contextOf(vector).sessionId, nodeSuite);
      sealer.rekey(epoch(vector.epoch), fromHex(vector.secret));
      const filler: PlainUnit = { ...fixedUnit, captureUs: micros(0), keyframe: true, config: undefined };
      while (sealer.nextCtr < vector.ctr) sealer.seal({ ...filler, keyframe: vector.keyframe || sealer.nextCtr === 0 });
      const { captureUs, durationUs, keyframe, discontinuity } = vector;
      const unit = {
        captureUs: micros(captureUs),
        durationUs,
        keyframe,
        discontinuity,
        config: bytesOf(vector.config),
        unit: fromHex(vector.unit),
      };
      expect(toHex(sealer.seal(unit).bytes)).toBe(vector.sealed);
    },
  );
});

describe('a frame of anything else: 0 opened', () => {
  const fields = ['homeId', 'cameraId', 'streamId', 'epoch', 'sessionId'] as const;

  test('contexts that differ in one field, the same secret, with and without a rewritten key id', async () => {
    await fc.assert(
      fc.asyncProperty(
        contexts,
        contexts,
        secrets,
        units,
        fc.constantFrom(...fields),
        async (a, b, secret, unit, field) => {
          const asked: SealContext = { ...a, [field]: b[field] };
          fc.pre(asked[field] !== a[field]);
          const frame = sealOne(a, secret, unit);
          const keys = await keysOf(asked, secret);
          expect((await open(frame, keys)).outcome).toBe('refused');
          expect((await open(rewriteKid(frame, keys.kid), keys)).outcome).toBe('refused');
        },
      ),
      { numRuns: 80 },
    );
  });

  test('random pairs of contexts and secrets', async () => {
    await fc.assert(
      fc.asyncProperty(contexts, contexts, secrets, secrets, units, async (a, b, one, two, unit) => {
        const keys = await keysOf(b, two);
        expect((await open(rewriteKid(sealOne(a, one, unit), keys.kid), keys)).outcome).toBe('refused');
      }),
      { numRuns: 40 },
    );
  });

  test('even the right key with another context in the additional data', async () => {
    const [a, secret] = [fixed(), new Uint8Array(32).fill(3)];
    const keys = await keysOf(a, secret);
    const confused: OpenKeys = { ...keys, context: { ...a, cameraId: fixed('77').cameraId } };
    expect((await open(sealOne(a, secret, fixedUnit), confused)).outcome).toBe('refused');
  });
});

describe('damage: 0 opened', () => {
  test('every bit flip and every truncation', async () => {
    const [context, secret] = [fixed(), new Uint8Array(32).fill(4)];
    const keys = await keysOf(context, secret);
    const frame = sealOne(context, secret, fixedUnit);
    expect((await open(frame, keys)).outcome).toBe('opened');
    for (let bit = 0; bit < 8 * frame.length; bit += 1) {
      const flipped = Uint8Array.from(frame);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect((await open(flipped, keys)).outcome, `bit ${bit}`).toBe('refused');
    }
    for (let length = 0; length < frame.length; length += 1) {
      expect((await open(frame.slice(0, length), keys)).outcome, `length ${length}`).toBe('refused');
    }
    expect((await open(concat(frame, Uint8Array.of(0)), keys)).outcome).toBe('refused');
  });

  test('splices of two frames of one stream, at every place', async () => {
    const [context, secret] = [fixed(), new Uint8Array(32).fill(5)];
    const sealer = new Sealer(context, context.sessionId, nodeSuite);
    sealer.rekey(context.epoch, secret);
    const keys = await keysOf(context, secret);
    const one = sealer.seal(fixedUnit).bytes;
    const two = sealer.seal({ ...fixedUnit, unit: fixedUnit.unit.map((byte) => byte ^ 0xff) }).bytes;
    for (let at = 1; at < one.length; at += 1) {
      for (const spliced of [
        concat(one.subarray(0, at), two.subarray(at)),
        concat(two.subarray(0, at), one.subarray(at)),
      ]) {
        if (toHex(spliced) === toHex(one) || toHex(spliced) === toHex(two)) continue;
        expect((await open(spliced, keys)).outcome, `at ${at}`).toBe('refused');
      }
    }
  });

  test('any bytes, and any bytes behind a good header', async () => {
    const [context, secret] = [fixed(), new Uint8Array(32).fill(6)];
    const keys = await keysOf(context, secret);
    const front = sealOne(context, secret, fixedUnit).subarray(0, 20);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), fc.boolean(), async (junk, behind) => {
        expect((await open(behind ? concat(front, junk) : Uint8Array.from(junk), keys)).outcome).toBe('refused');
      }),
      { numRuns: 300 },
    );
  });
});

describe('sealed by a wrong hand with the right key', () => {
  const context = fixed();
  const secret = new Uint8Array(32).fill(7);
  const sealPlain = (parts: readonly Uint8Array[], flags = 1): Uint8Array<ArrayBuffer> => {
    const keys = deriveSealKeys(context, secret, nodeSuite.hkdf);
    const sframe = concat(Uint8Array.of(0xf0), fromHex(keys.kid));
    const aad = additionalData(sframe, contextBytes(context), { flags, gopCtr: 0 });
    const head = Uint8Array.of(1, 0, flags, 0, 0, 0, 0, 0, 0, 0, 0);
    return concat(head, sframe, ...nodeSuite.aead(keys.key)(frameNonce(keys.salt, 0), aad, parts));
  };
  const refused = async (frame: Uint8Array<ArrayBuffer>) =>
    expect((await open(frame, await keysOf(context, secret))).outcome).toBe('refused');

  test('padding of zeros is taken off, other padding and padding above the rest are refused', async () => {
    const bare = { ...fixedUnit, config: undefined };
    const padded = sealPlain(plainParts(bare, 9));
    expect(await open(padded, await keysOf(context, secret))).toMatchObject({ outcome: 'opened', unit: { length: 8 } });
    const [head, body] = plainParts(bare, 3);
    if (head === undefined || body === undefined) throw new RangeError('plain has two parts');
    await refused(sealPlain([head, body, Uint8Array.of(0, 0, 1)]));
    await refused(sealPlain(plainParts(bare, 0xffff).slice(0, 2)));
    await refused(sealPlain([head, new Uint8Array(3)]));
  });

  test('a config longer than the frame and a plain text too short are refused', async () => {
    await refused(sealPlain([new Uint8Array(16), Uint8Array.of(0xff, 0xff, 1)], 3));
    for (let length = 0; length < 17; length += 1) await refused(sealPlain([new Uint8Array(length)]));
  });
});

test('marks that no frame of that stream has are refused before the cipher', () => {
  const frame = sealOne({ ...fixed(), streamId: STREAM.audio }, new Uint8Array(32), fixedUnit);
  expect(readHeader(frame, STREAM.audio)).toBeDefined();
  const delta = Uint8Array.from(frame);
  delta[2] = 0;
  expect(readHeader(delta, STREAM.audio)).toBeUndefined();
  expect(readHeader(delta, STREAM.main)).toBeUndefined();
  const sealer = new Sealer(fixed(), fixed().sessionId, nodeSuite);
  sealer.rekey(epoch(10), new Uint8Array(32));
  const second =
    [sealer.seal(fixedUnit), sealer.seal({ ...fixedUnit, keyframe: false, config: undefined })][1]?.bytes ??
    new Uint8Array(0);
  expect(readHeader(second, STREAM.main)).toBeDefined();
  const keyframeOfAnother = Uint8Array.from(second);
  keyframeOfAnother[2] = 1;
  expect(readHeader(keyframeOfAnother, STREAM.main)).toBeUndefined();
});

function fixed(byte = '22'): SealContext {
  const id = byte.repeat(16);
  return {
    homeId: homeId(id),
    cameraId: cameraId(id),
    streamId: STREAM.main,
    epoch: epoch(10),
    sessionId: sessionId(byte.repeat(8)),
  };
}

function contextOf(vector: (typeof SEALED_FRAMES)[number]): SealContext {
  return {
    homeId: homeId(vector.homeId),
    cameraId: cameraId(vector.cameraId),
    streamId: vector.streamId,
    epoch: epoch(vector.epoch),
    sessionId: sessionId(vector.sessionId),
  };
}
