/** What was typed after `sealcam`: a command, its words, and settings as flags. */
import { SealcamError } from '@sealcam/protocol';
import {
  environmentName,
  isSettingName,
  parseSetting,
  SETTING_NAMES,
  settingOf,
  unknown,
  type SettingName,
} from './settings.ts';
import { wrap } from './wrap.ts';

export interface Arguments {
  /** Words that are no flags, the command first. */
  readonly words: readonly string[];
  readonly flags: ReadonlyMap<SettingName, string | number | boolean>;
  /** Switches of a command itself, such as `--overwrite`. */
  readonly options: ReadonlySet<string>;
  /** Values of a command itself, such as `--role look`. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * `--name value`, `--name=value`, `--switch`, `--no-switch`; after `--` only words.
 * @param options switches that are not settings
 * @param valued names that are not settings and take a value
 * @throws {SealcamError} `config.invalid` for an unknown flag (with the nearest known), a missing or a wrong value
 */
export function parseArguments(
  typed: readonly string[],
  options: readonly string[],
  valued: readonly string[] = [],
): Arguments {
  const words: string[] = [];
  const flags = new Map<SettingName, string | number | boolean>();
  const chosen = new Set<string>();
  const values = new Map<string, string>();
  const known = [
    ...SETTING_NAMES,
    ...options,
    ...valued,
    ...SETTING_NAMES.filter(isSwitch).map((name) => `no-${name}`),
  ];
  const rest = [...typed];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') return { words: [...words, ...rest], flags, options: chosen, values };
    if (word === '-h') word = '--help';
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      continue;
    }
    const [, name = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (options.includes(name) && inline === undefined) {
      chosen.add(name);
      continue;
    }
    if (valued.includes(name)) {
      const value = inline ?? rest.shift();
      if (value === undefined || value === '') throw new SealcamError('config.invalid', `--${name} must be a text.`);
      values.set(name, value);
      continue;
    }
    const off = name.startsWith('no-') ? name.slice(3) : '';
    if (isSettingName(off) && isSwitch(off) && inline === undefined) flags.set(off, false);
    else if (!isSettingName(name))
      throw unknown(
        word,
        `--${name}`,
        known.map((each) => `--${each}`),
      );
    else flags.set(name, parseSetting(name, inline ?? (isSwitch(name) ? true : rest.shift()), `--${name}`));
  }
  return { words, flags, options: chosen, values };
}

function isSwitch(name: SettingName): boolean {
  return settingOf(name).kind === 'switch';
}

/** What stands for a value in the help. */
const VALUES = {
  ...{ text: ' <text>', path: ' <path>', url: ' <url>', port: ' <port>', list: ' <one,two>' },
  ...{ switch: '', choice: '' },
} as const;

/** The table of settings as `sealcam help` shows it. @param columns of the terminal */
export function settingsHelp(columns: number): string {
  return SETTING_NAMES.map((name) => {
    const setting = settingOf(name);
    const value = VALUES[setting.kind];
    const flag = setting.kind === 'choice' ? ` ${setting.choices.join('|')}` : value;
    const standard = setting.default === undefined ? '' : ` [${String(setting.default)}]`;
    const left = setting.kind === 'switch' ? `--[no-]${name}` : `--${name}${flag}`;
    const about = wrap(`${setting.help}${standard} ${environmentName(name)}`, columns - 6);
    return [`  ${left}`, ...about.map((line) => `      ${line}`)].join('\n');
  }).join('\n');
}

/** @throws {SealcamError} `config.invalid` where more was typed than the command takes */
export function noMoreWords(words: readonly string[], taken: number): void {
  const extra = words[taken];
  if (extra !== undefined) throw new SealcamError('config.invalid', `"${extra}" is one word too many.`);
}
