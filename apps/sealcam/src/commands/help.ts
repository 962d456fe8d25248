/** `sealcam help [command]`. */
import { settingsHelp } from '../arguments.ts';
import { unknown } from '../settings.ts';
import type { Command } from './command.ts';

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
        terminal.say(`sealcam ${command.name} ${command.usage}\n\n  ${command.help}`);
        for (const value of command.values ?? []) terminal.say(`  --${value} <text>`);
        for (const option of command.options ?? []) terminal.say(`  --${option}`);
        return Promise.resolve(0);
      }
      terminal.say('Sealcam shows your cameras on your displays, and on nobody else’s.\n');
      terminal.say('Usage: sealcam <command> [settings]\n');
      for (const each of [...commands, help]) {
        terminal.say(`  ${`${each.name} ${each.usage}`.padEnd(30)} ${each.help}`);
      }
      terminal.say('\nSettings, as flags, as variables, or in <data>/sealcam.yaml:\n');
      terminal.say(settingsHelp());
      return Promise.resolve(0);
    },
  };
  return help;
}
