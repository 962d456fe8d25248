/** `sealcam help [command]`. */
import { settingsHelp } from '../arguments.ts';
import { unknown } from '../settings.ts';
import { wrap } from '../wrap.ts';
import type { Command } from './command.ts';

/** Where the words about each command begin. */
const INDENT = 33;

export function helpCommand(commands: readonly Command[]): Command {
  const help: Command = {
    name: 'help',
    usage: '[command]',
    help: 'This.',
    run: ({ terminal, words }) => {
      const about = words[0];
      const command = about === undefined ? undefined : [...commands, help].find((each) => each.name === about);
      if (about !== undefined && command === undefined) {
        throw unknown(
          `The command ${about}`,
          about,
          commands.map((each) => each.name),
        );
      }
      if (command !== undefined) {
        terminal.say(`sealcam ${command.name} ${command.usage}\n`);
        for (const line of wrap(command.help, terminal.columns - 2)) terminal.say(`  ${line}`);
        for (const value of command.values ?? []) terminal.say(`  --${value} <text>`);
        for (const option of command.options ?? []) terminal.say(`  --${option}`);
        return Promise.resolve(0);
      }
      terminal.say('Sealcam shows your cameras on your displays, and on nobody else’s.\n');
      terminal.say('Usage: sealcam <command> [settings]\n');
      for (const each of [...commands, help]) for (const line of entry(each, terminal.columns)) terminal.say(line);
      terminal.say('\nSettings, as flags, as variables, or in <data>/sealcam.yaml:\n');
      terminal.say(settingsHelp(terminal.columns));
      return Promise.resolve(0);
    },
  };
  return help;
}

/** A command in the list of all: what one types on the left, the words beside it, or below where it is long. */
function entry({ name, usage, help }: Command, columns: number): string[] {
  const [typed = '', ...more] = wrap(`${name} ${usage}`, Math.max(columns - 6, 40));
  const about = wrap(help, Math.max(columns - INDENT, 40)).map((line) => ' '.repeat(INDENT) + line);
  const fits = more.length === 0 && typed.length + 2 < INDENT;
  if (fits) return [`  ${typed}`.padEnd(INDENT) + (about[0] ?? '').trimStart(), ...about.slice(1)];
  return [`  ${typed}`, ...more.map((line) => `      ${line}`), ...about];
}
