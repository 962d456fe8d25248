/** Puts the parts of the agent together. */
import type { Agent, AgentOptions } from './agent.ts';

/**
 * Starts the agent of one data folder and returns at once when its own state is loaded; the relay may come later.
 * @throws {SealcamError} `store.in-use`, `store.corrupt`, `store.read-only`, `store.full`, `config.invalid`
 */
export declare function startAgent(options: AgentOptions): Promise<Agent>;
