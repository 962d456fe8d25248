/** The honest states of a picture (EXPERIENCE.md), as a pure function of what is known. The same everywhere. */
import type { ErrorCode } from '@sealcam/protocol';

export type PictureState =
  /** Nothing good painted yet, or not yet proven live. */
  | { readonly state: 'opening'; readonly sinceMs: number }
  /** Proven live; `ageMs` is capture to now on the agent's clock. */
  | { readonly state: 'live'; readonly ageMs: number }
  /** Greyed, with its age. `why`: no good frame for 3 s, frames too old, or liveness unproven. */
  | { readonly state: 'late'; readonly ageMs: number; readonly why: 'no-frames' | 'old-frames' | 'unproven' }
  /** Blank from here on. */
  | { readonly state: 'asleep'; readonly sinceMs: number | undefined }
  | { readonly state: 'gone'; readonly sinceMs: number | undefined; readonly code: ErrorCode | undefined }
  | { readonly state: 'private'; readonly sinceMs: number | undefined }
  | { readonly state: 'refused'; readonly sinceMs: number }
  | { readonly state: 'suspended'; readonly sinceMs: number }
  | { readonly state: 'not-sealed'; readonly sinceMs: number }
  /** `why`: this device has no connection, or the home's agent has none. */
  | { readonly state: 'offline'; readonly why: 'device' | 'home'; readonly sinceMs: number | undefined };
