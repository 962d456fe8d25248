/** `<data>/sealcam.yaml`: written with every setting commented out at the first start, and read at each. */
import { SealcamError } from '@sealcam/protocol';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { isSettingName, parseSetting, SETTING_NAMES, settingOf, unknown, type SettingName } from './settings.ts';
import { wrap } from './wrap.ts';

const MAX_BYTES = 256 * 1024;

/** The whole commented file: each setting with its help and its default. docs/guide/settings.md shows the same text. */
export function renderSettingsFile(): string {
  const lines = [
    '# Settings of Sealcam. Take the # away before a line to change it, then start Sealcam anew.',
    '# A flag (--port 9000) or a variable (SEALCAM_PORT=9000) of the same name wins over this file.',
    '',
  ];
  for (const name of SETTING_NAMES) {
    const setting = settingOf(name);
    if (setting.inFile === false) continue;
    lines.push(...wrap(setting.help, 97).map((line) => `# ${line}`));
    if (setting.kind === 'choice') lines.push(`# One of: ${setting.choices.join(', ')}.`);
    lines.push(`#${name}: ${setting.default === undefined ? '' : String(setting.default)}`.trimEnd(), '');
  }
  return lines.join('\n');
}

/** Writes the commented file where there is none yet. */
export async function writeSettingsFile(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, renderSettingsFile(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * @param required whether a missing file is an error (it was named) or an empty one
 * @throws {SealcamError} `config.invalid` with file and line
 */
export async function readSettingsFile(
  path: string,
  required: boolean,
): Promise<Map<SettingName, string | number | boolean>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !required) return new Map();
    throw new SealcamError('config.invalid', `${path} cannot be read (${code ?? 'unknown reason'}).`, { cause: error });
  }
  return parseSettingsFile(text, path);
}

/** @throws {SealcamError} `config.invalid` with file and line */
export function parseSettingsFile(text: string, path: string): Map<SettingName, string | number | boolean> {
  if (text.length > MAX_BYTES) throw new SealcamError('config.invalid', `${path} is too large.`);
  const lineCounter = new LineCounter();
  const document = parsed(text, lineCounter, path);
  const problem = document.errors[0];
  if (problem !== undefined) {
    throw new SealcamError(
      'config.invalid',
      `${path}, line ${lineCounter.linePos(problem.pos[0]).line}: ${problem.message}`,
    );
  }
  // maxAliasCount 0: a settings file has no use for aliases, and nested ones can fill the memory.
  const values = asRecord(() => document.toJS({ maxAliasCount: 0 }) as unknown, path);
  const found = new Map<SettingName, string | number | boolean>();
  for (const [key, value] of Object.entries(values)) {
    const known = SETTING_NAMES.filter((name) => settingOf(name).inFile !== false);
    if (!isSettingName(key) || !known.includes(key)) throw unknown(`${path}: ${key}`, key, known);
    if (value !== null) found.set(key, parseSetting(key, value, `${path}: ${key}`));
  }
  return found;
}

/** What is nested too deeply runs out of stack inside the parser: not a fault of ours, and not its line to tell. */
function parsed(text: string, lineCounter: LineCounter, path: string): ReturnType<typeof parseDocument> {
  try {
    return parseDocument(text, { lineCounter, uniqueKeys: true, prettyErrors: false });
  } catch (error) {
    throw new SealcamError('config.invalid', `${path} cannot be read as settings, each on a line: "port: 8420".`, {
      cause: error,
    });
  }
}

function asRecord(read: () => unknown, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = read() ?? {};
  } catch (error) {
    throw new SealcamError('config.invalid', `${path}: aliases are not taken here.`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SealcamError('config.invalid', `${path} must be a list of settings, each on a line: "port: 8420".`);
  }
  return value as Record<string, unknown>;
}
