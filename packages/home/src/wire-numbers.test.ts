/**
 * Numbers that stand in stored and sent bytes, and the bounds that both ends have. An encoder and a decoder that change together agree with each
 * other and with no home that there is: here the numbers are written down once more.
 */
import { cameraId, CodecError, deviceId, epoch, millis, Writer, type ErrorCode } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { decodeCameraState, encodeCameraState, type CameraStateName } from './camera-state.ts';
import { decodeCommand, encodeCommand, type Command } from './commands.ts';
import { FLOOR_AHEAD_MS, FLOOR_REACH_MS } from './floor.ts';
import { hpkeSeal } from './hpke.ts';
import { ANNOUNCED_KEY_BYTES } from './key-list.ts';
import { MEMBER_KIND, VIDEO_CODEC, writeKind, writeNames, type MemberKind } from './names.ts';
import { isLocked, joinDigits, LOCK_MS, NO_TRIES } from './pairing-digits.ts';
import { encodePairingMessage, PAIRING_NONCE_BYTES, type PairingMessage } from './pairing-messages.ts';
import { SAS_DIGITS } from './pairing-sas.ts';
import { PAIRING_MS } from './pairing.ts';
import { RECEIPT_RANGES, RECEIPT_REFUSED } from './receipt.ts';
import { encodeReply, type Reply } from './replies.ts';
import { REFUSAL_REASON, type RefusalReason } from './report.ts';
import { writeRoute } from './route.ts';

const camera = cameraId('c'.repeat(32));
const device = deviceId('d'.repeat(32));
const first = (bytes: Uint8Array): number | undefined => bytes[0];
const one = (write: (writer: Writer) => unknown): number | undefined => {
  const writer = new Writer();
  write(writer);
  return first(writer.finish());
};

describe('numbers on the wire', () => {
  it.each<[number, Command]>([
    [1, { do: 'camera.try', url: 'rtsp://h/x', user: '', password: '', transport: 'auto' }],
    [2, { do: 'camera.tryBrand', brand: 'b', host: 'h', port: 0, channel: 1, user: '', password: '' }],
    [3, { do: 'camera.add', tryId: 'a'.repeat(32), name: 'n', room: '' }],
    [4, { do: 'camera.update', cameraId: camera, name: 'n', room: '' }],
    [5, { do: 'camera.order', cameraIds: [camera] }],
    [6, { do: 'camera.privacy', cameraId: camera, on: true }],
    [7, { do: 'camera.remove', cameraId: camera }],
    [8, { do: 'camera.reconnect', cameraId: camera }],
    [9, { do: 'home.rename', name: 'n' }],
    [10, { do: 'member.rename', deviceId: device, name: 'n', kind: 'display' }],
    [11, { do: 'agent.status' }],
    [12, { do: 'roster.offer', rosters: [] }],
    [13, { do: 'recovery.propose', roster: new Uint8Array(200) }],
    [14, { do: 'camera.look', cameraId: camera }],
  ])('of commands: %i', (code, command) => {
    expect(first(encodeCommand(command))).toBe(code);
  });

  it.each<[number, number, Reply]>([
    [1, 0, { is: 'step', step: 'reached', words: '' }],
    [2, 0, { is: 'waiting', words: '' }],
    [3, 1, { is: 'ok' }],
    [4, 1, { is: 'failed', code: 'internal', words: '' }],
    [
      ...([5, 1] as const),
      {
        ...{
          is: 'still',
          tryId: 'a'.repeat(32),
          codec: 'h264',
          width: 1,
          height: 1,
          hasSub: false,
          hasAudio: false,
          notes: [],
        },
        ...{ config: new Uint8Array(), accessUnit: new Uint8Array() },
      },
    ],
    [6, 1, { is: 'added', cameraId: camera }],
    [7, 1, { is: 'status', version: '1', startedMs: millis(1), recoveryWaiting: false, cameras: [] }],
    [8, 1, { is: 'look', host: '', streams: [], sound: '', places: 'unknown', notes: [] }],
  ])('of replies: %i, final %i', (code, final, reply) => {
    expect([...encodeReply(reply).subarray(0, 2)]).toEqual([code, final]);
  });

  it('of the steps of a try', () => {
    const steps = ['reached', 'rtsp', 'signedIn', 'streamFound', 'picture'] as const;
    expect(steps.map((step) => encodeReply({ is: 'step', step, words: '' })[2])).toEqual([1, 2, 3, 4, 5]);
  });

  it('of states, kinds, codecs and reasons', () => {
    const states: readonly CameraStateName[] = ['live', 'gone', 'private', 'asleep', 'waiting'];
    expect(
      states.map((state) => first(encodeCameraState({ state, sinceMs: millis(1), everyMs: 0, code: '' }))),
    ).toEqual([1, 2, 3, 4, 5]);
    const kinds: readonly MemberKind[] = ['display', 'phone', 'browser', 'agent'];
    expect(kinds.map((kind) => one((writer) => MEMBER_KIND.write(writer, kind)))).toEqual([1, 2, 3, 4]);
    expect(kinds.map((kind) => one((writer) => writeKind(writer, { kind, model: '', route: 'sealed' })))).toEqual([
      1, 2, 3, 4,
    ]);
    expect(kinds.map((kind) => one((writer) => writeKind(writer, { kind, model: 'm', route: 'sealed' })))).toEqual([
      0x81, 0x82, 0x83, 0x84,
    ]);
    expect((['h264', 'h265'] as const).map((codec) => one((writer) => VIDEO_CODEC.write(writer, codec)))).toEqual([
      1, 2,
    ]);
    const reasons: readonly RefusalReason[] = ['malformed', 'foreign', 'unknown', 'broken', 'replayed', 'stray'];
    expect(reasons.map((reason) => one((writer) => REFUSAL_REASON.write(writer, reason)))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('of routes to assistants', () => {
    const bytes = (length: number): Uint8Array => new Uint8Array(length);
    const named = { routeId: bytes(16), linkId: bytes(16), linkKeyHash: bytes(32), cameras: [], notAfterMs: millis(0) };
    const kinds = ['google', 'alexa', 'homekit', 'matter', 'whep'] as const;
    const numbers = kinds.map((kind) => {
      const writer = new Writer();
      writeRoute(writer, { ...named, kind });
      return writer.finish()[16];
    });
    expect(numbers).toEqual([1, 2, 3, 4, 5]);
  });

  it('of what a camera is, in the names of a home', () => {
    const flagsOf = (set: object): number | undefined => {
      const writer = new Writer();
      const plain = { private: false, hasSub: false, hasAudio: false, demo: false };
      const bare = { cameraId: camera, name: '', room: '', order: 0, mainCodec: 'h264', model: '' } as const;
      writeNames(writer, {
        ...{ homeName: '', members: [], recoveryUsedAtMs: millis(0) },
        cameras: [{ ...bare, ...plain, ...set }],
      });
      const none = new Writer();
      writeNames(none, {
        homeName: '',
        members: [],
        recoveryUsedAtMs: millis(0),
        cameras: [{ ...bare, ...plain }],
      });
      const [with_, without] = [writer.finish(), none.finish()];
      const at = with_.findIndex((byte, i) => byte !== without[i]);
      return (with_[at] ?? 0) - (without[at] ?? 0);
    };
    expect([{ private: true }, { hasSub: true }, { hasAudio: true }, { demo: true }].map(flagsOf)).toEqual([
      1, 2, 4, 8,
    ]);
  });

  it.each<[number, PairingMessage]>([
    [2, { is: 'chain', rosters: [] }],
    [4, { is: 'commit', commitment: new Uint8Array(32) }],
    [7, { is: 'press', signature: new Uint8Array(64) }],
    [8, { is: 'welcome', rosters: [] }],
    [9, { is: 'failed', code: 'pair.refused' }],
  ])('of pairing: %i', (code, message) => {
    expect(first(encodePairingMessage(message))).toBe(code);
  });
});

describe('bounds that both ends have', () => {
  it('are the ones that are written down', () => {
    expect([SAS_DIGITS, PAIRING_NONCE_BYTES, ANNOUNCED_KEY_BYTES]).toEqual([6, 16, 26]);
    expect([PAIRING_MS, LOCK_MS]).toEqual([300_000, 600_000]);
    expect([RECEIPT_RANGES, RECEIPT_REFUSED]).toEqual([512, 64]);
    expect([FLOOR_REACH_MS, FLOOR_AHEAD_MS]).toEqual([2_592_000_000, 3_153_600_000_000]);
  });

  it.each<[string, number, (text: string) => Command]>([
    ['url', 2048, (url) => ({ do: 'camera.try', url, user: '', password: '', transport: 'auto' })],
    ['sub', 2048, (sub) => ({ do: 'camera.try', url: '', user: '', password: '', transport: 'auto', sub })],
    ['user', 256, (user) => ({ do: 'camera.try', url: '', user, password: '', transport: 'auto' })],
    ['password', 256, (password) => ({ do: 'camera.try', url: '', user: '', password, transport: 'auto' })],
    ['brand', 64, (brand) => ({ do: 'camera.tryBrand', brand, host: '', port: 0, channel: 1, user: '', password: '' })],
    ['host', 256, (host) => ({ do: 'camera.tryBrand', brand: '', host, port: 0, channel: 1, user: '', password: '' })],
  ])('of a command: %s', (_field, most, made) => {
    expect(decodeCommand(encodeCommand(made('x'.repeat(most))))).toEqual(made('x'.repeat(most)));
    expect(() => encodeCommand(made('x'.repeat(most + 1)))).toThrow(CodecError);
  });

  it.each<[string, number, (text: string) => Reply]>([
    ['words', 512, (words) => ({ is: 'waiting', words })],
    ['note', 512, (note) => ({ is: 'look', host: '', streams: [], sound: '', places: 'one', notes: [note] })],
    ['sound', 64, (sound) => ({ is: 'look', host: '', streams: [], sound, places: 'both', notes: [] })],
    ['code', 64, (code) => ({ is: 'failed', code: code as ErrorCode, words: '' })],
    [
      'version',
      64,
      (version) => ({ is: 'status', version, startedMs: millis(0), recoveryWaiting: false, cameras: [] }),
    ],
  ])('of a reply: %s', (_field, most, made) => {
    expect(encodeReply(made('x'.repeat(most))).length).toBeGreaterThan(most);
    expect(() => encodeReply(made('x'.repeat(most + 1)))).toThrow(CodecError);
  });

  it('of the codes in a camera’s state and in a pairing that failed', () => {
    const state = (code: string) => ({ state: 'gone', sinceMs: millis(1), everyMs: 0, code }) as const;
    expect(decodeCameraState(encodeCameraState(state('x'.repeat(64)))).code).toHaveLength(64);
    expect(() => encodeCameraState(state('x'.repeat(65)))).toThrow(CodecError);
    const failed = (code: string): PairingMessage => ({ is: 'failed', code: code as ErrorCode });
    expect(encodePairingMessage(failed('x'.repeat(64))).length).toBeGreaterThan(64);
    expect(() => encodePairingMessage(failed('x'.repeat(65)))).toThrow(CodecError);
  });
});

describe('refusals', () => {
  it('nothing is sealed to what is no key, and it is said so', async () => {
    await expect(hpkeSeal(new Uint8Array(65).fill(4), new Uint8Array(), new Uint8Array(3))).rejects.toMatchObject({
      code: 'internal',
    });
  });

  it('who has not typed wrong digits yet is not locked, at any time', () => {
    expect(NO_TRIES).toEqual({ wrong: 0, lockedUntilMs: 0 });
    expect(isLocked(NO_TRIES, 0)).toBe(false);
    const locked = { wrong: 0, lockedUntilMs: 10 };
    const input = { keys: {} as never, mailboxId: 'm' as never, home: { epoch: epoch(1) } as never };
    expect(joinDigits({ ...input, tries: locked, nowMs: 9 })).toEqual({ at: 'failed', code: 'pair.locked' });
    expect(joinDigits({ ...input, tries: locked, nowMs: 10 }).at).toBe('waiting');
  });
});
