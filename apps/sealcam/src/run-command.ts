/** From what was typed to a command that runs, and from whatever it throws to words and an exit code. */
import { SealcamError } from '@sealcam/protocol';
import { join, resolve } from 'node:path';
import { parseArguments } from './arguments.ts';
import type { Command } from './commands/command.ts';
import { explain } from './explain.ts';
import { readSettingsFile } from './settings-file.ts';
import { mergeSettings, settingsFromEnvironment, unknown, type Settings } from './settings.ts';
import type { Terminal } from './terminal.ts';

/**
 * @param typed everything after `sealcam`
 * @returns the exit code: 0, or 1 after an error that was told in words with its code
 */
export async function runCommand(
  commands: readonly Command[],
  typed: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<number> {
  try {
    // A name may be a switch of one command and take a value in another: then the command that is meant says which.
    const meant = commands.find(
      ({ name }) => name === typed.find((word) => commands.some((each) => each.name === word)),
    );
    const own = commands.flatMap((command) => command.options ?? []).filter((name) => !meant?.values?.includes(name));
    const valued = commands
      .flatMap((command) => command.values ?? [])
      .filter((name) => !meant?.options?.includes(name));
    const { words, flags, options, values } = parseArguments(typed, [...own, 'help', 'version'], valued);
    const name = options.has('help') ? 'help' : options.has('version') ? 'version' : (words[0] ?? 'help');
    const command = commands.find((each) => each.name === name);
    if (command === undefined)
      throw unknown(
        `The command ${name}`,
        name,
        commands.map((each) => each.name),
      );
    for (const option of [...options, ...values.keys()]) {
      if (!['help', 'version', ...(command.options ?? []), ...(command.values ?? [])].includes(option)) {
        throw new SealcamError('config.invalid', `sealcam ${name} has no --${option}.`);
      }
    }
    // `sealcam suspend --help` is about suspend.
    const asked = options.has('help') && meant !== undefined ? [meant.name] : [];
    const rest = options.has('help') || options.has('version') ? asked : words.slice(1);
    // Help and version must answer whatever is wrong with the settings.
    const { settings, settingsFile } = ['help', 'version'].includes(name)
      ? { settings: mergeSettings(flags), settingsFile: '' }
      : await gatherSettings(flags, env);
    return await command.run({ settings, settingsFile, words: rest, options, values, terminal });
  } catch (error) {
    terminal.note(`sealcam: ${explain(error)}`);
    return 1;
  }
}

async function gatherSettings(
  flags: ReturnType<typeof parseArguments>['flags'],
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ settings: Settings; settingsFile: string }> {
  const fromEnv = settingsFromEnvironment(env);
  const early = mergeSettings(flags, fromEnv);
  const settingsFile = resolve(early.config ?? join(early.data, 'sealcam.yaml'));
  const fromFile = await readSettingsFile(settingsFile, early.config !== undefined);
  const merged = mergeSettings(flags, fromEnv, fromFile);
  return { settings: { ...merged, data: resolve(merged.data) }, settingsFile };
}
