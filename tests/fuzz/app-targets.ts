/** What people and files bring: settings, command lines, certificates, backups, sentences, page addresses. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SealcamError } from '@sealcam/protocol';
import { parseArguments } from '../../apps/sealcam/src/arguments.ts';
import { writeBackup } from '../../apps/sealcam/src/commands/backup.ts';
import { readBackup } from '../../apps/sealcam/src/commands/restore.ts';
import { parseSettingsFile, renderSettingsFile } from '../../apps/sealcam/src/settings-file.ts';
import { checkPair, localCertificate } from '../../apps/sealcam/src/tls/authority.ts';
import { parseIntent } from '../../apps/web/src/intents/parse-intent.ts';
import { formatRoute, parseRoute } from '../../apps/web/src/route.ts';
import { mutant, mutantText } from './mutate.ts';
import type { Target } from './target.ts';

const config = (error: unknown): boolean => error instanceof SealcamError && error.code === 'config.invalid';
const store = (error: unknown): boolean =>
  error instanceof SealcamError && ['store.corrupt', 'config.invalid', 'store.full'].includes(error.code);

const YAML = [
  renderSettingsFile().replaceAll(/^#(\w)/gmu, '$1'),
  'port: 8420\nhost: 0.0.0.0\ntls: local\nopen: true\n',
];
const YAML_WORDS = [
  '[',
  '{',
  '&a ',
  '*a',
  '? ',
  '- ',
  ': ',
  '|\n',
  '>\n',
  '!!binary ',
  '---\n',
  '%YAML 1.2\n',
  '\t',
  '"',
  '<<: ',
];
const SENTENCES = ['show me the front door', 'zeig mir die Küche', 'what is in the garden?', 'all cameras please'];
const CAMERAS = ['Front door', 'Küche', 'Garden', 'The nursery upstairs'].map((name, order) => ({
  id: String(order),
  name,
  room: 'Outside',
}));
const ROUTES = ['#/watch/0123456789abcdef0123456789abcdef', '#pair=AAAA', '#/devices/pair', '#/settings/sheet'];

/** @param folder for the files of this test alone */
export async function appTargets(folder: string): Promise<readonly Target[]> {
  const data = join(folder, 'data');
  const certificate = await localCertificate(data, ['127.0.0.1', 'localhost'], new Date());
  await writeFile(join(data, 'sealcam.yaml'), 'port: 8420\n');
  const archive = join(folder, 'good.tar.gz');
  await writeBackup(data, archive, 1);
  const good = Uint8Array.from(await readFile(archive));
  return [
    {
      name: 'settings file',
      input: (random) => mutantText(YAML, random, YAML_WORDS),
      run: (text: string) => parseSettingsFile(text, 'sealcam.yaml'),
      mayThrow: config,
    },
    {
      name: 'command line',
      input: (random) =>
        mutantText(['up --port 8420 --no-demo --host=0.0.0.0 -- x', 'restore file --overwrite'], random, [
          '--',
          '=',
          ' ',
          '--port ',
        ]),
      run: (line: string) => parseArguments(line.split(' '), ['overwrite']),
      mayThrow: config,
    },
    {
      name: 'certificate',
      input: (random) =>
        mutantText([certificate.cert, certificate.key], random, ['-----BEGIN CERTIFICATE-----\n', '\n']),
      run: (text: string, random) =>
        checkPair(random.chance(2) ? text : certificate.key, random.chance(2) ? text : certificate.cert),
      mayThrow: config,
    },
    {
      name: 'backup',
      input: (random) => mutant([good], random),
      run: async (input: Uint8Array) => {
        const to = join(folder, 'restored');
        await writeFile(join(folder, 'bad.tar.gz'), input);
        try {
          await readBackup(join(folder, 'bad.tar.gz'), to, false);
          // Bytes behind or around the archive may not matter; then it is whole.
          if ((await readFile(join(to, 'sealcam.yaml'), 'utf8')) !== 'port: 8420\n')
            throw new Error('another file came back');
        } finally {
          await rm(to, { recursive: true, force: true });
        }
      },
      mayThrow: store,
    },
    {
      name: 'sentence',
      input: (random) => mutantText(SENTENCES, random, ['front ', 'ü', ' and ', 'show ', '\u0301']),
      run: (sentence: string) => {
        const intent = parseIntent(sentence, CAMERAS);
        if (typeof intent !== 'object') throw new Error('no intent');
      },
      mayThrow: () => false,
    },
    {
      name: 'page address',
      input: (random) => mutantText(ROUTES, random, ['#', '/', '%', '%zz', '=']),
      run: (hash: string) => {
        const route = parseRoute(hash);
        if (JSON.stringify(parseRoute(formatRoute(route))) !== JSON.stringify(route))
          throw new Error('another place the second time');
      },
      mayThrow: () => false,
    },
  ];
}
