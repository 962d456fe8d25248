/** The agent in the home: reads cameras, seals their pictures and sends them to a relay (steps 1 to 5 of ARCHITECTURE.md). */
export { startAgent } from './start.ts';
export { connectControl, type AgentControl } from './control.ts';
export type { Agent, AgentOptions, AgentState, AgentStatus, CameraStatus, ClaimLink } from './agent.ts';
export { demoClip, type DemoSource } from './demo/demo-source.ts';
export { agentFormats, type FileFormat } from './formats.ts';
export type { Observable } from './observable.ts';
export type { ReadSource } from './source.ts';
export { storedCamera, type StoredStreams } from './stored-camera.ts';
