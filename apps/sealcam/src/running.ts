/** What runs on a data folder, and by which settings: told through the control socket, asked by `sealcam doctor`. Never a secret. */
import { decodeReach, encodeReach, SealcamError, type Reach } from '@sealcam/protocol';
import { resolve } from 'node:path';
import type { Invocation } from './commands/command.ts';
import { actControl, askControl, type ControlAnswers } from './control.ts';
import { explain } from './explain.ts';
import { mergeSettings, parseSetting, SETTING_NAMES, settingOf, type SettingName, type Settings } from './settings.ts';

export interface Running {
  /** `up`, `agent` or `relay`. */
  readonly command: string;
  readonly pid: number;
  readonly sinceMs: number;
  /** As it runs: with the port that the system chose, and without what is secret. */
  readonly settings: Settings;
  readonly settingsFile: string;
  /** By which addresses others open its pages. */
  readonly reach: Reach;
}

/** Who answered, if anybody did. `older`: it runs, and does not know the question. `mute`: it is there and gives no answer that can be read. */
export type Asked =
  | { readonly at: 'nobody' }
  | { readonly at: 'older'; readonly command: string }
  | { readonly at: 'mute'; readonly why: string }
  | { readonly at: 'told'; readonly running: Running };

/** Of a process that listens, its port: an agent has none. */
interface Now {
  readonly port?: number;
  readonly reach: Reach;
}

const ACT = 'settings';

/** What the running process answers. @param now asked anew each time, since a certificate that is renewed names other addresses */
export function runningActs(
  command: string,
  { settings, settingsFile }: Pick<Invocation, 'settings' | 'settingsFile'>,
  now: () => Now,
): NonNullable<ControlAnswers['acts']> {
  return {
    [ACT]: () => {
      const { port = settings.port, reach } = now();
      const open = Object.fromEntries(openSettings({ ...settings, port }));
      // timeOrigin is when this process began, by the clock of that moment.
      const since = { pid: process.pid, sinceMs: Math.round(performance.timeOrigin) };
      return Promise.resolve({ command, ...since, settings: open, settingsFile, reach: encodeReach(reach) });
    },
  };
}

export async function askRunning(data: string): Promise<Asked> {
  let command: string | undefined;
  try {
    command = await askControl(data, 'who');
    if (command === undefined) return { at: 'nobody' };
    const told = await actControl(data, ACT, null);
    return told === undefined ? { at: 'nobody' } : { at: 'told', running: readRunning(told) };
  } catch (error) {
    // What a Sealcam says to a question that came after it.
    const isOlder = error instanceof SealcamError && error.code === 'command.refused';
    return isOlder && command !== undefined ? { at: 'older', command } : { at: 'mute', why: explain(error) };
  }
}

/** @throws {SealcamError} `codec.malformed`, `config.invalid` */
function readRunning(told: unknown): Running {
  if (!isRecord(told) || !isRecord(told['settings'])) throw new SealcamError('codec.malformed');
  const { command, pid, sinceMs, settings, settingsFile, reach } = told;
  if (typeof command !== 'string' || typeof settingsFile !== 'string' || typeof reach !== 'string')
    throw new SealcamError('codec.malformed');
  if (!isCount(pid) || !isCount(sinceMs)) throw new SealcamError('codec.malformed');
  const found = new Map<SettingName, string | number | boolean>();
  for (const name of SETTING_NAMES) {
    const value = settings[name];
    // One that is newer than the process that runs is as it is by default.
    if (value !== undefined && settingOf(name).secret !== true) found.set(name, parseSetting(name, value, name));
  }
  return { command, pid, sinceMs, settings: mergeSettings(found), settingsFile, reach: decodeReach(reach) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Up to what a date can be (ECMA-262, 21.4.1.1). */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 8.64e15;
}

/** All that is no secret, with paths that do not hang on the folder in which it was started. */
function openSettings(settings: Settings): (readonly [SettingName, string | number | boolean])[] {
  return SETTING_NAMES.flatMap((name) => {
    const value = settings[name];
    const { kind, secret } = settingOf(name);
    if (value === undefined || secret === true) return [];
    return [[name, kind === 'path' && typeof value === 'string' ? resolve(value) : value] as const];
  });
}

/** The settings in which two runs differ, those that say where the data is aside. @returns names, with the value of each */
export function differences(
  running: Settings,
  ours: Settings,
): { readonly name: SettingName; readonly running: string; readonly ours: string }[] {
  const [theirs, own] = [running, ours].map((each) => new Map(openSettings(each)));
  return SETTING_NAMES.flatMap((name) => {
    const [there, here] = [theirs?.get(name), own?.get(name)];
    if (name === 'data' || name === 'config' || there === here) return [];
    // The system chooses a port for who asks for 0: any is right.
    if (name === 'port' && here === 0) return [];
    return [{ name, running: said(name, there), ours: said(name, here) }];
  });
}

function said(name: SettingName, value: string | number | boolean | undefined): string {
  if (value === undefined) return `no ${name}`;
  return typeof value === 'boolean' ? `${name} ${value ? 'on' : 'off'}` : `${name} ${value}`;
}
