import { cameraId, CodecError, keyId, SealcamError, type StreamId } from '@sealcam/protocol';
import { expect, it } from 'vitest';
import { buildBulletin } from './bulletin.ts';
import { ANNOUNCED, bulletinInput, makeHome, NURSERY, PORCH } from './home.fixture.ts';
import { decodeKeyList, encodeKeyList, MOST_ANNOUNCED_KEYS, sortKeys, verifyKeyList } from './key-list.ts';
import { verifyManifest } from './manifest.ts';

const [porch, still, nursery] = ANNOUNCED as [
  (typeof ANNOUNCED)[number],
  (typeof ANNOUNCED)[number],
  (typeof ANNOUNCED)[number],
];

it('has one spelling, 26 bytes a key id, and none where there is no camera', () => {
  const bytes = encodeKeyList(ANNOUNCED);
  expect(bytes.length).toBe(2 + 26 * ANNOUNCED.length);
  expect(decodeKeyList(bytes)).toEqual(ANNOUNCED);
  expect(encodeKeyList(sortKeys([nursery, still, porch]))).toEqual(bytes);
  expect(decodeKeyList(encodeKeyList([]))).toEqual([]);
});

it.each([
  ['a track twice', [porch, { ...porch, kid: still.kid }]],
  ['a key id twice', [porch, { ...nursery, kid: porch.kid }]],
  ['another order', [nursery, porch]],
  ['a key id that no header can bear', [{ ...porch, kid: keyId('7f'.repeat(8)) }]],
])('refuses %s, on both ways', (_what, keys) => {
  expect(() => encodeKeyList(keys)).toThrow(CodecError);
  expect(() => decodeKeyList(spelled(keys))).toThrow(CodecError);
});

it('holds five streams of as many cameras as a home may have, and not one more', () => {
  const keys = Array.from({ length: MOST_ANNOUNCED_KEYS + 1 }, (_, n) => ({
    cameraId: cameraId(
      Math.floor(n / 5)
        .toString(16)
        .padStart(32, '0'),
    ),
    streamId: (n % 5) as StreamId,
    kid: keyId(`8${n.toString(16).padStart(15, '0')}`),
  }));
  expect(decodeKeyList(encodeKeyList(keys.slice(0, -1)))).toHaveLength(1280);
  expect(() => encodeKeyList(keys)).toThrow(CodecError);
  expect(() => decodeKeyList(spelled(keys))).toThrow(CodecError);
});

it('belongs to the one manifest that signs its hash', async () => {
  const home = await makeHome();
  const { manifest, keys } = await buildBulletin(bulletinInput(home));
  const verified = await verifyManifest(home.head, manifest);
  expect(await verifyKeyList(verified, keys)).toEqual(ANNOUNCED);
  const other = encodeKeyList([{ cameraId: PORCH, streamId: 0, kid: keyId('aa'.repeat(8)) }]);
  for (const wrong of [other, keys.subarray(0, -1), new Uint8Array()])
    await expect(verifyKeyList(verified, wrong)).rejects.toMatchObject({ code: 'bulletin.invalid' });
  await expect(buildBulletin(bulletinInput(home, { announced: [porch, porch] }))).rejects.toBeInstanceOf(SealcamError);
  expect(NURSERY > PORCH).toBe(true);
});

function spelled(keys: typeof ANNOUNCED): Uint8Array {
  const item = ({ cameraId: camera, streamId, kid }: (typeof ANNOUNCED)[number]): string =>
    `${camera}${streamId.toString(16).padStart(4, '0')}${kid}`;
  return Buffer.from(keys.length.toString(16).padStart(4, '0') + keys.map(item).join(''), 'hex');
}
