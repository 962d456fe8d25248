/** File systems of a test's own: disk images on loop devices and small memory disks. Both need root. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @returns why there can be no mounted image here, in words; undefined where there can */
export function loopProblem(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  const folder = mkdtempSync(join(tmpdir(), 'sealcam-loop-'));
  try {
    const image = join(folder, 'try.img');
    makeImage(image, 8);
    const at = mkdtempSync(join(folder, 'at-'));
    mountImage(image, at)();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'no loop devices';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns why there can be no memory disk here; undefined where there can */
export function memoryDiskProblem(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  const folder = mkdtempSync(join(tmpdir(), 'sealcam-tmpfs-'));
  try {
    mountMemory(folder, 1)();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'no tmpfs';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function makeImage(image: string, megabytes: number): void {
  writeFileSync(image, '');
  truncateSync(image, megabytes * 1024 * 1024);
  run('mkfs.ext4', '-q', '-F', image);
}

/** @returns unmount; safe to call twice */
export function mountImage(image: string, at: string): () => void {
  run('mount', '-o', 'loop', image, at);
  return unmounter(at);
}

/** @returns unmount */
export function mountMemory(at: string, megabytes: number): () => void {
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'sealcam-test', at);
  return unmounter(at);
}

export function remount(at: string, how: 'ro' | 'rw'): void {
  run('mount', '-o', `remount,${how}`, at);
}

function unmounter(at: string): () => void {
  let mounted = true;
  return () => {
    if (!mounted) return;
    mounted = false;
    // Lazily where something still looks on: it is gone when that ends.
    if (spawnSync('umount', [at]).status !== 0) run('umount', '-l', at);
  };
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr.trim()}`);
}
