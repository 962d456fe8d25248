/** How fast frames are sealed, beside what OpenSSL's own AES-256-GCM does on this machine in the same run. */
import { execFileSync } from 'node:child_process';
import { median, type Bench } from '../figure.ts';
import { startChild } from '../process/child.ts';

const SIZES = [2, 10, 100] as const;
const KB = 1024;

/** Bytes of access units sealed a second, on one core. */
async function sealedPerSecond(bytes: number, seconds: number): Promise<number> {
  const child = await startChild('seal-loop.ts', { bytes, seconds });
  await child.close();
  return (child.ready as { readonly bytesPerSecond: number }).bytesPerSecond;
}

/** The same of `openssl speed`: its machine-readable line ends in bytes a second. */
function opensslPerSecond(bytes: number, seconds: number): number {
  const args = ['speed', '-mr', '-seconds', String(seconds), '-bytes', String(bytes), '-evp', 'aes-256-gcm'];
  const out = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const line = out.split('\n').findLast((words) => words.startsWith('+F:'));
  const rate = Number(line?.split(':').at(-1));
  if (!(rate > 0)) throw new TypeError(`openssl speed said nothing: ${out.slice(0, 200)}`);
  return rate;
}

export const sealing: Bench = {
  name: 'sealing',
  about: 'access units sealed, against openssl speed in the same run',
  run: async ({ quick, progress }) => {
    const trials = quick ? 3 : 7;
    const seconds = 1;
    const samples: Record<string, number[]> = {};
    const add = (name: string, value: number): void => void (samples[name] ??= []).push(value);
    for (let trial = 0; trial < trials; trial += 1) {
      progress(`trial ${String(trial + 1)} of ${String(trials)}`);
      for (const size of SIZES) {
        const ours = await sealedPerSecond(size * KB, seconds);
        const theirs = opensslPerSecond(size * KB, seconds);
        add(`sealing-${String(size)}kb`, ours / 1e6);
        add(`sealing-${String(size)}kb-to-openssl`, ours / theirs);
      }
    }
    const figures = SIZES.flatMap((size) => {
      const ratio = `sealing-${String(size)}kb-to-openssl`;
      const speed = `sealing-${String(size)}kb`;
      return [
        { name: speed, value: median(samples[speed] ?? []), unit: 'MB/s', trials },
        {
          name: ratio,
          value: median(samples[ratio] ?? []),
          unit: 'ratio',
          trials,
          ...(size === 100 ? { bar: { least: 0.5 } } : {}),
        },
      ];
    });
    return { figures, samples };
  },
};
