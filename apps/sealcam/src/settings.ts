/**
 * Every setting, once: this table makes the flags (`--tls-key`), the environment (`SEALCAM_TLS_KEY`), the keys of
 * `<data>/sealcam.yaml` (`tls-key`), the help and the commented file itself. A flag beats the environment, which beats the file.
 */
import { SealcamError } from '@sealcam/protocol';
import { nearest } from './nearest.ts';

type Shape =
  | { readonly kind: 'text' | 'path' | 'url' | 'list'; readonly default?: string }
  | { readonly kind: 'port'; readonly default: number }
  | { readonly kind: 'switch'; readonly default: boolean }
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly default: string };

/** `inFile: false` for what must be known before the file is found; `secret` is never printed. */
type Setting = Shape & { readonly help: string; readonly inFile?: false; readonly secret?: true };

export const SETTINGS = {
  data: {
    kind: 'path',
    default: './data',
    inFile: false,
    help: 'Folder of everything Sealcam keeps: members, cameras, the ledger, certificates.',
  },
  config: { kind: 'path', inFile: false, help: 'The settings file, unless it is <data>/sealcam.yaml.' },
  host: {
    kind: 'text',
    default: '127.0.0.1',
    help: 'Address to listen on. 127.0.0.1 is this machine alone, 0.0.0.0 the whole network (use tls with it).',
  },
  port: {
    kind: 'port',
    default: 8420,
    help: 'Port of the pages and sockets. With tls local, port + 1 explains the certificate.',
  },
  tls: {
    kind: 'choice',
    choices: ['none', 'local', 'files'],
    default: 'none',
    help: 'none: plain HTTP, for this machine or behind a proxy that has a certificate. local: a certificate authority of your own. files: yours.',
  },
  'tls-key': { kind: 'path', help: 'Private key (PEM), with tls files.' },
  'tls-cert': { kind: 'path', help: 'Certificate chain (PEM), with tls files.' },
  url: {
    kind: 'url',
    help: 'Address that browsers open, where it is not made of host and port: https://cams.example.',
  },
  name: {
    kind: 'list',
    help: 'More names or addresses by which browsers and agents reach it, apart with commas: cams.example, 203.0.113.7. Its own machine’s, the certificate’s and that of url are known. Any other is refused (421).',
  },
  proxy: {
    kind: 'list',
    help: 'Addresses of proxies in front of it, apart with commas: 127.0.0.1, 10.0.0.0/8. They say whom they speak for, nobody else is believed. Without it all who come through one count as one.',
  },
  'proxy-speaks': {
    kind: 'choice',
    choices: ['forwarded-for', 'proxy-protocol'],
    default: 'forwarded-for',
    help: 'How those proxies say it: the header X-Forwarded-For, or the PROXY protocol (versions 1 and 2).',
  },
  allowance: {
    kind: 'choice',
    choices: ['1', '4', '16', '64'],
    default: '1',
    help: 'How many times the usual a home may send a relay that is not pictures: keys, rows of the ledger, receipts.',
  },
  demo: { kind: 'switch', default: true, help: 'The demo camera.' },
  relay: { kind: 'url', help: 'The relay that `sealcam agent` dials: wss://relay.example.' },
  trust: { kind: 'path', help: 'Certificate authority (PEM) of that relay, where it has one of its own.' },
  invite: { kind: 'text', secret: true, help: 'One-use code with which a new home joins that relay.' },
  open: { kind: 'switch', default: false, help: 'Let any home join this relay without an invitation.' },
  operator: {
    kind: 'switch',
    default: false,
    help: 'The page for those who run a relay for many homes, at /operator: incidents, suspensions, quotas. Never a picture.',
  },
  'metrics-token': {
    kind: 'text',
    secret: true,
    help: 'Bearer token that opens /metrics to other machines. Without one it answers this machine alone.',
  },
  log: {
    kind: 'choice',
    choices: ['silent', 'error', 'warn', 'info', 'debug'],
    default: 'warn',
    help: 'How much is logged, as JSON lines on standard error. Never keys, tokens, credentials or pictures.',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

type ValueOf<S> = S extends { kind: 'port' }
  ? number
  : S extends { kind: 'switch' }
    ? boolean
    : S extends { kind: 'choice'; choices: readonly (infer C)[] }
      ? C
      : S extends { default: string }
        ? string
        : string | undefined;

/** The settings of one run, each of its type. */
export type Settings = { readonly [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> };
type Value = string | number | boolean;

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];
/** Names under SEALCAM_ that are not settings: they size test runs. */
const NOT_SETTINGS = /^SEALCAM_TEST_/;

export function settingOf(name: SettingName): Setting {
  return SETTINGS[name];
}

export function environmentName(name: SettingName): string {
  return `SEALCAM_${name.toUpperCase().replaceAll('-', '_')}`;
}

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** @throws {SealcamError} `config.invalid` for a SEALCAM_ variable that is no setting */
export function settingsFromEnvironment(env: Readonly<Record<string, string | undefined>>): Map<SettingName, Value> {
  const found = new Map<SettingName, Value>();
  const known = new Map(SETTING_NAMES.map((name) => [environmentName(name), name]));
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('SEALCAM_') || NOT_SETTINGS.test(variable) || value === undefined) continue;
    const name = known.get(variable);
    if (name === undefined) throw unknown(`The variable ${variable}`, variable, [...known.keys()]);
    found.set(name, parseSetting(name, value, variable));
  }
  return found;
}

/** An error that names the unknown thing and the nearest known one. */
export function unknown(what: string, name: string, known: readonly string[]): SealcamError {
  const guess = nearest(name, known);
  return new SealcamError(
    'config.invalid',
    `${what} is not known.${guess === undefined ? '' : ` Did you mean ${guess}?`}`,
  );
}

/**
 * @param value as written in a flag or variable (text), or as YAML has it (text, number, boolean)
 * @param where what to call it in the error
 * @throws {SealcamError} `config.invalid`, saying what would be right; a secret's value is not repeated
 */
export function parseSetting(name: SettingName, value: unknown, where: string): Value {
  const setting = settingOf(name);
  const wrong = (right: string): SealcamError => {
    const shown = setting.secret === true ? '' : ` (${JSON.stringify(value)})`;
    return new SealcamError('config.invalid', `${where}${shown} must be ${right}.`);
  };
  switch (setting.kind) {
    case 'switch':
      if (value === true || value === 'true' || value === '1' || value === 'yes') return true;
      if (value === false || value === 'false' || value === '0' || value === 'no') return false;
      throw wrong('true or false');
    case 'port': {
      const text = String(value);
      const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
      if (port < 0 || port > 65535) throw wrong('a port from 0 to 65535');
      return port;
    }
    case 'choice': {
      // YAML reads `allowance: 4` as a number.
      const chosen = typeof value === 'number' ? String(value) : value;
      if (typeof chosen === 'string' && setting.choices.includes(chosen)) return chosen;
      throw wrong(`one of ${setting.choices.join(', ')}`);
    }
    case 'url':
      if (typeof value === 'string' && isBaseUrl(value)) return value.replace(/\/+$/, '');
      throw wrong('an address such as wss://relay.example or https://cams.example, without a path');
    case 'list':
      if (typeof value === 'string' && value !== '' && value.split(',').every((each) => LISTED.test(each.trim())))
        return value;
      throw wrong('names or addresses, apart with commas');
    case 'text':
    case 'path':
      if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
      throw wrong('a text');
  }
}

/** A name, an address or a range. */
const LISTED = /^[a-z0-9._:[\]-]{1,253}(?:\/\d{1,3})?$/i;

/** @returns the parts of a setting of kind list */
export function listed(value: string | undefined): string[] {
  return (value ?? '').split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    ['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  );
}

/** Flags over environment over file over defaults. */
export function mergeSettings(...sources: readonly ReadonlyMap<SettingName, Value>[]): Settings {
  const merged: Record<string, Value | undefined> = {};
  for (const name of SETTING_NAMES) {
    const source = sources.find((map) => map.has(name));
    merged[name] = source === undefined ? settingOf(name).default : source.get(name);
  }
  return merged as unknown as Settings;
}
