/** The check of the ledger as an operator starts it: one at a time, with its progress, and what came of the last one. */
import * as v from 'valibot';
import type { LedgerCheckView } from '@sealcam/protocol';
import type { Clock } from '../clock.ts';
import { verifyWords, type VerifyResult } from '../ledger/verify.ts';
import type { EventLog } from '../log.ts';
import type { Operators } from './operators.ts';
import { endpoint, type Endpoint } from './requests.ts';

/** @param seen called with the number of rows that hold so far */
export type Verify = (seen: (rows: number) => void) => Promise<VerifyResult>;

export class LedgerCheck {
  readonly #parts: LedgerCheckParts;
  #view: LedgerCheckView = { at: 'never' };

  constructor(parts: LedgerCheckParts) {
    this.#parts = parts;
  }

  get view(): LedgerCheckView {
    return this.#view;
  }

  /** Begins one unless one runs. */
  async start(by: string): Promise<LedgerCheckView> {
    if (this.#view.at === 'running') return this.#view;
    const { clock, rows } = this.#parts;
    const startedMs = clock.wallMs();
    this.#view = { at: 'running', startedMs, rows: 0, of: 0, by };
    const of = await rows();
    this.#view = { at: 'running', startedMs, rows: 0, of, by };
    void this.#run({ startedMs, of, by });
    return this.#view;
  }

  async #run(about: { readonly startedMs: number; readonly of: number; readonly by: string }): Promise<void> {
    const { clock, log, verify } = this.#parts;
    try {
      const result = await verify((rows) => {
        this.#view = { at: 'running', ...about, rows };
      });
      this.#view = {
        at: 'done',
        startedMs: about.startedMs,
        endedMs: clock.wallMs(),
        by: about.by,
        whole: result.whole,
        words: verifyWords(result),
      };
    } catch (error) {
      log.fault('ledger.check-failed', error);
      this.#view = { at: 'failed', startedMs: about.startedMs, by: about.by };
    }
  }
}

interface LedgerCheckParts {
  readonly clock: Clock;
  readonly log: EventLog;
  readonly verify: Verify;
  /** Rows there are now. */
  readonly rows: () => Promise<number>;
}

export function ledgerEndpoints(check: LedgerCheck, operators: Operators): Endpoint[] {
  const nothing = v.strictObject({});
  return [
    endpoint('ledger', 'look', nothing, async () => check.view),
    endpoint('ledger-check', 'look', nothing, async (_input, { operator }) => {
      const view = await check.start(operator.name);
      await operators.note(operator.name, 'checked the ledger', '');
      return view;
    }),
  ];
}
