/** Old meets new: one sentence, and the button where a reload is what helps. */
import { ERRORS, type ErrorCode } from '@sealcam/protocol';
import type { JSX } from 'preact';
import { isPageOld } from '../home/fresh-page.ts';

export function VersionWords({ code }: { readonly code: ErrorCode }): JSX.Element {
  return (
    <>
      <p>{ERRORS[code].words}</p>
      {isPageOld(code) && (
        <button
          class="button"
          onClick={() => {
            location.reload();
          }}
        >
          Reload this page
        </button>
      )}
    </>
  );
}
