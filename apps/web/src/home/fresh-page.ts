/**
 * A page that is older than its relay loads itself anew, once: the relay has the page that fits. Where that brings the same old page (a
 * proxy that keeps it too long), the page stays and says what to do, and does not load itself again and again.
 */
import { isVersionCode, type ErrorCode } from '@sealcam/protocol';

/** In this tab alone, so that it outlives the reload and nothing else. */
const KEY = 'sealcam-reloaded';
const AGAIN_MS = 60 * 60_000;

/** @returns whether the page is about to be loaded anew */
export function reloadOnce(): boolean {
  try {
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    // Whichever way the clock was set meanwhile.
    if (Math.abs(Date.now() - last) < AGAIN_MS) return false;
    sessionStorage.setItem(KEY, String(Date.now()));
  } catch {
    return false; // Nothing would be remembered of it, and it would have no end.
  }
  location.reload();
  return true;
}

/** Whether loading the page anew is what helps. */
export function isPageOld(code: ErrorCode | undefined): boolean {
  return code === 'protocol.page-old' || code === 'protocol.version';
}

/** Of a version that is not the relay's. @returns the code to say, undefined for every other reason */
export function versionCode(code: ErrorCode | undefined): ErrorCode | undefined {
  return isVersionCode(code) ? code : undefined;
}
