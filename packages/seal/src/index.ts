/** Frame keys, sealing and opening of single frames, and the rules of which frame may follow which. Does no I/O. */
export * from './chain.ts';
export * from './context.ts';
export * from './keys.ts';
export * from './opener.ts';
export * from './plain.ts';
export * from './sealer.ts';
