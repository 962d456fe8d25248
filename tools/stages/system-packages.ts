/** What the tests need of the system: a Chromium, and RTSP servers that no one here wrote. */
import { spawnSync } from 'node:child_process';

export const SYSTEM_PACKAGES = [
  'chromium',
  'ffmpeg',
  'python3-gi',
  'gir1.2-gst-rtsp-server-1.0',
  'gstreamer1.0-rtsp',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-bad',
  'gstreamer1.0-plugins-ugly',
  'gstreamer1.0-libav',
  'vlc-bin',
  'vlc-plugin-base',
  'openssl',
] as const;

/** @returns those that apt says are not installed; all of them where there is no apt */
export function missingPackages(): string[] {
  return SYSTEM_PACKAGES.filter((name) => {
    const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' });
    return status !== 0 || !stdout.startsWith('install ok');
  });
}

/**
 * Installs them where we are root on a Debian or Ubuntu.
 * @returns false when a person must do it; the one line to type was said then
 */
export function ensureSystemPackages(say: (line: string) => void): boolean {
  const missing = missingPackages();
  if (missing.length === 0) return true;
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  const line = `sudo apt-get update && sudo apt-get ${install.join(' ')}`;
  if (process.getuid?.() !== 0) {
    say(`The tests need some programs. Install them, then run npm test again:\n\n  ${line}\n`);
    return false;
  }
  say(`Installing what the tests need: ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-q'],
    ['-q', ...install],
  ]) {
    const { status, error } = spawnSync('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'], env });
    if (status === 0) continue;
    say(
      `apt-get ${args[0] ?? ''} did not succeed${error === undefined ? '' : ` (${error.message})`}. Do it yourself:\n\n  ${line}\n`,
    );
    return false;
  }
  return true;
}
