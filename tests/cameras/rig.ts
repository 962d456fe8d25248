/**
 * Cameras that no one here wrote, for tests and figures: gst-rtsp-server and VLC as child processes.
 * A rig is one server process with any number of cameras; kill it and the camera dies, stop it (SIGSTOP) and the camera hangs.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface CameraOptions {
  /** 0..255, burnt into the picture as text and barcode (barcode.ts). Default 1. */
  readonly id?: number;
  /** Default 'h264'. mjpeg and vp8 are what Sealcam cannot carry. */
  readonly codec?: 'h264' | 'h265' | 'mjpeg' | 'vp8';
  readonly audio?: 'none' | 'pcmu' | 'pcma' | 'aac' | 'opus';
  readonly auth?: 'none' | 'basic' | 'digest';
  /** What the server lets clients use; another one is answered with 461. Default 'both'. */
  readonly transport?: 'both' | 'tcp' | 'udp';
  /** Default 15. */
  readonly fps?: number;
  /** A multiple of 40, for the barcode. Default 320 x 180. */
  readonly width?: number;
  readonly height?: number;
  /** Frames between keyframes. Default: fps, one a second. */
  readonly gop?: number;
  /** Bits a second. Default: by size. */
  readonly bitrate?: number;
  /** Encode once, loop for ever: for load (H.264 and H.265). Counter and clock in the pixels are then the clip's own, from 0. */
  readonly clip?: boolean;
  /** Port to listen on; default a free one. Give the old one to come back after a kill. */
  readonly port?: number;
  /** Path of the stream. Default `/cam`. */
  readonly path?: string;
  /** rtsps:// with a certificate made for this camera. */
  readonly tls?: boolean;
}

export interface TestCamera {
  /** Without credentials. */
  readonly url: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The server process: its CPU is not ours. */
  readonly pid: number;
  /** The connection stays, no picture comes. */
  mute(on: boolean): void;
  /** The picture changes its size (and its parameter sets) while it runs. Width a multiple of 40. */
  resize(width: number, height: number): void;
  /** SIGKILL: a camera that dies. Resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: a camera that hangs with its sockets open. */
  hang(): void;
  /** SIGCONT. */
  resume(): void;
  /** Ends the process and removes its files. Idempotent. */
  stop(): Promise<void>;
}

const PYTHON = '/usr/bin/python3';
const SCRIPT = path.join(import.meta.dirname, 'gst-camera.py');

export async function startCamera(options: CameraOptions = {}): Promise<TestCamera> {
  const [camera] = await startCameras([options]);
  if (camera === undefined) throw new TypeError('no camera came');
  return camera;
}

/** Many cameras in one process, each with its own port. Killing, hanging or stopping one does it to all. */
export async function startCameras(options: readonly CameraOptions[]): Promise<TestCamera[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealcam-camera-'));
  const cameras = await Promise.all(options.map((each, index) => description(each, index, folder)));
  const child = spawn(PYTHON, [SCRIPT], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, GST_REGISTRY_FORK: 'no' },
  });
  const order = (line: unknown): void => void child.stdin.write(`${JSON.stringify(line)}\n`);
  order({ cameras });
  const ports = await firstPorts(child);
  const lifecycle = childLifecycle(child, folder);
  return cameras.map((camera, index) => ({
    ...lifecycle,
    port: ports[index] ?? 0,
    url: `${camera.certificate === null ? 'rtsp' : 'rtsps'}://127.0.0.1:${ports[index]}${camera.path}`,
    user: camera.user,
    password: camera.password,
    mute: (on) => order({ mute: index, on }),
    resize: (width, height) => order({ resize: index, width, height }),
  }));
}

async function description(options: CameraOptions, index: number, folder: string) {
  const width = options.width ?? 320;
  const height = options.height ?? 180;
  const fps = options.fps ?? 15;
  const tls = options.tls === true ? await makeCertificate(folder, String(index)) : undefined;
  return {
    id: options.id ?? 1,
    codec: options.codec ?? 'h264',
    audio: options.audio ?? 'none',
    auth: options.auth ?? 'none',
    transport: options.transport ?? 'both',
    clip: options.clip ?? false,
    port: options.port ?? 0,
    path: options.path ?? '/cam',
    user: 'household',
    password: 'p@ss/w:rd #1',
    width,
    height,
    fps,
    gop: options.gop ?? fps,
    // 1.5 Mbit/s at 720p15, as the cameras of MEDIA's figures.
    bitrate: options.bitrate ?? Math.max(200_000, Math.round((width * height * fps * 1_500_000) / (1280 * 720 * 15))),
    certificate: tls?.certificate ?? null,
    key: tls?.key ?? null,
  };
}

async function firstPorts(child: ChildProcess): Promise<number[]> {
  const errors: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (errors.length < 100) errors.push(text);
  });
  if (child.stdout === null) throw new TypeError('no stdout');
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) return (JSON.parse(line) as { ports: number[] }).ports;
  throw new Error(`the camera did not start: ${errors.join('').slice(-2000)}`);
}

function childLifecycle(child: ChildProcess, folder: string) {
  const exited = once(child, 'exit');
  child.stdin?.on('error', () => undefined);
  const kill = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await exited;
    }
  };
  return {
    pid: child.pid ?? 0,
    kill,
    hang: (): void => void child.kill('SIGSTOP'),
    resume: (): void => void child.kill('SIGCONT'),
    stop: async (): Promise<void> => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Signed by itself, as cameras do. @returns paths of PEM files inside `folder` */
export async function makeCertificate(folder: string, name: string): Promise<{ certificate: string; key: string }> {
  const certificate = path.join(folder, `${name}.crt`);
  const key = path.join(folder, `${name}.key`);
  const made = spawn(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=camera',
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { stdio: 'ignore' },
  );
  const [code] = (await once(made, 'exit')) as [number | null];
  if (code !== 0) throw new Error('openssl made no certificate');
  return { certificate, key };
}

/** VLC as a camera: H.264, UDP only (SETUP over TCP is answered with 461), no sign-in. One at a time is enough. */
export async function startVlcCamera(): Promise<Pick<TestCamera, 'url' | 'port' | 'pid' | 'kill' | 'stop'>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealcam-vlc-'));
  const clip = path.join(folder, 'clip.ts');
  await makeClip(clip);
  await chmod(folder, 0o777);
  const port = await freePort();
  const child = spawn(
    'cvlc',
    [
      '--no-audio',
      '--loop',
      '--file-caching=100',
      clip,
      '--sout',
      `#rtp{sdp=rtsp://127.0.0.1:${port}/cam}`,
      '--sout-keep',
    ],
    // VLC refuses to run as root: nobody it is, then.
    {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], HOME: folder },
      ...(process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}),
    },
  );
  const url = `rtsp://127.0.0.1:${port}/cam`;
  await untilDescribed(url, port, child);
  return { url, port, ...childLifecycle(child, folder) };
}

async function makeClip(file: string): Promise<void> {
  const made = spawn(
    'ffmpeg',
    [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=320x180:rate=15',
      '-t',
      '10',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-bf',
      '0',
      '-g',
      '15',
      '-f',
      'mpegts',
      file,
    ],
    { stdio: 'ignore' },
  );
  const [code] = (await once(made, 'exit')) as [number | null];
  if (code !== 0) throw new Error('ffmpeg made no clip');
}

/** A port of this machine that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** VLC listens before it has a stream to describe. */
async function untilDescribed(url: string, port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('the camera did not start');
    const socket = net.connect(port, '127.0.0.1');
    const answer = await new Promise<string>((resolve) => {
      socket.setEncoding('latin1');
      socket.once('connect', () =>
        socket.write(`DESCRIBE ${url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n`),
      );
      socket.once('data', (text: string) => resolve(text));
      socket.once('error', () => resolve('')).once('close', () => resolve(''));
    });
    socket.destroy();
    if (/^RTSP\/1\.0 200 [\s\S]*m=video/u.test(answer)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
