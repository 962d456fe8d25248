/** The bytes between agent, relay and viewer: ids, limits, errors, envelopes and messages. Does no I/O. */
export * from './auth.ts';
export * from './bytes.ts';
export * from './envelope.ts';
export * from './errors.ts';
export * from './hello.ts';
export * from './ids.ts';
export * from './limits.ts';
export * from './messages.ts';
export * from './model.ts';
export * from './operator.ts';
export * from './reach.ts';
export * from './redial.ts';
export * from './sealed-header.ts';
