import fc from 'fast-check';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { SealcamError } from '@sealcam/protocol';
import { EventLog } from './log.ts';

function recorded(write: (log: EventLog) => void): string {
  const lines: string[] = [];
  const log = new EventLog(pino({ level: 'trace' }, { write: (line) => lines.push(line) }));
  write(log);
  return lines.join('');
}

describe('the log', () => {
  it('prints what it may, in its shape', () => {
    const home = 'a'.repeat(32);
    expect(
      recorded((log) => log.info('viewer.came', { home, address: '127.0.0.1', version: 3, code: 'auth.refused' })),
    ).toContain(`"home":"${home}","address":"127.0.0.1","version":3,"code":"auth.refused","msg":"viewer.came"`);
  });

  it('prints no other field, whatever it is called and whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 6 }), (name, secret) => {
        const marked = `SECRET-${secret}`;
        const line = recorded((log) =>
          log.warn('event', { [name]: marked, home: marked, code: marked, address: marked }),
        );
        expect(line).not.toContain('SECRET');
      }),
    );
  });

  it('prints no bytes and no objects under an allowed name', () => {
    const frame = Buffer.from('SECRET-frame');
    const fields = {
      home: frame,
      device: { key: 'SECRET' },
      bytes: 'SECRET',
      at: ['at SECRET'],
      count: { toJSON: () => 'SECRET' },
    };
    const line = recorded((log) => log.info('event', fields));
    expect(line).not.toContain('SECRET');
    expect(line).not.toContain(frame.toString('base64'));
    expect(line).not.toContain('83,69,67'); // its bytes as numbers
  });

  it('prints where a fault was thrown and its code, never its text', () => {
    const line = recorded((log) => {
      log.fault('event', new Error('rtsp://user:SECRET@camera'));
      log.fault('event', new SealcamError('store.full', 'SECRET'));
      log.fault('event', 'SECRET');
    });
    expect(line).not.toContain('SECRET');
    expect(line).toContain('store.full');
    expect(line).toContain('log.test.ts');
  });
});
