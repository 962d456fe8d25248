/** Cameras: step 1 of the path. Everything the agent needs to read, try and name cameras. */
export { parseCameraAddress, redact, type CameraAddress, type Credentials } from './address.ts';
export { BRANDS, brandAddresses, smallerStreamOf, type Brand, type BrandAddresses } from './brands.ts';
export { OTHER_WAY_MS, watchCamera, type CameraState, type WatchOptions } from './camera-source.ts';
export type { CameraClock, Playing, StreamHealth } from './camera-stream.ts';
export type { Learned, Transport } from './ways.ts';
export { tryCamera, type StepReport, type TryOptions, type TryOutcome, type TryStep } from './probe.ts';
export { examineCamera, type Examined, type ExamineOptions } from './examine.ts';
export { formatNotes, lossNotes } from './notes.ts';
export { Logbook, type StreamReport } from './logbook.ts';
export { parseRecording, Recorder, type RecordLine } from './recording.ts';
export { replayCamera, type Replay } from './replay.ts';
