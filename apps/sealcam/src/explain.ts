/** An error as a person reads it: words, the detail that helps, the code to search for; never a stack. */
import { ERRORS, SealcamError, type ErrorCode } from '@sealcam/protocol';

/** What the system and SQLite say, in the words of our table. */
const KNOWN: Readonly<Record<string, ErrorCode>> = {
  EADDRINUSE: 'port.in-use',
  ENOSPC: 'store.full',
  EDQUOT: 'store.full',
  EROFS: 'store.read-only',
  EACCES: 'store.read-only',
  EPERM: 'store.read-only',
  ENOTDIR: 'store.read-only',
  SQLITE_FULL: 'store.full',
  SQLITE_READONLY: 'store.read-only',
  SQLITE_CANTOPEN: 'store.read-only',
  SQLITE_CORRUPT: 'store.corrupt',
  SQLITE_NOTADB: 'store.corrupt',
};

/** @returns for example `Another program already uses that port. 127.0.0.1:8420 (port.in-use)` */
export function explain(error: unknown): string {
  if (error instanceof SealcamError) {
    const detail = error.message.startsWith(`${error.code}: `) ? error.message.slice(error.code.length + 2) : '';
    // What is wrong with something typed or written is a sentence of its own: nothing general goes before it.
    const words = [...(error.code === 'config.invalid' && detail !== '' ? [] : [error.words]), detail];
    return `${words.filter((each) => each !== '').join(' ')} (${error.code})`;
  }
  const system = error as NodeJS.ErrnoException;
  const text = error instanceof Error ? error.message : String(error);
  // EACCES on a socket is a port below 1024, not a folder.
  if (system.code === 'EACCES' && system.syscall === 'listen') {
    return `Ports below 1024 need special rights. Choose another with --port. (config.invalid)`;
  }
  if (system.code === 'EADDRNOTAVAIL' || system.code === 'ENOTFOUND') {
    return `This machine has no such address to listen on. Check --host. (config.invalid)`;
  }
  const code = system.code === undefined ? undefined : KNOWN[system.code];
  if (code !== undefined) return `${ERRORS[code].words} ${system.path ?? text} (${code})`;
  return `Something is wrong that Sealcam did not foresee: ${text} (internal)`;
}
