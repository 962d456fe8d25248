/** Is the ledger whole? The hash chain from the first row, and the signed checkpoints beside it. */

/** `seq` is the first row that does not hold; for a cut tail, the checkpoint's. */
export type VerifyResult =
  | { readonly whole: true; readonly rows: number; readonly head: string }
  | {
      readonly whole: false;
      readonly seq: number;
      readonly reason: 'changed' | 'missing' | 'checkpoint' | 'checkpoint-signature';
    };
