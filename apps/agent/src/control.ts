/** A socket in the data folder through which `sealcam status` and `sealcam home …` talk to a running agent. */
import type { AgentStatus } from './agent.ts';

/** A running agent, asked from another process of the same user. */
export interface AgentControl {
  status(): Promise<AgentStatus>;
  /** As `Agent.resetHome`. */
  resetHome(): Promise<void>;
  /** As `Agent.confirmRecovery`. */
  confirmRecovery(): Promise<boolean>;
  /** The current claim link, while unclaimed. */
  claimLink(): Promise<string | undefined>;
  close(): void;
}

/**
 * @param dataDir the agent's data folder
 * @returns undefined when no agent runs on it
 */
export declare function connectControl(dataDir: string): Promise<AgentControl | undefined>;
