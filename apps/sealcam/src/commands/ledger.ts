/** `sealcam ledger verify`: is the record of every viewing whole? Reads beside a relay that runs, and holds nobody up. */
import { SealcamError } from '@sealcam/protocol';
import { openLedger, verifyWords, type LedgerMoment, type OpenLedger } from '@sealcam/relay';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { noMoreWords } from '../arguments.ts';
import { actControl } from '../control.ts';
import type { Terminal } from '../terminal.ts';
import type { Command } from './command.ts';

export const ledger: Command = {
  name: 'ledger',
  usage: 'verify',
  help: 'Walks the record of every viewing and says which row was changed, removed or moved, if any; exit code 1 then. --against <file>: with a copy of checkpoints.log that you kept elsewhere.',
  values: ['against'],
  run: async ({ settings, words, values, terminal }) => {
    if (words[0] !== 'verify') throw new SealcamError('config.invalid', 'Say what: npx sealcam ledger verify.');
    noMoreWords(words, 1);
    const against = values.get('against');
    const kept = against === undefined ? {} : { against: await readFile(against, 'utf8').catch(() => noFile(against)) };
    const open = await ledgerOf(settings.data);
    const steps = stepsOf(terminal);
    try {
      const result = await open.verifyLedger({ ...kept, progress: steps });
      terminal.say(verifyWords(result));
      return result.whole ? 0 : 1;
    } finally {
      await open.close();
    }
  },
};

/** The ledger of a data folder, beside the relay that runs on it or alone. @throws {SealcamError} `config.invalid` where there is none */
export async function ledgerOf(data: string): Promise<OpenLedger> {
  if ((await stat(join(data, 'relay', 'relay.db')).catch(() => undefined)) === undefined)
    throw new SealcamError('config.invalid', `No relay has run on ${data}. Say which folder with --data.`);
  const running = (await actControl(data, 'ledger.at', {}).catch(refusedIsNone)) as LedgerMoment | undefined;
  return await openLedger(data, running);
}

/** An agent alone may run on the folder: it has no relay, and the ledger is free to read. */
function refusedIsNone(error: unknown): undefined {
  if (error instanceof SealcamError && error.code === 'command.refused') return undefined;
  throw error;
}

/** A line for every tenth of the way. */
function stepsOf(terminal: Terminal): (rows: number, of: number) => void {
  let said = 0;
  return (rows, of) => {
    const tenths = Math.floor((10 * rows) / Math.max(1, of));
    if (tenths <= said) return;
    said = tenths;
    terminal.note(`  ${rows} of ${of} rows hold …`);
  };
}

function noFile(file: string): never {
  throw new SealcamError('config.invalid', `${file} cannot be read.`);
}
