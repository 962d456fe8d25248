/** The camera's sound. */
import type { ScreenUnit } from './screen-unit.ts';

export type AudioState = 'muted' | 'playing' | 'blocked' | 'unsupported' | 'closed';

export declare class AudioPlayer {
  /** Starts muted: nothing is decoded while muted. */
  constructor(changed?: (state: AudioState) => void);
  get state(): AudioState;
  push(unit: ScreenUnit): void;
  /** Call from a tap or key: browsers let sound start only there. */
  unmute(): Promise<void>;
  mute(): void;
  close(): Promise<void>;
}
