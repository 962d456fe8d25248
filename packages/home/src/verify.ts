/** `@sealcam/home/verify`: all that a relay needs of a home. No private key and no HPKE is in reach of this module. */
export * from './floor.ts';
export * from './hpke-key.ts';
export * from './key-list.ts';
export * from './live.ts';
export * from './manifest.ts';
export * from './may-view.ts';
export * from './receipt.ts';
export * from './report.ts';
export * from './roster.ts';
export * from './route.ts';
export * from './sealed-answer.ts';
export * from './signature.ts';
export * from './verify-auth.ts';
export * from './verify-roster.ts';
