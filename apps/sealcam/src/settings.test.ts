/** Settings: one table behind flags, environment and file, and an unknown key is refused with the nearest known one. */
import { readFile } from 'node:fs/promises';
import { SealcamError } from '@sealcam/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments, settingsHelp } from './arguments.ts';
import { parseSettingsFile, renderSettingsFile } from './settings-file.ts';
import {
  environmentName,
  listed,
  mergeSettings,
  parseSetting,
  SETTING_NAMES,
  settingOf,
  settingsFromEnvironment,
  type SettingName,
} from './settings.ts';

/** What a value of each kind looks like when it is written down. */
const EXAMPLE = {
  text: 'x',
  path: '/x',
  url: 'wss://relay.example',
  list: 'cams.example,10.0.0.0/8',
  port: '9000',
  switch: 'false',
  choice: '',
} as const;

function example(name: (typeof SETTING_NAMES)[number]): string {
  const setting = settingOf(name);
  return setting.kind === 'choice' ? (setting.choices[1] ?? '') : EXAMPLE[setting.kind];
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(SealcamError);
    expect((error as SealcamError).code).toBe('config.invalid');
    return (error as SealcamError).message;
  }
  throw new Error('it was not refused');
}

describe('settings', () => {
  it('mean the same as a flag, a variable and a line of the file', () => {
    for (const name of SETTING_NAMES) {
      const value = example(name);
      const flag = parseArguments([`--${name}=${value}`], []).flags.get(name);
      expect(settingsFromEnvironment({ [environmentName(name)]: value }).get(name)).toBe(flag);
      if (settingOf(name).inFile !== false) {
        expect(parseSettingsFile(`${name}: ${value}`, 'f').get(name), name).toBe(flag);
      }
    }
  });

  it('hold no account in an address: they are shown, to doctor among others', () => {
    for (const url of ['https://u:p@cams.example', 'https://u@cams.example', 'https://:p@cams.example'])
      expect(refusal(() => parseSetting('url', url, '--url'))).toContain('must be an address such as');
  });

  it('of a flag win over the environment, that over the file, that over the default', () => {
    const flags = new Map<SettingName, string | number | boolean>([['port', 1]]);
    const env = new Map<SettingName, string | number | boolean>([
      ['port', 2],
      ['host', 'b'],
    ]);
    const file = new Map<SettingName, string | number | boolean>([
      ['port', 3],
      ['host', 'c'],
      ['log', 'info'],
    ]);
    const merged = mergeSettings(flags, env, file);
    expect([merged.port, merged.host, merged.log, merged.tls]).toEqual([1, 'b', 'info', 'none']);
  });

  it('that are unknown are refused, and the nearest known one is named', () => {
    expect(refusal(() => parseArguments(['--prot', '1'], []))).toContain('--port');
    expect(refusal(() => parseArguments(['--no-dmeo'], []))).toContain('--no-demo');
    expect(refusal(() => settingsFromEnvironment({ SEALCAM_HOSTS: 'x' }))).toContain('SEALCAM_HOST?');
    expect(refusal(() => parseSettingsFile('tls_key: x', 'f'))).toContain('tls-key');
    expect(refusal(() => parseSettingsFile('data: x', 'f'))).toContain('data');
  });

  it('of a wrong kind are refused with what would be right', () => {
    expect(parseArguments(['--port', '65535'], []).flags.get('port')).toBe(65_535);
    expect(refusal(() => parseArguments(['--port', '65536'], []))).toContain('0 to 65535');
    expect(refusal(() => parseArguments(['--port', '70000'], []))).toContain('0 to 65535');
    expect(refusal(() => parseArguments(['--port'], []))).toContain('0 to 65535');
    expect(refusal(() => parseArguments(['--tls', 'yes'], []))).toContain('none, local, files');
    expect(refusal(() => parseSettingsFile('demo: maybe', 'f'))).toContain('true or false');
    expect(refusal(() => parseArguments(['--relay', 'relay.example/path'], []))).toContain('wss://');
  });

  it('that are lists have parts, apart with commas, each a name, an address or a range', () => {
    expect(listed(String(parseSetting('proxy', '127.0.0.1, 10.0.0.0/8,fd00::/8', 'f')))).toEqual([
      ...['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
    ]);
    expect(listed(undefined)).toEqual([]);
    for (const wrong of ['', ',', 'a b', 'https://cams.example', 'a,,b', 'x'.repeat(300)])
      expect(refusal(() => parseArguments([`--name=${wrong}`], []))).toContain('apart with commas');
  });

  it('never repeat a secret in an error', () => {
    expect(refusal(() => parseSettingsFile('metrics-token: [hunter2]', 'f'))).not.toContain('hunter2');
  });

  it('leave variables of test runs alone', () => {
    expect(settingsFromEnvironment({ SEALCAM_TEST_SIZE: 'full', PATH: '/bin' }).size).toBe(0);
  });

  it('are all in the help', () => {
    for (const name of SETTING_NAMES) expect(settingsHelp(80)).toContain(environmentName(name));
  });
});

describe('arguments', () => {
  it('are words and flags in any order', () => {
    const parsed = parseArguments(
      ['restore', '--data=/d', 'file', '--overwrite', '--no-demo', '--', '--x'],
      ['overwrite'],
    );
    expect(parsed.words).toEqual(['restore', 'file', '--x']);
    expect([...parsed.flags]).toEqual([
      ['data', '/d'],
      ['demo', false],
    ]);
    expect([...parsed.options]).toEqual(['overwrite']);
  });

  it('of any kind are taken or refused in words, never a fault', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('--', '-', '--port', '--=', '--no-', '--demo=')), {
          maxLength: 6,
        }),
        (typed) => {
          try {
            parseArguments(typed, ['overwrite']);
          } catch (error) {
            expect(error).toBeInstanceOf(SealcamError);
          }
        },
      ),
    );
  });
});

describe('the settings file', () => {
  it('is shown in the guide as it is', async () => {
    const guide = await readFile(new URL('../../../docs/guide/settings.md', import.meta.url), 'utf8');
    expect(guide).toContain('```yaml\n' + renderSettingsFile() + '```');
  });

  it('as written changes nothing, and says the default of each setting', () => {
    expect(parseSettingsFile(renderSettingsFile(), 'f').size).toBe(0);
    const opened = renderSettingsFile().replace(/^#([a-z-]+:)/gm, '$1');
    const merged = mergeSettings(parseSettingsFile(opened, 'f'));
    expect(merged).toEqual(mergeSettings());
  });

  it('that is not one is refused with its line', () => {
    expect(refusal(() => parseSettingsFile('host: x\nhost: y', 'f'))).toContain('line 2');
    expect(refusal(() => parseSettingsFile('- a\n- b', 'f'))).toContain('list of settings');
    for (const deep of ['? '.repeat(50_000), `port: 8420\nhost: x\n${'? '.repeat(2000)}`, '['.repeat(50_000)])
      expect(refusal(() => parseSettingsFile(deep, 'f'))).toContain('config.invalid');
    expect(refusal(() => parseSettingsFile('host: &a x\nurl: *a', 'f'))).toContain('aliases');
    expect(refusal(() => parseSettingsFile('#'.repeat(300_000), 'f'))).toContain('too large');
  });

  it('with any text in it is taken or refused in words, never a fault', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .array(fc.constantFrom('port', ':', ' ', '\n', '[', '{', '&a', '*a', '- ', '1', '!!js'))
            .map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            parseSettingsFile(text, 'f');
          } catch (error) {
            expect(error).toBeInstanceOf(SealcamError);
          }
        },
      ),
    );
  });
});
