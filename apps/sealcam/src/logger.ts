/** The log of the whole process: JSON lines on standard error. */
import { pino, type Logger } from 'pino';
import type { Settings } from './settings.ts';

/** Names under which a secret could ever be handed over by mistake; what they hold is never printed. */
const SECRET_NAMES = [
  'password',
  'pass',
  'user',
  'token',
  'secret',
  'key',
  'url',
  'authorization',
  'invitation',
  'claimLink',
];

/** @param level the `log` setting */
export function makeLogger(level: Settings['log']): Logger {
  return pino(
    {
      level,
      base: null,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: '[not logged]' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
