/** A viewer without a screen: connection, keys, subscriptions, opening, honest states. Does no I/O of its own. */
export type { Alarm, Fork, ForkSide } from './alarms.ts';
export { HomeClient, type HomeClientOptions, type LedgerQuery } from './home-client.ts';
export { Connection, type ConnectionState } from './connection.ts';
export { Membership, type HomeFacts } from './membership.ts';
export type { StrayCounts } from './strays.ts';
export * from './picture-state.ts';
export * from './ports.ts';
export type { RefusalCounts, Refused } from './refusals.ts';
export type { AgentState } from './screen-facts.ts';
export * from './sink.ts';
export * from './store.ts';
export type { Watch } from './watch.ts';
