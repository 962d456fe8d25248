import { cameraId, CodecError, epoch, millis, SealcamError, toHex } from '@sealcam/protocol';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeCameraState, encodeCameraState } from './camera-state.ts';
import { decodeCommand, encodeCommand, rolesFor, type Command } from './commands.ts';
import { generateHpkeKeys } from './device-keys.ts';
import {
  GUEST_UNTIL,
  makeHome,
  newDevice,
  nextHead,
  NOW,
  NURSERY,
  PORCH,
  type Device,
  type TestHome,
} from './home.fixture.ts';
import { buildNextRoster } from './next-roster.ts';
import { recoveryKeys } from './recovery.ts';
import { signRoster } from './sign.ts';
import { verifyNext } from './verify-roster.ts';
import type { LookedStream } from './camera-look.ts';
import { decodeReply, encodeReply, isFinal, type Reply } from './replies.ts';
import {
  decodeSealedCommand,
  decodeSealedReply,
  openCommand,
  openReply,
  sealCommand,
  sealReply,
} from './sealed-command.ts';

const COMMANDS: readonly Command[] = [
  { do: 'camera.try', url: 'rtsp://192.168.1.20/stream1', user: 'admin', password: 'pässword', transport: 'tcp' },
  { do: 'camera.try', url: 'rtsp://h/1', user: '', password: '', transport: 'auto', sub: 'rtsp://h/2' },
  { do: 'camera.tryBrand', brand: 'reolink', host: '192.168.1.20', port: 0, channel: 1, user: 'admin', password: '' },
  { do: 'camera.add', tryId: 'ab'.repeat(16), name: 'Porch', room: '' },
  { do: 'camera.add', tryId: 'ab'.repeat(16), name: 'Porch', room: '', model: 'reolink rlc-520a' },
  { do: 'camera.update', cameraId: PORCH, name: 'Front door', room: 'Outside' },
  { do: 'camera.update', cameraId: PORCH, name: 'Front door', room: 'Outside', model: 'tapo c200' },
  { do: 'camera.order', cameraIds: [NURSERY, PORCH] },
  { do: 'camera.privacy', cameraId: NURSERY, on: true },
  { do: 'camera.remove', cameraId: NURSERY },
  { do: 'camera.reconnect', cameraId: NURSERY },
  { do: 'home.rename', name: 'Linden Street' },
  { do: 'agent.status' },
  { do: 'camera.look', cameraId: PORCH },
  { do: 'roster.offer', rosters: [Uint8Array.of(1), new Uint8Array(70_000)] },
  { do: 'recovery.propose', roster: Uint8Array.of(1, 2) },
];

const STREAM: LookedStream = {
  ...{
    which: 'main',
    state: 'live',
    sinceMs: millis(NOW),
    code: '',
    video: 'H.264 High 4.0',
    width: 1920,
    height: 1080,
  },
  ...{ transport: 'TCP', picturesPerMinute: 900, keyframeEveryMs: 2_000, kbitPerSecond: 1_500, overMs: 86_400_000 },
  ...{ pictures: 1_296_000, broken: 1, skipped: 5, lostPackets: 2, strayBytes: 3, goneMs: 4 },
  gone: [{ code: 'rtsp.silent', count: 2 }],
};

const REPLIES: readonly Reply[] = [
  { is: 'step', step: 'signedIn', words: 'Signed in.' },
  { is: 'waiting', words: 'Confirm at the agent.' },
  { is: 'ok' },
  { is: 'failed', code: 'rtsp.password', words: 'Reached 192.168.1.20, but the password was refused.' },
  {
    is: 'still',
    tryId: '0c'.repeat(16),
    codec: 'h265',
    width: 1920,
    height: 1080,
    hasSub: true,
    hasAudio: false,
    notes: ['It sends interlaced pictures.'],
    config: Uint8Array.of(1, 2),
    accessUnit: new Uint8Array(100_000).fill(3),
  },
  { is: 'added', cameraId: PORCH },
  {
    is: 'status',
    version: '0.1.0',
    startedMs: millis(NOW),
    recoveryWaiting: true,
    cameras: [{ cameraId: PORCH, state: 'gone', sinceMs: millis(NOW), code: 'rtsp.silent', host: '192.168.1.20:554' }],
  },
  {
    is: 'look',
    host: '192.168.1.20:554',
    sound: 'AAC 16 kHz',
    places: 'both',
    notes: ['Its clock is not used.', 'It is slow.'],
    streams: [STREAM, { ...STREAM, which: 'sub', state: 'asleep', gone: [], video: '' }],
  },
];

let home: TestHome;
beforeAll(async () => {
  home = await makeHome();
});

const TICKET = new Uint8Array(16).fill(0x5a);

async function sealed(from: Device, command: Command, ticket = TICKET): Promise<Uint8Array> {
  const to = { epoch: epoch(NOW), agentHpkePub: home.agent.hpke.hpkePub };
  return await sealCommand({ head: home.head, keys: from.keys, to, ticket, command });
}

async function opened(from: Device, bytes: Uint8Array, change: { nowMs?: number; hpke?: Device['hpke'] } = {}) {
  const { nowMs = NOW, hpke = home.agent.hpke } = change;
  const at = { head: home.head, hpke, deviceId: from.keys.deviceId, nowMs };
  return await openCommand({ ...at, sealed: decodeSealedCommand(bytes) });
}

describe('commands and replies', () => {
  it('come back from their bytes as they were', () => {
    const renamed: Command = {
      do: 'member.rename',
      deviceId: home.kitchen.keys.deviceId,
      name: 'Kitchen',
      kind: 'display',
    };
    const declared: Command = { ...renamed, declared: { model: 'lenovo tab m10', route: 'fixture' } };
    for (const command of [...COMMANDS, renamed, declared])
      expect(decodeCommand(encodeCommand(command))).toEqual(command);
    for (const reply of REPLIES) expect(decodeReply(encodeReply(reply))).toEqual(reply);
    expect(REPLIES.filter((reply) => !isFinal(reply)).map((reply) => reply.is)).toEqual(['step', 'waiting']);
  });

  it('answer noise, cuts and extra bytes with a codec error', () => {
    fc.assert(
      fc.property(fc.nat(15), fc.uint8Array({ maxLength: 80 }), (kind, noise) => {
        for (const decode of [
          () => decodeCommand(new Uint8Array([kind, ...noise])),
          () => decodeReply(noise),
          () => decodeCameraState(noise),
        ]) {
          try {
            decode();
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        }
      }),
    );
    for (const command of COMMANDS) {
      const bytes = encodeCommand(command);
      expect(() => decodeCommand(new Uint8Array([...bytes, 0]))).toThrow(CodecError);
      expect(() => decodeCommand(bytes.subarray(0, -1))).toThrow(CodecError);
    }
  });

  it('bound what a person can type', () => {
    expect(() => encodeCommand({ do: 'home.rename', name: 'x'.repeat(65) })).toThrow(CodecError);
    expect(() => encodeCommand({ do: 'camera.add', tryId: 'ab', name: '', room: '' })).toThrow(CodecError);
  });

  it('are for admins, but for handing on rosters and recovery', () => {
    const open = COMMANDS.filter((command) => rolesFor(command).some((role) => role !== 'admin')).map(
      (command) => command.do,
    );
    expect(open).toEqual(['roster.offer', 'recovery.propose']);
  });

  it('keep the state of a camera in one small unit', () => {
    for (const state of ['live', 'gone', 'private', 'asleep', 'waiting'] as const) {
      const unit = {
        state,
        sinceMs: millis(NOW),
        everyMs: state === 'waiting' ? 40_000 : 0,
        code: state === 'gone' ? 'rtsp.silent' : '',
      };
      expect(decodeCameraState(encodeCameraState(unit))).toEqual(unit);
    }
    expect(toHex(encodeCameraState({ state: 'gone', sinceMs: millis(258), everyMs: 3, code: 'a' }))).toBe(
      '02000000000000010200000003000161',
    );
  });
});

describe('a sealed command', () => {
  it('reaches the agent whole, and shows nothing of itself on the way', async () => {
    const [command] = COMMANDS;
    if (command?.do !== 'camera.try') throw new Error('first is a try');
    const bytes = await sealed(home.admin, command);
    const result = await opened(home.admin, bytes);
    expect(result).toMatchObject({ command, entry: { role: 'admin' } });
    expect(decodeSealedCommand(bytes)).toMatchObject({ ticket: TICKET, epoch: NOW });
    expect(Buffer.from(bytes).includes(command.password)).toBe(false);
    expect(Buffer.from(bytes).includes(command.url)).toBe(false);
  });

  it('opens under its own ticket and its own bulletin alone, whatever stands in front of it', async () => {
    const bytes = await sealed(home.admin, { do: 'agent.status' });
    const other = new Uint8Array(16).fill(1);
    for (const front of [other, Uint8Array.from([...TICKET, ...new Uint8Array(7), 9])])
      await expect(
        opened(home.admin, Uint8Array.from([...front, ...bytes.subarray(front.length)])),
      ).rejects.toMatchObject({ code: 'command.refused' });
    await expect(sealed(home.admin, { do: 'agent.status' }, other.subarray(1))).rejects.toThrow(CodecError);
  });

  it("counts as its signer's, whatever the relay says", async () => {
    const bytes = await sealed(home.kitchen, { do: 'agent.status' });
    await expect(opened(home.admin, bytes)).rejects.toMatchObject({ code: 'command.refused' });
    await expect(opened(home.kitchen, bytes)).rejects.toMatchObject({ code: 'device.role' });
    await expect(opened(await newDevice(), bytes)).rejects.toMatchObject({ code: 'device.unknown' });
    await expect(opened(home.guest, bytes, { nowMs: GUEST_UNTIL })).rejects.toMatchObject({ code: 'device.expired' });
    await expect(
      opened(home.admin, await sealed(home.admin, { do: 'agent.status' }), { hpke: home.kitchen.hpke }),
    ).rejects.toMatchObject({ code: 'command.refused' });
  });

  it('lets the recovery sheet propose an admin, and do nothing else', async () => {
    const sheet = await recoveryKeys(new Uint8Array(32).fill(7));
    const head = await nextHead(home.head, home.admin.keys, [{ do: 'setRecovery', sigPub: sheet.sigPub }]);
    const fresh = await newDevice();
    const changes = [{ do: 'addDevice', sigPub: fresh.keys.sigPub, role: 'admin', grants: 'all' }] as const;
    const roster = await signRoster(sheet, await buildNextRoster(head, sheet.deviceId, changes));
    const ask = async (command: Command) => {
      const to = { epoch: epoch(NOW), agentHpkePub: home.agent.hpke.hpkePub };
      const bytes = await sealCommand({ head, keys: sheet, to, ticket: TICKET, command });
      const at = { head, hpke: home.agent.hpke, deviceId: sheet.deviceId, nowMs: NOW };
      return (await openCommand({ ...at, sealed: decodeSealedCommand(bytes) })).command;
    };
    const proposed = await ask({ do: 'recovery.propose', roster });
    if (proposed.do !== 'recovery.propose') throw new Error(proposed.do);
    expect(await verifyNext(head, proposed.roster)).toMatchObject({ version: 4, signerRole: 'recovery' });
    await expect(ask({ do: 'camera.privacy', cameraId: PORCH, on: false })).rejects.toMatchObject({
      code: 'device.role',
    });
  });

  it('with any byte changed, or cut, is refused', async () => {
    const bytes = await sealed(home.admin, { do: 'agent.status' });
    for (let i = 0; i < bytes.length; i += 1) {
      const mutant = Uint8Array.from(bytes);
      mutant[i] = (mutant[i] ?? 0) ^ 0x80;
      await expect(opened(home.admin, mutant)).rejects.toThrow(SealcamError);
      await expect(opened(home.admin, bytes.subarray(0, i))).rejects.toThrow(SealcamError);
    }
  });
});

describe('a sealed reply', () => {
  async function reply(change: Partial<Parameters<typeof sealReply>[0]> = {}): Promise<Uint8Array> {
    const to = home.hpkeKeys.get(home.admin.keys.deviceId);
    if (to === undefined) throw new Error('admin has a key');
    return await sealReply({
      head: home.head,
      keys: home.agent.keys,
      to,
      ticket: TICKET,
      n: 3,
      reply: { is: 'ok' },
      ...change,
    });
  }
  async function read(bytes: Uint8Array, due = 0, hpke = [home.admin.hpke]) {
    const { deviceId } = home.admin.keys;
    return await openReply({ head: home.head, deviceId, hpke, due, sealed: decodeSealedReply(bytes) });
  }

  it('says which command it answers, its place among the replies, and whether it is the last', async () => {
    const bytes = await reply();
    expect(decodeSealedReply(bytes)).toMatchObject({ ticket: TICKET, n: 3, keySeq: 1 });
    expect(await read(bytes)).toEqual({ n: 3, final: true, reply: { is: 'ok' } });
    const step: Reply = { is: 'step', step: 'reached', words: 'Reached.' };
    expect(await read(await reply({ n: 0, reply: step }))).toEqual({ n: 0, final: false, reply: step });
  });

  it('of another command, or from another place in the row, does not open as this one', async () => {
    const bytes = await reply();
    const front = (ticket: Uint8Array, n: number) =>
      Uint8Array.from([...ticket, 0, 0, 0, n, ...bytes.subarray(ticket.length + 4)]);
    expect((await read(front(TICKET, 3))).n).toBe(3);
    for (const other of [front(TICKET, 4), front(new Uint8Array(16), 3)])
      await expect(read(other)).rejects.toMatchObject({ code: 'command.refused' });
  });

  it('is read once, by its device, from its agent', async () => {
    const bytes = await reply();
    await expect(read(bytes, 4)).rejects.toMatchObject({ code: 'command.replayed' });
    await expect(read(await reply({ keys: home.kitchen.keys }))).rejects.toMatchObject({ code: 'command.refused' });
    await expect(read(bytes, 0, [await generateHpkeKeys(2)])).rejects.toMatchObject({ code: 'command.refused' });
    expect((await read(bytes, 3, [await generateHpkeKeys(2), home.admin.hpke])).n).toBe(3);
    for (let i = 0; i < bytes.length; i += 3) {
      const mutant = Uint8Array.from(bytes);
      mutant[i] = (mutant[i] ?? 0) ^ 1;
      await expect(read(mutant)).rejects.toThrow(SealcamError);
    }
  });

  it('carries a still of a camera that is tried', async () => {
    const still = REPLIES.find((each) => each.is === 'still');
    if (still === undefined) throw new Error('there is a still');
    expect((await read(await reply({ reply: still }))).reply).toEqual(still);
    const unknown = cameraId('00'.repeat(16));
    expect((await read(await reply({ reply: { is: 'added', cameraId: unknown } }))).reply).toEqual({
      is: 'added',
      cameraId: unknown,
    });
  });
});
