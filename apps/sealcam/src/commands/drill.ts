/** `sealcam drill [name …]`: replays of incidents. A process of its own, by its path: no app can import what holds such mistakes. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SealcamError } from '@sealcam/protocol';
import type { Command } from './command.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', '..', '..', 'drills', 'src', 'main.ts');

export const drill: Command = {
  name: 'drill',
  usage: '[name …]',
  help: 'Replays incidents of the past against Sealcam and against a twin that has the mistake; all of them without a name.',
  options: ['quick', 'json'],
  values: ['seed', 'report'],
  run: async ({ words, options, values }) => {
    if (!existsSync(PROGRAM)) throw new SealcamError('config.invalid', 'The drills are not part of this installation.');
    const switches = [...options].map((name) => `--${name}`);
    const valued = [...values].map(([name, value]) => `--${name}=${value}`);
    const child = spawn(process.execPath, [PROGRAM, ...words, ...switches, ...valued], { stdio: 'inherit' });
    // Ctrl-C reaches it by itself; what ends us alone must end it too.
    process.once('SIGTERM', () => child.kill('SIGTERM'));
    return new Promise((done, fail) => {
      child.once('error', fail);
      child.once('close', (code) => done(code ?? 1));
    });
  },
};
