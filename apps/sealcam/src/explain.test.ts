/** Errors as a person reads them. */
import { SealcamError } from '@sealcam/protocol';
import { describe, expect, it } from 'vitest';
import { explain } from './explain.ts';

const system = (code: string, more: object = {}): Error =>
  Object.assign(new Error(`${code}: something`), { code, ...more });

describe('an error', () => {
  it('of ours is its words, its detail and its code', () => {
    expect(explain(new SealcamError('port.in-use', '127.0.0.1:8420'))).toBe(
      'Another program already uses that port. 127.0.0.1:8420 (port.in-use)',
    );
  });

  it('of something typed is the sentence about it, and nothing general', () => {
    expect(explain(new SealcamError('config.invalid', 'Say why: --reason "…".'))).toBe(
      'Say why: --reason "…". (config.invalid)',
    );
    expect(explain(new SealcamError('config.invalid'))).toBe('The configuration is not valid. (config.invalid)');
  });

  it.each([
    ['ENOSPC', 'store.full'],
    ['EROFS', 'store.read-only'],
    ['SQLITE_CORRUPT', 'store.corrupt'],
    ['SQLITE_NOTADB', 'store.corrupt'],
    ['EADDRINUSE', 'port.in-use'],
  ])('%s of the system or SQLite is %s', (code, ours) => {
    expect(explain(system(code))).toContain(`(${ours})`);
  });

  it('of a port below 1024 does not talk of folders', () => {
    expect(explain(system('EACCES', { syscall: 'listen' }))).toContain('--port');
  });

  it('that nobody foresaw has no stack in its words', () => {
    expect(explain(new TypeError('x is not a function'))).not.toContain('\n');
    expect(explain('text')).toContain('text');
  });
});
