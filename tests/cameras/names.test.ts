/** A camera by its name in this network (`.local`), and by an address that is of one link alone. Both need a network that has them. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { parseCameraAddress, tryCamera } from '@sealcam/agent/cameras';
import { afterEach, describe, expect, test } from 'vitest';
import { startOdd } from './odd-camera.ts';
import { startTunnel } from './tunnel-camera.ts';
import { watching } from './watching.ts';

const cleanup: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of cleanup.splice(0).reverse()) await each();
});

const links = Object.entries(networkInterfaces()).flatMap(([name, infos = []]) =>
  infos.filter(({ internal }) => !internal).map(({ address, family }) => ({ name, address, family })),
);
const v4 = links.find(({ family }) => family === 'IPv4');
const linkLocal = links.find(({ address }) => address.startsWith('fe80:'));

/** A camera that is reached at an address of this machine. @returns its port */
async function cameraAt(host: string, heads: string[] = []): Promise<number> {
  const inner = await startOdd();
  cleanup.push(() => inner.stop());
  const server = net.createServer((socket) => {
    const to = net.connect(Number(new URL(inner.url).port), '127.0.0.1');
    socket.on('data', (bytes) => heads.push(bytes.toString('latin1')));
    socket.on('error', () => undefined).on('close', () => to.destroy());
    to.on('error', () => undefined).on('close', () => socket.destroy());
    socket.pipe(to).pipe(socket);
  });
  server.listen(0, host);
  await once(server, 'listening');
  cleanup.push(() => void server.close());
  return (server.address() as net.AddressInfo).port;
}

describe.skipIf(linkLocal === undefined)('an address of one link (needs one of this machine)', () => {
  const zoned = `${linkLocal?.address ?? ''}%${linkLocal?.name ?? ''}`;

  test.each(['%', '%25'])('with its zone behind %j: a picture, and the zone is never sent', async (sign) => {
    const heads: string[] = [];
    const port = await cameraAt(zoned, heads);
    const outcome = await tryCamera(
      parseCameraAddress(`rtsp://[${zoned.replace('%', sign)}]:${port}/cam`).address,
      undefined,
    );
    expect(outcome).toMatchObject({ ok: true, transport: 'tcp' });
    expect(heads.join('')).toContain(`DESCRIBE rtsp://[${linkLocal?.address ?? ''}]:${port}/cam `);
    expect(heads.join('')).not.toContain('%');
  });

  test('inside a tunnel: a picture, and the zone is never sent', async () => {
    const inner = await startOdd();
    const camera = await startTunnel(inner.url, { listen: { host: zoned, port: 0 } });
    cleanup.push(
      () => inner.stop(),
      () => camera.stop(),
    );
    const url = `http://[${zoned}]:${camera.port}/cam`;
    expect(await tryCamera(parseCameraAddress(url).address, undefined)).toMatchObject({ ok: true });
    expect(camera.heads.join('')).not.toContain('%');
  });

  test('without its zone: the words say what is missing', async () => {
    const outcome = await tryCamera(parseCameraAddress('rtsp://[fe80::5ea1]/cam').address, undefined);
    expect(outcome).toMatchObject({ ok: false, code: 'rtsp.unreachable' });
    expect(outcome.ok ? '' : outcome.words).toContain('[fe80::5ea1%eth0]');
  });
});

/** Says `say(question)` for each question that comes by multicast. */
async function responder(say: (question: Buffer) => Buffer | undefined, port = 5353): Promise<() => number> {
  let asked = 0;
  const [listening, answering] = [
    dgram.createSocket({ type: 'udp4', reuseAddr: true }),
    dgram.createSocket({ type: 'udp4', reuseAddr: true }),
  ];
  listening.bind(5353, () => listening.addMembership('224.0.0.251', v4?.address));
  answering.bind(port, v4?.address);
  await Promise.all([once(listening, 'listening'), once(answering, 'listening')]);
  listening.on('message', (question, { port: to, address }) => {
    asked += 1;
    const answer = say(question);
    if (answer !== undefined) answering.send(answer, to, address);
  });
  cleanup.push(() => {
    listening.close();
    answering.close();
  });
  return () => asked;
}

/** With the number of the question and one address. */
function answerTo(question: Buffer, name: string, address: string): Buffer {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  const data = address.split('.').map(Number);
  const head = [0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
  return Buffer.from([...question.subarray(0, 2), ...head, ...labels, 0, 0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4, ...data]);
}

describe.skipIf(v4 === undefined)('a name of this network (needs one of IPv4)', () => {
  const own = v4?.address ?? '';

  test('that the system does not know is asked for: a picture', async () => {
    const port = await cameraAt(own);
    await responder((question) => answerTo(question, 'sealcam-test.local', own));
    const watched = watching({ url: `rtsp://Sealcam-Test.local:${port}/cam` });
    cleanup.push(() => watched.stop());
    const [unit] = await watched.nextUnits('video', 3);
    expect(unit).toMatchObject({ keyframe: true });
  });

  test('is asked for again where the first question is lost', async () => {
    const port = await cameraAt(own);
    let count = 0;
    await responder((question) => (++count === 1 ? undefined : answerTo(question, 'sealcam-lost.local', own)));
    const outcome = await tryCamera(parseCameraAddress(`rtsp://sealcam-lost.local.:${port}/cam`).address, undefined);
    expect(outcome.ok).toBe(true);
  });

  test.each<[string, (question: Buffer) => Buffer | undefined, number]>([
    ['nobody answers to', () => undefined, 5353],
    ['another name answers for', (question) => answerTo(question, 'other.local', own), 5353],
    ['is said to be in another network', (question) => answerTo(question, 'sealcam-none.local', '203.0.113.9'), 5353],
    [
      'is said to be on this machine’s loopback',
      (question) => answerTo(question, 'sealcam-none.local', '127.0.0.1'),
      5353,
    ],
    ['is answered from another port', (question) => answerTo(question, 'sealcam-none.local', own), 0],
    ['is answered with nonsense', (question) => question.subarray(0, 2), 5353],
  ])('that %s: the words name it', async (_what, say, port) => {
    const asked = await responder(say, port);
    const { address } = parseCameraAddress('rtsp://sealcam-none.local/cam');
    expect(await tryCamera(address, undefined)).toMatchObject({
      ok: false,
      code: 'rtsp.unreachable',
      words:
        'No device in this network answers to the name sealcam-none.local. Check the name, or enter the address in numbers.',
    });
    expect(asked()).toBeGreaterThanOrEqual(1);
  });
});
