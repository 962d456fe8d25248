/** From what was typed to an exit code: words for every error, never a stack. */
import { SealcamError } from '@sealcam/protocol';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command, Invocation } from './commands/command.ts';
import { helpCommand } from './commands/help.ts';
import { version } from './commands/version.ts';
import { runCommand } from './run-command.ts';
import type { Terminal } from './terminal.ts';

let data: string;
let said: string[];
let noted: string[];
let invocations: Invocation[];
const terminal: Terminal = {
  say: (line = '') => void said.push(line),
  note: (line) => void noted.push(line),
  progress: () => ({ done: () => undefined }),
  watched: false,
  columns: 80,
};
const up: Command = {
  name: 'up',
  usage: '',
  help: 'starts',
  options: ['twice'],
  run: (invocation) => {
    invocations.push(invocation);
    return Promise.resolve(0);
  },
};
const failing: Command = {
  name: 'restore',
  usage: '',
  help: 'fails',
  run: () => Promise.reject(new SealcamError('store.full', '/data')),
};
const commands = [up, failing, version, helpCommand([up, failing, version])];
const run = (...typed: string[]): Promise<number> => runCommand(commands, typed, { SEALCAM_DATA: data }, terminal);

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sealcam-run-'));
  [said, noted, invocations] = [[], [], []];
});
afterEach(() => rm(data, { recursive: true }));

describe('a command', () => {
  it('gets its words, its own switches, and the settings of flag, environment and file together', async () => {
    await writeFile(join(data, 'sealcam.yaml'), 'port: 9000\nhost: 10.0.0.1\n');
    expect(await run('up', 'now', '--twice', '--host', '0.0.0.0')).toBe(0);
    const { words, options, settings, settingsFile } = invocations[0]!;
    expect([words, [...options], settings.port, settings.host, settings.data]).toEqual([
      ['now'],
      ['twice'],
      9000,
      '0.0.0.0',
      data,
    ]);
    expect(settingsFile).toBe(join(data, 'sealcam.yaml'));
  });

  it('that is unknown is refused with the nearest, and nothing else runs', async () => {
    expect(await run('restor')).toBe(1);
    expect(noted).toEqual(['sealcam: The command restor is not known. Did you mean restore? (config.invalid)']);
  });

  it('that fails says words and code on standard error, and exits with 1', async () => {
    expect(await run('restore')).toBe(1);
    expect([said, noted]).toEqual([[], ['sealcam: The disk is full. /data (store.full)']]);
  });

  it('does not take the switch of another', async () => {
    expect(await run('restore', '--twice')).toBe(1);
    expect(noted[0]).toContain('sealcam restore has no --twice');
  });

  it('does not start with a settings file that is not valid, nor without one that was named', async () => {
    await writeFile(join(data, 'sealcam.yaml'), 'prot: 9000\n');
    expect(await run('up')).toBe(1);
    expect(noted[0]).toContain('Did you mean port?');
    expect(await run('up', '--config', join(data, 'other.yaml'))).toBe(1);
    expect(invocations).toEqual([]);
  });
});

describe('help and version', () => {
  it('answer whatever is wrong with the settings', async () => {
    await writeFile(join(data, 'sealcam.yaml'), '{{{');
    expect(await run('help')).toBe(0);
    expect(await run('--help')).toBe(0);
    expect(await run('up', '--help')).toBe(0);
    expect(await run('--version')).toBe(0);
    expect(said.at(-1)).toMatch(/^sealcam \d+\.\d+\.\d+ \(node v\d+/);
    expect(said.join('\n')).toContain('--[no-]demo');
  });

  it('fit the terminal, and are about the command that was named', async () => {
    expect(await run('help')).toBe(0);
    expect(said.join('\n').split('\n')).not.toContainEqual(expect.stringMatching(/^.{81}/u));
    said = [];
    expect(await run('restore', '--help')).toBe(0);
    expect(said.join('\n')).toMatch(/^sealcam restore\b/u);
    expect(said.join('\n')).not.toContain('--[no-]demo');
  });
});
