/** A viewer without a screen: connection, keys, subscriptions, opening, honest states. Does no I/O of its own. */
export * from './home-client.ts';
export * from './picture-state.ts';
export * from './ports.ts';
export * from './sink.ts';
export * from './store.ts';
