/** What the agent says of a camera on its state stream, sealed like a frame: `state u8 ‖ sinceMs u64 ‖ everyMs u32 ‖ code text16`. */
import { millis, Reader, Writer, type Millis } from '@sealcam/protocol';
import { readText, words, writeText } from './codec.ts';

export type CameraStateName = 'live' | 'gone' | 'private' | 'asleep' | 'waiting';

export interface CameraState {
  readonly state: CameraStateName;
  readonly sinceMs: Millis;
  /** `live`: how often a slow camera sends a picture; `waiting`: how often a full one comes. 0: quick, or not known. */
  readonly everyMs: number;
  /** Error code of the table when `gone`, what is awaited (`answer`, `packet`, `keyframe`, `whole`) when `waiting`, else empty. Text: an older viewer may not know it. */
  readonly code: string;
}

export const STATE = words<CameraStateName>({ live: 1, gone: 2, private: 3, asleep: 4, waiting: 5 });
const CODE_CHARS = 64;

/** The plain of one sealed unit on stream 4. */
export function encodeCameraState(state: CameraState): Uint8Array<ArrayBuffer> {
  const writer = STATE.write(new Writer(), state.state).u64(state.sinceMs).u32(state.everyMs);
  return writeText(writer, state.code, CODE_CHARS).finish();
}

/** @throws {CodecError} */
export function decodeCameraState(bytes: Uint8Array): CameraState {
  const reader = new Reader(bytes);
  const state: CameraState = {
    state: STATE.read(reader),
    sinceMs: millis(reader.u64()),
    everyMs: reader.u32(),
    code: readText(reader, CODE_CHARS),
  };
  reader.end();
  return state;
}
