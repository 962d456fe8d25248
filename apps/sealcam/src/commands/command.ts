/** What each command is made of, and what it is handed. */
import type { Settings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

export interface Command {
  readonly name: string;
  /** What follows the name: `<file>`, or nothing. */
  readonly usage: string;
  /** One line of help. */
  readonly help: string;
  /** Switches of its own, without the dashes. */
  readonly options?: readonly string[];
  /** Names of its own that take a value, without the dashes. */
  readonly values?: readonly string[];
  /** @returns the exit code; errors are thrown, and told in words by `runCommand` */
  run(invocation: Invocation): Promise<number>;
}

export interface Invocation {
  readonly settings: Settings;
  /** Where the settings file is or would be. */
  readonly settingsFile: string;
  /** The words after the command. */
  readonly words: readonly string[];
  /** Those of the command's own switches that were given. */
  readonly options: ReadonlySet<string>;
  /** Those of the command's own values that were given. */
  readonly values: ReadonlyMap<string, string>;
  readonly terminal: Terminal;
}
